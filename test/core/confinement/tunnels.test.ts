import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  devicesOf,
  isUsualRouting,
  plainDevices,
  samplesOf,
  tunnelsUsed,
} from "../../../src/core/confinement/tunnels.ts";
import { AddressSet, formatAddress, parseAddress, parseNetwork } from "../../../src/core/sets/address-set.ts";

const set = (...texts: string[]): AddressSet =>
  AddressSet.unionOf(
    texts.map((text) => {
      const network = parseNetwork(text);
      if (!network.ok) throw new Error(text);
      return network.value;
    }),
  );

describe("tunnels", () => {
  const routes = [
    { network: set("0.0.0.0/0"), prefix: 0, device: "eth0" },
    { network: set("10.0.0.0/8"), prefix: 8, device: "wg0" },
    { network: set("10.1.0.0/16"), prefix: 16, device: "eth1" },
  ];
  const isTunnel = (device: string): boolean => device.startsWith("wg");

  it("are found where the longest route of an address leads through one", () => {
    expect(tunnelsUsed(set("10.2.0.1"), routes, isTunnel)).toEqual(["wg0"]);
    expect(tunnelsUsed(set("10.0.0.0/14"), routes, isTunnel)).toEqual(["wg0"]);
    expect(tunnelsUsed(set("10.1.0.0/17", "192.0.2.1"), routes, isTunnel)).toEqual([]);
  });

  it("are all devices but those that are known to send frames as they are", () => {
    // As iproute2 6.1 prints them, with -d -j.
    const link = (ifname: string, type: string, kind?: string): unknown => ({
      ifname,
      link_type: type,
      ...(kind === undefined ? {} : { linkinfo: { info_kind: kind } }),
    });
    const plain = [
      link("lo", "loopback"),
      link("eth0", "ether"),
      link("eth0.5", "ether", "vlan"),
      link("br0", "ether", "bridge"),
      link("bond0", "ether", "bond"),
      link("v0", "ether", "veth"),
    ];
    const others = [
      link("tun0", "none", "tun"),
      link("tap0", "ether", "tun"),
      link("wg0", "none", "wireguard"),
      link("vx0", "ether", "vxlan"),
      link("gnv0", "ether", "geneve"),
      link("gre1", "gre", "gre"),
      link("tap1", "ether", "gretap"),
      link("ipip0", "ipip", "ipip"),
      link("sit0", "sit", "sit"),
      link("ppp0", "ppp"),
      link("ib0", "infiniband"),
      link("new0", "ether", "something-of-tomorrow"),
      {},
    ];
    expect([...plainDevices([...plain, ...others])]).toEqual(["lo", "eth0", "eth0.5", "br0", "bond0", "v0"]);
  });

  it("are looked for by rules too, where there are any of one's own", () => {
    const usual = [
      { priority: 0, src: "all", table: "local" },
      { priority: 32766, src: "all", table: "main" },
      { priority: 32767, src: "all", table: "default", protocol: "kernel" },
    ];
    expect(isUsualRouting(usual)).toBe(true);
    for (const one of [
      { priority: 100, src: "all", uid_start: 1_900_000_000, uid_end: 1_900_000_999, table: "main" },
      { priority: 100, src: "all", fwmark: "0x7", table: "main" },
      { priority: 100, src: "10.0.0.1", table: "main" },
      { priority: 100, src: "all", table: "77" },
      { priority: 100, src: "all", table: "main", suppress_prefixlen: 0 },
    ]) {
      expect([one, isUsualRouting([...usual, one])]).toEqual([one, false]);
    }
    expect(devicesOf([[{ dst: "10.0.0.1", dev: "wg0" }], [], [{ dst: "10.0.0.2", dev: "eth0" }]])).toEqual([
      "wg0",
      "eth0",
    ]);
  });
});

describe("samples", () => {
  it("stand for every address of the set: between two neighbours of one piece there is no prefix's end", () => {
    const value = (text: string): bigint => parseAddress(text)?.value ?? -1n;
    const prefix = fc
      .tuple(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 22, max: 32 }))
      .map(([low, length]) => {
        const free = 32 - length;
        return `${formatAddress(4, BigInt(((low >> free) << free) >>> 0) + 0x0a00_0000n)}/${length}`;
      });
    const ranges = fc.array(fc.tuple(fc.nat(1000), fc.nat(200)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ranges, fc.array(prefix, { maxLength: 8 }), (spans, prefixes) => {
        const addresses = AddressSet.ofRanges(
          spans.map(([at, more]) => ({
            family: 4,
            first: 0x0a00_0000n + BigInt(at),
            last: 0x0a00_0000n + BigInt(at + more),
          })),
        );
        const routes = [{ dst: "default" }, ...prefixes.map((dst) => ({ dst }))];
        const rules = prefixes.map((text) => ({ dst: text.split("/")[0], dstlen: Number(text.split("/")[1]) }));
        const samples = samplesOf(addresses, 4, [routes.slice(0, 4), rules.slice(3)]);
        const sets = prefixes.map((text) => set(text));
        /** The prefixes that an address lies in decide its way. */
        const way = (address: bigint): string => {
          const one = AddressSet.ofRanges([{ family: 4, first: address, last: address }]);
          return sets.map((network) => (network.includes(one) ? "1" : "0")).join("");
        };
        const sampled = new Set(samples.map((text) => way(value(text))));
        for (const { first, last } of addresses.ranges())
          for (let at = first; at <= last; at++) expect(sampled.has(way(at))).toBe(true);
        expect(samples.length).toBeLessThanOrEqual(2 * prefixes.length + 1);
        for (const text of samples) expect(addresses.includes(set(text))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
