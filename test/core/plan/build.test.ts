import { describe, expect, it } from "vitest";
import { factsNeeded } from "../../../src/core/plan/facts.ts";
import { readOptions } from "../../../src/core/plan/read-options.ts";
import { planOf, refusalOf } from "./plans.ts";

const user = { privileged: false };

describe("buildPlan chooses what nmap would choose", () => {
  it("the technique by privileges", () => {
    expect(planOf("10.0.0.1").techniques).toEqual(["syn"]);
    expect(planOf("10.0.0.1", user).techniques).toEqual(["connect"]);
    expect(planOf("-sU -sT -p T:80,U:53 10.0.0.1").techniques).toEqual(["connect", "udp"]);
    expect(planOf("-sn 10.0.0.1", user).techniques).toEqual(["ping"]);
  });

  it("host discovery by privileges and family, as packet traces of nmap 7.93 show it", () => {
    const discovery = (line: string, machine = {}): string[] =>
      planOf(line, machine).discovery.map(({ kind, ports }) => (ports === undefined ? kind : `${kind}/${ports}`));
    expect(discovery("-sn 10.0.0.1")).toEqual(["icmp-echo", "tcp-syn/443", "tcp-ack/80", "icmp-timestamp"]);
    expect(discovery("-sn -6 2001:db8::1")).toEqual(["icmp-echo", "tcp-syn/443", "tcp-ack/80"]);
    expect(discovery("-sn 10.0.0.1", user)).toEqual(["tcp-connect/80,443"]);
    expect(discovery("-sn --exclude-ports 80 10.0.0.1")).toEqual(["icmp-echo", "tcp-syn/443", "icmp-timestamp"]);
    expect(discovery("-sn --exclude-ports U:80 10.0.0.1")).toContain("tcp-ack/80");
    expect(discovery("-sn --exclude-ports 80 10.0.0.1", user)).toEqual(["tcp-connect/443"]);
    expect(discovery("-Pn -p 22 10.0.0.1")).toEqual(["none"]);
    expect(discovery("-sL 10.0.0.1")).toEqual([]);
    expect(refusalOf("-sn --exclude-ports 80,443 10.0.0.1", user)).toBe("option-conflict");
  });

  it("a thousand ports per protocol, a hundred with -F", () => {
    expect(planOf("10.0.0.1").ports.size("tcp")).toBe(1000);
    expect(planOf("-sU 10.0.0.1").ports.size("udp")).toBe(1000);
    expect(planOf("-sU 10.0.0.1").ports.size("tcp")).toBe(0);
    expect(planOf("-sS -sU -F 10.0.0.1").ports.size()).toBe(200);
    expect(planOf("--top-ports 5 10.0.0.1").ports.toText("tcp")).toBe("21-23,80,443");
    expect(planOf("-p- 10.0.0.1").ports.toText("tcp")).toBe("1-65535");
    expect(planOf("-sn 10.0.0.1").ports.isEmpty).toBe(true);
  });

  it("the scripts of -sC, -A and -sV, by name", () => {
    const counts = (line: string): number[] => {
      const { scripts } = planOf(line);
      const of = (category: string): number => scripts.filter((script) => script.categories.includes(category)).length;
      return [scripts.length, of("default"), of("version")];
    };
    expect(counts("-sC 10.0.0.1")[1]).toBe(125);
    expect(counts("-sV 10.0.0.1")[2]).toBe(45);
    expect(counts("-A 10.0.0.1")).toEqual(counts("-sC -sV 10.0.0.1"));
    expect(planOf("-p 1 10.0.0.1").scripts).toEqual([]);
    expect(planOf("-A 10.0.0.1").scripts.every((script) => script.implied)).toBe(true);
  });

  it("what -A means with and without raw sockets", () => {
    expect(planOf("-A 10.0.0.1").features).toEqual([
      "service-version",
      "os-detection",
      "traceroute",
      "default-scripts",
    ]);
    expect(planOf("-A 10.0.0.1", user).features).toEqual(["service-version", "default-scripts"]);
    expect(planOf("-A 10.0.0.1").otherPorts).toEqual(["os-detection", "traceroute", "scripts"]);
    expect(planOf("-O -p 22 10.0.0.1").otherPorts).toEqual(["os-detection"]);
    expect(planOf("-p 22 10.0.0.1").otherPorts).toEqual([]);
  });

  it("a name's first address, and takes every address of an excluded name off", () => {
    const scanned = planOf("-sL two.test");
    expect(scanned.targets.toText()).toEqual(["127.0.1.1"]);
    expect(scanned.names).toEqual([{ typed: "two.test", addresses: ["127.0.1.1"] }]);
    const spared = planOf("-sL 127.0.0.0/22 one.test --exclude two.test,one.test");
    expect(spared.targets.size).toBe(1024n - 3n);
    expect(spared.names).toEqual([{ typed: "one.test", addresses: [] }]);
    expect(planOf("-6 -sL dual.test").targets.toText()).toEqual(["2001:db8::66"]);
  });

  it("the version intensity only where versions are detected", () => {
    expect(planOf("-sV --version-light 10.0.0.1").versionIntensity).toBe(2);
    expect(planOf("-A --version-all 10.0.0.1").versionIntensity).toBe(9);
    expect("versionIntensity" in planOf("--version-light -p 1 10.0.0.1")).toBe(false);
  });
});

