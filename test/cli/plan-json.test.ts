import { describe, expect, it } from "vitest";
import { planJson } from "../../src/cli/plan-json.ts";
import { toDocument } from "../../src/core/plan/document.ts";
import { planOf } from "../core/plan/plans.ts";

const jsonOf = (line: string): ReturnType<typeof planJson> => planJson(toDocument(planOf(line)));

describe("the plan of check --json", () => {
  it("is the one of the interface, field by field and in order", () => {
    const checked = jsonOf("-sS -sU -p T:22,80-90,U:53 -sV --max-rate 500 10.20.0.0/24 one.test -oN mine");
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
      estimate: { probes: 6787 },
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

  it("has typed probes with their ports", () => {
    expect(jsonOf("-sn -PS22,80-90 -PU53 -PE 10.0.0.1").discovery).toEqual(["icmp-echo", "tcp-syn/22,80-90", "udp/53"]);
  });

  it("counts sets that JSON numbers cannot hold", () => {
    const checked = jsonOf("-6 -sn 2001:db8::/32");
    expect(checked.targets.count).toBe((2n ** 96n).toString());
    expect(checked.targets.ranges).toEqual(["2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"]);
    expect(checked.ports).toEqual({ tcp: "", udp: "", sctp: "", protocol: "" });
  });
});
