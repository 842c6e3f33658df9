import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PortSet, type NumberRange, type Protocol } from "../../../src/core/sets/port-set.ts";
import { choosePorts, portsNeedServices, renderPorts, type PortChoice } from "../../../src/core/plan/ports.ts";
import {
  matchesMask,
  mostFrequent,
  parseProtocolNumbers,
  parseServices,
} from "../../../src/core/plan/ports-services.ts";

const SERVICES = parseServices(
  [
    "# comment",
    "",
    "tcpmux\t1/tcp\t0.001995\t# TCP Port Service Multiplexer",
    "echo\t7/sctp\t0.000000",
    "echo\t7/tcp\t0.004855",
    "ssh\t22/tcp\t0.182286",
    "ssh\t22/udp\t0.003905",
    "ssh\t22/sctp\t0.000000",
    "domain\t53/tcp\t0.048463",
    "domain\t53/udp\t0.213496",
    "http\t80/tcp\t0.484143",
    "http\t80/udp\t0.035767",
    "https\t443/tcp\t0.208669",
    "http\t8008/tcp\t0.000100",
    "X11\t6000/tcp\t0.000100",
    "http-alt\t8000/tcp\t0.000100",
  ].join("\n"),
);

const nothing: PortChoice = { ports: undefined, fast: false, topPorts: undefined, excludePorts: undefined };

function choose(choice: Partial<PortChoice>, ...protocols: Protocol[]): Record<string, string> {
  const result = choosePorts(
    { ...nothing, ...choice },
    protocols.length === 0 ? ["tcp"] : protocols,
    SERVICES,
    [1, 6, 17],
  );
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  const { scanned } = result.value;
  const texts = (["tcp", "udp", "sctp", "protocol"] as const).map(
    (protocol) => [protocol, scanned.toText(protocol)] as const,
  );
  return Object.fromEntries(texts.filter(([, text]) => text !== ""));
}

