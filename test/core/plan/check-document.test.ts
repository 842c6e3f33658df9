import { describe, expect, it } from "vitest";
import { toCheckedPlan } from "../../../src/core/plan/check-document.ts";
import { planOf } from "./plans.ts";

describe("toCheckedPlan", () => {
  it("is the plan of interface.md", () => {
    const plan = planOf("-sS -sU -p T:22,80-90,U:53 -sV --max-rate 500 10.20.0.0/24 one.test -oN mine");
    const checked = toCheckedPlan(plan);
    expect(checked).toMatchObject({
      targets: {
        count: "257",
        ranges: ["10.20.0.0-10.20.0.255", "127.0.0.9"],
        names: [{ typed: "one.test", addresses: ["127.0.0.9"] }],
      },
      ports: { tcp: "22,80-90", udp: "53", sctp: "", protocol: "" },
      otherPorts: ["scripts"],
      techniques: ["syn", "udp"],
      discovery: ["icmp-echo", "tcp-syn/443", "tcp-ack/80", "icmp-timestamp"],
      features: ["service-version"],
      timing: { template: 3, maxRate: 500 },
      estimate: { probes: 257 * 17 },
    });
    expect(checked.scripts).toHaveLength(45);
    expect(checked.argv.slice(0, 3)).toEqual(["nmap", "--privileged", "-4"]);
    expect(checked.argv).not.toContain("mine");
    expect(Object.keys(checked)).toEqual([
      "targets",
      "ports",
      "otherPorts",
      "techniques",
      "discovery",
      "features",
      "scripts",
      "timing",
      "estimate",
      "argv",
    ]);
    expect(JSON.parse(JSON.stringify(checked))).toEqual(checked);
  });

  it("counts sets that JSON numbers cannot hold", () => {
    const checked = toCheckedPlan(planOf("-6 -sn 2001:db8::/32"));
    expect(checked.targets.count).toBe((2n ** 96n).toString());
    expect(checked.targets.ranges).toEqual(["2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"]);
    expect(checked.ports).toEqual({ tcp: "", udp: "", sctp: "", protocol: "" });
  });
});