describe("buildPlan refuses", () => {
  it.each([
    ["-sS 10.0.0.1", "needs-privileges"],
    ["-sU 10.0.0.1", "needs-privileges"],
    ["-sT -sU 10.0.0.1", "needs-privileges"],
    ["-O 10.0.0.1", "needs-privileges"],
    ["-A -O 10.0.0.1", "needs-privileges"],
  ])("%s without raw sockets, as nmap does", (line, code) => {
    expect(refusalOf(line, user)).toBe(code);
    expect(refusalOf(line)).toBe("accepted");
  });

  it.each([
    ["nosuch.test", "name-unresolved"],
    ["-6 one.test", "name-unresolved"],
    ["10.0.0.0/24 --exclude nosuch.test", "name-unresolved"],
    ["10.0.0.1 --exclude 10.0.0.0/24", "no-targets"],
    ["-p 80 --exclude-ports 80 10.0.0.1", "option-conflict"],
    ["-sS -sU -p T:80 10.0.0.1", "option-conflict"],
    ["-p 70000 10.0.0.1", "port-out-of-range"],
    ["-sS -p U:53 10.0.0.1", "port-protocol"],
    ["-Pn -PS70000 10.0.0.1", "port-out-of-range"],
    ["-sL -PS70000 10.0.0.1", "port-out-of-range"],
    ["-sn -PSU:53 10.0.0.1", "port-protocol"],
    ["-6 -sn -PP 2001:db8::1", "option-conflict"],
  ])("%s as %s", (line, code) => {
    expect(refusalOf(line)).toBe(code);
  });
});

describe("buildPlan and long target lists", () => {
  it("keeps what falls into more pieces than a command line holds", () => {
    const spared = Array.from({ length: 800 }, (_, index) => `2001:db8:${(index + 1).toString(16)}::1`).join(",");
    expect(planOf(`-6 -sL 2001:db8::/32 --exclude ${spared}`).targets.size).toBe((1n << 96n) - 800n);
  });

  it("keeps large sets that nmap's own words say briefly", () => {
    expect(refusalOf("-sL 0.0.0.0/0 --exclude 10.*.*.1,172.16-31.*.*")).toBe("accepted");
    expect(planOf("10.0-255.1-254.1,5,7").targets.runCount).toBe(195_072);
  });
});

describe("factsNeeded", () => {
  const needed = (line: string): unknown => {
    const options = readOptions(line.split(" "));
    if (!options.ok) throw new Error(options.error.message);
    return factsNeeded(options.value);
  };

  it("asks for nothing that the plan does without", () => {
    const nothing = { names: [], family: 4, services: false, scripts: false };
    expect(needed("-sL 10.0.0.1")).toEqual({ ...nothing, data: undefined });
    const tables = { ...nothing, data: "tables" };
    expect(needed("-sn 10.0.0.1")).toEqual(tables);
    expect(needed("-p 22,80-90 10.0.0.1")).toEqual(tables);
    expect(needed("-p- 10.0.0.1")).toEqual(tables);
    expect(needed("-O -p 1 10.0.0.1")).toEqual({ ...nothing, data: "detection" });
    const scriptFiles = [{ kind: "category", category: "version" }];
    expect(needed("-sV -p 1 10.0.0.1")).toEqual({ ...nothing, scripts: true, scriptFiles, data: "scripts" });
  });

  it("asks for names, port and script tables where they decide", () => {
    expect(needed("10.0.0.1")).toMatchObject({ services: true });
    expect(needed("-F 10.0.0.1")).toMatchObject({ services: true });
    expect(needed("-p http 10.0.0.1")).toMatchObject({ services: true });
    expect(needed("-p 1-100 --top-ports 5 10.0.0.1")).toMatchObject({ services: true });
    expect(needed("-p 1 --exclude-ports http 10.0.0.1")).toMatchObject({ services: true });
    for (const line of ["-sC -p 1 10.0.0.1", "-sV -p 1 10.0.0.1", "-A -p 1 10.0.0.1", "-sn -sC 10.0.0.1"]) {
      expect(needed(line)).toMatchObject({ scripts: true });
    }
    expect(needed("-6 a.test b.test a.test --exclude c.test")).toMatchObject({
      names: ["a.test", "b.test", "c.test"],
      family: 6,
    });
  });
});