describe("port specifications", () => {
  it.each<[string, Record<string, string>, Protocol[]?]>([
    ["22", { tcp: "22" }],
    ["0", { tcp: "0" }],
    ["80-90,22", { tcp: "22,80-90" }],
    ["-", { tcp: "1-65535" }],
    ["0-", { tcp: "0-65535" }],
    ["-100", { tcp: "1-100" }],
    ["65000-", { tcp: "65000-65535" }],
    ["80,80,80-82", { tcp: "80-82" }],
    ["22", { tcp: "22", udp: "22" }, ["tcp", "udp"]],
    ["T:22,U:53", { tcp: "22", udp: "53" }, ["tcp", "udp"]],
    ["U:53,111,T:21-25,80", { tcp: "21-25,80", udp: "53,111" }, ["tcp", "udp"]],
    ["1-10,U:100-110", { tcp: "1-10", udp: "1-10,100-110" }, ["tcp", "udp"]],
    // A number that one of the protocols has already is taken for named twice, and the others do not get it.
    ["[T:22],22", { tcp: "22" }, ["tcp", "udp"]],
    ["[443-8000],442-444", { tcp: "442-444,6000,8000", udp: "442,444" }, ["tcp", "udp"]],
    ["[T:22],T:22,U:22", { tcp: "22", udp: "22" }, ["tcp", "udp"]],
    ["20-30,20-30,22", { tcp: "20-30", udp: "20-30" }, ["tcp", "udp"]],
    ["U:53", { udp: "53" }, ["tcp", "udp"]],
    ["S:36412", { sctp: "36412" }, ["sctp"]],
    ["-", { protocol: "0-255" }, ["protocol"]],
    ["P:1-6,17", { protocol: "1-6,17" }, ["protocol"]],
    ["-17", { protocol: "0-17" }, ["protocol"]],
    ["http", { tcp: "80,8008" }],
    ["ssh,T:http", { tcp: "22,80,8008", udp: "22" }, ["tcp", "udp"]],
    ["x11", { tcp: "6000" }],
    ["http*", { tcp: "80,443,8000,8008" }],
    ["?ttp", { tcp: "80,8008" }],
    ["*", { tcp: "1,7,22,53,80,443,6000,8000,8008" }],
    ["[1-100]", { tcp: "1,7,22,53,80", udp: "22,53,80" }, ["tcp", "udp"]],
    ["[-7],9", { tcp: "1,7,9" }],
    ["[http]", { tcp: "80,8008" }],
    ["T:[22-80],443", { tcp: "22,53,80,443" }, ["tcp", "udp"]],
    ["T:80,[U:53,161],443", { tcp: "80,443", udp: "53" }, ["tcp", "udp"]],
    ["[U:1-60],5", { tcp: "5", udp: "5,22,53" }, ["tcp", "udp"]],
    ["[0-]", { protocol: "1,6,17" }, ["protocol"]],
  ])("%s is read as %j", (ports, expected, protocols = ["tcp"]) => {
    expect(choose({ ports }, ...protocols)).toEqual(expected);
  });

  it.each<[string, string, string | undefined, Protocol[]?]>([
    ["70000", "port-out-of-range", undefined],
    ["1-65536", "port-out-of-range", undefined],
    ["-65536", "port-out-of-range", undefined],
    ["18446744073709551617", "port-out-of-range", undefined],
    ["256", "port-out-of-range", undefined, ["protocol"]],
    ["90-80", "port-syntax", "write 80-90"],
    ["-0", "port-syntax", "write 0-1"],
    ["080", "port-syntax", "write 80"],
    ["", "port-syntax", "name some: 22,80-90"],
    ["80,", "port-syntax", "write -p 80"],
    [",80", "port-syntax", "write -p 80"],
    ["80,,443", "port-syntax", "write -p 80,443"],
    ["80, 443", "port-syntax", "write -p 80,443"],
    ["80 443", "port-syntax", "write -p 80,443"],
    ["80\n", "port-syntax", "write -p 80"],
    ["80;443", "port-syntax", "write -p 80,443"],
    ["80–90", "port-syntax", "write -p 80-90"],
    ["８０", "port-syntax", undefined],
    ["80/tcp", "port-syntax", "write T:80"],
    ["tcp/80", "port-syntax", "write T:80"],
    ["80:90", "port-syntax", "write 80-90"],
    ["80..90", "port-syntax", "write 80-90"],
    ["HTTP", "port-syntax", "write service names in lower case: http"],
    ["t:80", "port-syntax", "write T:"],
    ["X:80", "port-syntax", "use T:, U:, S: or P:"],
    ["U:53", "port-protocol", "add -sU, or leave U: out"],
    ["[U:53]", "port-protocol", "add -sU, or leave U: out"],
    ["T:80", "port-protocol", "add -sS or -sT, or leave T: out", ["udp"]],
    ["P:6", "port-protocol", "add -sO, or leave P: out"],
    ["T:T:80", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["T:", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["0x50", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["+80", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["1-2-3", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["8e1", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["T80", "port-syntax", "write service names in lower case: t80"],
    ["[80", "port-syntax", undefined],
    ["80]", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["[80]443", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["22[80]", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["[]", "port-syntax", "such as 22,80-90,http or T:80,U:53"],
    ["[[80]]", "port-syntax", undefined],
    ["[0]", "no-ports", undefined],
    ["nosuch", "unknown-service", "write the port's number"],
    ["80,nosuch", "unknown-service", "write the port's number"],
    ["http-80", "unknown-service", "write the port's number"],
    ["S:https", "unknown-service", "write the port's number", ["tcp", "sctp"]],
    ["tcp", "port-syntax", "write 6 for TCP, 17 for UDP, 1 for ICMP", ["protocol"]],
    ["a".repeat(200), "port-syntax", undefined],
    ["80\u001b[2J", "port-syntax", undefined],
  ])("%j is refused: %s, %s", (ports, code, hint, protocols = ["tcp"]) => {
    const result = choosePorts({ ...nothing, ports }, protocols, SERVICES);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect([result.error.code, result.error.hint]).toEqual([code, hint]);
    expect(result.error.message).toMatch(/^[\x20-\x7e…–８０]*\.$/);
  });

  it("give a result for any text, never an exception", () => {
    const fragment = fc.constantFrom(
      "80",
      "-",
      ",",
      "[",
      "]",
      "T:",
      "U:",
      "http",
      "*",
      "?",
      "65536",
      " ",
      "0",
      ":",
      "é",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fragment, { maxLength: 8 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (ports) => {
        const result = choosePorts({ ...nothing, ports }, ["tcp", "udp"], SERVICES);
        if (result.ok) expect(result.value.scanned.isEmpty).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("ports by frequency", () => {
  it("are a thousand by default, a hundred with -F, per protocol", () => {
    const many = Array.from(
      { length: 3000 },
      (_, index) => `s\t${index + 1}/tcp\t0.${String(index).padStart(6, "0")}`,
    ).join("\n");
    const services = parseServices(`${many}\nu\t5/udp\t0.5`);
    const set = (choice: Partial<PortChoice>): [number, number] => {
      const result = choosePorts({ ...nothing, ...choice }, ["tcp", "udp"], services);
      return result.ok ? [result.value.scanned.size("tcp"), result.value.scanned.size("udp")] : [-1, -1];
    };
    expect(set({})).toEqual([1000, 1]);
    expect(set({ fast: true })).toEqual([100, 1]);
    expect(set({ topPorts: 7 })).toEqual([7, 1]);
    expect(set({ topPorts: 7, fast: true })).toEqual([7, 1]);
    const top = choosePorts({ ...nothing, topPorts: 2 }, ["tcp"], services);
    expect(top.ok && top.value.scanned.toText("tcp")).toBe("2999-3000");
  });

  it("choose inside -p, fill up from what is not excluded, and keep the file's order among equals", () => {
    expect(choose({ topPorts: 2 })).toEqual({ tcp: "80,443" });
    expect(choose({ topPorts: 2, ports: "1-53" })).toEqual({ tcp: "22,53" });
    expect(choose({ topPorts: 2, excludePorts: "80" })).toEqual({ tcp: "22,443" });
    expect(choose({ topPorts: 7 })).toEqual({ tcp: "1,7,22,53,80,443,8008" });
    expect(choose({ topPorts: 65_536 })).toEqual(choose({}));
    expect(choose({ portRatio: 0.2 })).toEqual({ tcp: "80,443" });
    expect(choose({ portRatio: 0.9 })).toEqual({});
  });

  it("agree with a full sort", () => {
    const entry = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom("0.1", "0.2", "0.2", "3/10", "0.000000"));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (rows, count) => {
        const services = parseServices(rows.map(([port, ratio]) => `s ${port}/udp ${ratio}`).join("\n"));
        const sorted = services.toSorted((left, right) => right.ratio - left.ratio).slice(0, count);
        const chosen = mostFrequent(services, "udp", { count }, () => true).map(([port]) => port);
        expect(chosen.toSorted((a, b) => a - b)).toEqual(sorted.map(({ port }) => port).toSorted((a, b) => a - b));
      }),
    );
  });

  it("are refused where the file says no frequencies", () => {
    const result = choosePorts(nothing, ["tcp"], parseServices("http 80/tcp\nssh 22/tcp\n"));
    expect(!result.ok && result.error.code).toBe("services-without-frequencies");
    expect(choosePorts({ ...nothing, ports: "http" }, ["tcp"], parseServices("http 80/tcp\n")).ok).toBe(true);
  });

  it("do not exist for IP protocols, which are all 256 by default", () => {
    expect(choose({}, "protocol")).toEqual({ protocol: "0-255" });
    expect(choose({ fast: true }, "protocol")).toEqual({ protocol: "1,6,17" });
    const result = choosePorts({ ...nothing, topPorts: 3 }, ["protocol"], SERVICES);
    expect(!result.ok && result.error.code).toBe("port-protocol");
  });
});

describe("excluded ports", () => {
  it("come off, and are known for host discovery", () => {
    expect(choose({ ports: "1-100", excludePorts: "22,80-" })).toEqual({ tcp: "1-21,23-79" });
    expect(choose({ ports: "22,80", excludePorts: "http" })).toEqual({ tcp: "22" });
    expect(choose({ ports: "22", excludePorts: "-" })).toEqual({});
    const ping = choosePorts({ ...nothing, excludePorts: "443,U:53" }, [], []);
    expect(ping.ok && [ping.value.scanned.isEmpty, renderPorts(ping.value.excluded)]).toEqual([
      true,
      "T:443,U:53,443,S:443",
    ]);
  });

  it("are refused like other specifications", () => {
    for (const excludePorts of ["", "65536", "80-22", "nosuch", "U:53"]) {
      expect(choosePorts({ ...nothing, ports: "22", excludePorts }, ["tcp"], SERVICES).ok).toBe(false);
    }
  });
});

describe("rendered ports", () => {
  it("name every protocol", () => {
    expect(
      renderPorts(
        PortSet.of({
          tcp: [
            [22, 22],
            [80, 90],
          ],
          udp: [[53, 53]],
        }),
      ),
    ).toBe("T:22,80-90,U:53");
    expect(renderPorts(PortSet.of({ sctp: [[0, 65_535]] }))).toBe("S:0-65535");
    expect(renderPorts(PortSet.of({ protocol: [[1, 6]] }))).toBe("1-6");
    expect(renderPorts(PortSet.empty)).toBe("");
  });

  it("read back as the same set", () => {
    const range = fc
      .tuple(fc.nat(65_535), fc.nat(300))
      .map(([first, more]): NumberRange => [first, Math.min(first + more, 65_535)]);
    const ranges = fc.array(range, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.record({ tcp: ranges, udp: ranges, sctp: ranges }, { requiredKeys: ["udp"] }), (parts) => {
        const set = PortSet.of(parts);
        const read = choosePorts({ ...nothing, ports: renderPorts(set) }, ["tcp", "udp", "sctp"], []);
        expect(read.ok && read.value.scanned.equals(set)).toBe(true);
      }),
    );
  });
});

describe("whether nmap-services is needed", () => {
  it.each<[Partial<PortChoice>, boolean, ("syn" | "list" | "ping" | "ip-protocol")?]>([
    [{}, true],
    [{}, false, "list"],
    [{}, false, "ping"],
    [{}, false, "ip-protocol"],
    [{ ports: "22,T:80-,U:53" }, false],
    [{ ports: "http" }, true],
    [{ ports: "[1-10]" }, true],
    [{ ports: "?ttp" }, true],
    [{ ports: "1-100", topPorts: 3 }, true],
    [{ fast: true }, true],
    [{ ports: "1-100", excludePorts: "ssh" }, true],
    [{ excludePorts: "ssh" }, true, "ping"],
    [{ excludePorts: "22" }, false, "ping"],
  ])("%j: %s (%s)", (choice, expected, technique = "syn") => {
    expect(portsNeedServices({ ...nothing, ...choice, techniques: new Set([technique]) })).toBe(expected);
  });

  it("never says no when the answer depends on it", () => {
    const fragment = fc.constantFrom("80", "-", "1-9", ",", "[", "]", "T:", "U:", "http", "*", "?");
    const text = fc.array(fragment, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (ports) => {
        if (portsNeedServices({ ...nothing, ports, techniques: new Set(["syn", "udp"]) })) return;
        const bare = choosePorts({ ...nothing, ports }, ["tcp", "udp"], []);
        expect(choosePorts({ ...nothing, ports }, ["tcp", "udp"], SERVICES)).toEqual(bare);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("nmap-services", () => {
  it("is read with comments, fractions, odd blanks and duplicates", () => {
    const text =
      "#x\t1/tcp\t0.5\na 1/tcp 1/4 # c\nb\t2/udp\t0.123456\t# d\n  c\t3/sctp\nd\t4/ddp\t0.1\na2\t1/tcp\t0.9\ne\t99999/tcp\t0.1\nf\t5/tcp\t7.5\nline\ng\t6/tcp\t0.25\r\nlast\t7/tcp\t0.000001";
    expect(parseServices(text)).toEqual([
      { name: "a", protocol: "tcp", port: 1, ratio: 0.25 },
      { name: "b", protocol: "udp", port: 2, ratio: 0.123456 },
      { name: "c", protocol: "sctp", port: 3, ratio: 0 },
      { name: "f", protocol: "tcp", port: 5, ratio: 0 },
      { name: "g", protocol: "tcp", port: 6, ratio: 0.25 },
      { name: "last", protocol: "tcp", port: 7, ratio: 0.000001 },
    ]);
    expect(parseServices("")).toEqual([]);
  });

  it("and nmap-protocols for its numbers", () => {
    expect(
      parseProtocolNumbers("# c\nhopopt           0  # IPv6\nicmp 1\ntp++             39  # TP+\nx 999\nicmp2 1\n"),
    ).toEqual([0, 1, 39]);
  });
});

describe("service masks", () => {
  it("match as the same mask written as a regular expression", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "A"), maxLength: 8 });
    const mask = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
    fc.assert(
      fc.property(letters, mask, (name, pattern) => {
        const regex = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
        expect(matchesMask(name, pattern)).toBe(regex.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it("are answered when they are hostile, where a backtracking matcher would never end", () => {
    expect(matchesMask("a".repeat(120), `${"*a".repeat(60)}b`)).toBe(false);
  });
});
