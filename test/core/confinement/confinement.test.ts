import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { confine, hostsOf } from "../../../src/core/confinement/confinement.ts";
import { cageCommand, hostsFile } from "../../../src/core/confinement/launch-chain.ts";
import { readNames } from "../../../src/core/confinement/nft-json.ts";
import { readCounters, readRefused, violationsOf } from "../../../src/core/confinement/refused.ts";
import { solicitedNodes } from "../../../src/core/confinement/solicited-nodes.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { planOf } from "../plan/plans.ts";

describe("a confinement", () => {
  it("gives the one capability to raw scans and none to others", () => {
    expect(confine(planOf("-sS 10.0.0.1"), {}).capabilities).toEqual(["net_raw"]);
    expect(confine(planOf("-sT 10.0.0.1", { privileged: false }), {}).capabilities).toEqual([]);
  });

  it("reaches the plan's ports, discovery's among them, and any port only where the plan chooses at run time", () => {
    const { services } = confine(planOf("-sS -p 22 -PS8080 -PE 10.0.0.1"), {}).reach;
    expect([services.ports.toText("tcp"), services.anyPort, services.icmp]).toEqual(["22,8080", false, [8]]);
    expect(confine(planOf("-sS -sC -p 22 10.0.0.1"), {}).reach.services.anyPort).toBe(true);
    expect(confine(planOf("-sS --traceroute -p 22 10.0.0.1"), {}).reach.services.anyPort).toBe(true);
  });

  it("gives nmap names in place of addresses where that changes nothing", () => {
    const names = [
      { typed: "a.test", addresses: ["10.0.0.1"] },
      { typed: "b.test", addresses: ["10.0.0.1"] },
      { typed: "c.test", addresses: ["10.0.0.2", "10.0.0.3"] },
      { typed: "d.test", addresses: [] },
    ];
    expect(hostsOf(names)).toEqual([{ name: "a.test", address: "10.0.0.1" }]);
    expect(hostsFile(confine(planOf("-sT one.test"), {}))).toContain("\n127.0.0.9 one.test\n");
  });

  it("starts nmap through programs that each take something away", () => {
    const files = { out: "/run/o", hosts: "/run/h", nsswitch: "/run/n", links: [{ path: "/bin", to: "usr/bin" }] };
    const tools = { bwrap: "/usr/bin/bwrap", setpriv: "/usr/bin/setpriv", prlimit: "/usr/bin/prlimit" };
    const raw = confine(planOf("-sS 10.0.0.1"), {});
    const words = cageCommand(["/usr/bin/nmap", "-x"], raw, 1_900_000_001, files, tools, 4, 60, { LC_ALL: "C" });
    expect(words.slice(-4)).toEqual(
      ['exec "$@"', "61", "/usr/bin/nmap", "-x"].map((word, index) => (index === 0 ? words.at(-4) : word)),
    );
    expect(words).toContain("--ambient-caps=-all,+net_raw");
    expect(words.filter((word) => word.startsWith("CAP_"))).toEqual([
      "CAP_NET_RAW",
      "CAP_SETUID",
      "CAP_SETGID",
      "CAP_SETPCAP",
    ]);
    const plain = cageCommand(["/n"], { ...raw, capabilities: [] }, 1_900_000_001, files, tools, 4, 60, {});
    expect(plain).toContain("--bounding-set=-all");
    expect(plain).not.toContain("CAP_NET_RAW");
  });
});

describe("solicited nodes", () => {
  it("are those of each address of the range, and of no other, at its ends too", () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, (1n << 128n) - 1n),
        fc.bigInt(0n, 1n << 26n),
        fc.bigInt(0n, 1n << 26n),
        (first, length, probe) => {
          const last = first + length < 1n << 128n ? first + length : (1n << 128n) - 1n;
          const nodes = solicitedNodes(AddressSet.ofRanges([{ family: 6, first, last }]));
          const node = (low: bigint): AddressSet => {
            const value = 0xff02_0000_0000_0000_0000_0001_ff00_0000n | (low & 0xff_ffffn);
            return AddressSet.ofRanges([{ family: 6, first: value, last: value }]);
          };
          const inside = first + (probe % (last - first + 1n));
          expect(nodes.includes(node(inside))).toBe(true);
          const expected = last - first + 1n > 0xff_ffffn ? 0x100_0000n : last - first + 1n;
          expect(nodes.size).toBe(expected);
        },
      ),
    );
  });
});

describe("what was refused", () => {
  const counted = (name: string, ...elements: readonly [unknown, number][]): string =>
    JSON.stringify({
      nftables: [
        { metainfo: {} },
        { set: { name, elem: elements.map(([val, packets]) => ({ elem: { val, counter: { packets, bytes: 1 } } })) } },
      ],
    });

  it("is told by destination, protocol and port, the most first", () => {
    const refused = [
      ...readRefused(
        counted("n4_s1", [{ concat: ["10.0.0.9", "tcp", 23] }, 2], [{ concat: ["10.0.0.9", "udp", 53] }, 5]),
      ),
      ...readRefused(counted("a4_s1", [{ concat: ["10.0.0.9", "icmp"] }, 1])),
      ...readRefused(counted("arp_s1", ["10.0.0.7", 3])),
    ];
    expect(violationsOf(refused, 12)).toEqual([
      "the kernel refused 5 packets to 10.0.0.9 udp/53",
      "the kernel refused 3 packets to 10.0.0.7 (asked for by ARP)",
      "the kernel refused 2 packets to 10.0.0.9 tcp/23",
      "the kernel refused 1 packet to 10.0.0.9 icmp",
      "the kernel refused 1 packet to elsewhere",
    ]);
    expect(violationsOf([], 0)).toEqual([]);
    expect(violationsOf([], 4)).toEqual(["the kernel refused 4 packets to somewhere else"]);
  });

  it("is unknown once a counter of the two is gone", () => {
    const both = [1, 2].map((packets) => ({ counter: { name: "c_s1", packets } }));
    expect(readCounters(JSON.stringify({ nftables: both }), "c_s1")).toBe(3);
    expect(readCounters(JSON.stringify({ nftables: both.slice(1) }), "c_s1")).toBeUndefined();
    expect(readCounters("", "c_s1")).toBeUndefined();
  });

  it("is read from what has the form, and from nothing else", () => {
    expect(
      readRefused(counted("n4_s1", ["10.0.0.1", 1], [{ concat: [7] }, 1], [{ concat: ["a", "tcp", 1] }, 0])),
    ).toEqual([]);
    const chains = [
      { chain: { family: "inet", table: "t", name: "a" } },
      { chain: { family: "inet", table: "u", name: "b" } },
      { chain: { family: "netdev", table: "t", name: "c" } },
      { set: { family: "inet", table: "t", name: "d" } },
    ];
    expect(readNames(JSON.stringify({ nftables: chains }), "chain", "inet", "t")).toEqual(["a"]);
  });
});
