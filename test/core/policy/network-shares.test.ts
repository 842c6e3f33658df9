import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namedNetworks, networkShares } from "../../../src/core/policy/network-shares.ts";
import { AddressSet, parseNetwork } from "../../../src/core/sets/address-set.ts";

function set(...words: readonly string[]): AddressSet {
  const parts = words.map((word) => parseNetwork(word));
  return AddressSet.unionOf(parts.map((part) => (part.ok ? part.value : AddressSet.empty)));
}

const networks = (named: Readonly<Record<string, AddressSet>>): ReadonlyMap<string, AddressSet> =>
  new Map(Object.entries(named));

describe("the networks of some targets", () => {
  it("are named with their shares, the largest first, and what is in none is counted", () => {
    const shares = networkShares(
      set("10.20.0.0/24", "10.30.0.0/25", "192.0.2.7"),
      networks({ office: set("10.30.0.0/16"), lab: set("10.20.0.0/16"), far: set("172.16.0.0/12") }),
    );
    expect(shares).toEqual({
      named: [
        { name: "lab", addresses: "256" },
        { name: "office", addresses: "128" },
      ],
      others: 0,
      unnamed: "1",
    });
  });

  it("are the smallest that hold them, and a part of special kind is named beside the whole", () => {
    const all = networks({
      attached: set("10.20.0.0/24"),
      company: set("10.0.0.0/8"),
      lab: set("10.20.0.0/16"),
      pci: set("10.20.0.16/28"),
    });
    expect(networkShares(set("10.20.0.0/24"), all)?.named).toEqual([
      { name: "lab", addresses: "256" },
      { name: "pci", addresses: "16" },
    ]);
    expect(networkShares(set("10.99.0.1"), all)?.named).toEqual([{ name: "company", addresses: "1" }]);
  });

  it("are 'attached' only where nobody gave them a name", () => {
    expect(networkShares(set("10.20.0.1"), networks({ attached: set("10.20.0.0/24") }))?.named).toEqual([
      { name: "attached", addresses: "1" },
    ]);
  });

  it("of the same addresses are one", () => {
    const twice = networks({ b: set("10.20.0.0/24"), a: set("10.20.0.0/24") });
    expect(networkShares(set("10.20.0.0/25"), twice)?.named).toEqual([{ name: "a", addresses: "128" }]);
  });

  it("are named up to a few, and the others counted", () => {
    const many = networks(
      Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`n${at}`, set(`10.${at % 200}.${at}.0/24`)])),
    );
    const shares = networkShares(set("10.0.0.0/8"), many);
    expect(shares?.named).toHaveLength(namedNetworks);
    expect((shares?.others ?? 0) + namedNetworks).toBe([...many.values()].filter(({ size }) => size > 0n).length);
  });

  it("hold together, with what is in none, every address", () => {
    const network = fc.tuple(fc.nat(255), fc.integer({ min: 20, max: 32 })).map(([third, bits]) => {
      const size = 2 ** (32 - bits);
      const first = BigInt(0x0a00_0000 + Math.floor((third * 256) / size) * size);
      return AddressSet.ofRanges([{ family: 4, first, last: first + BigInt(size) - 1n }]);
    });
    fc.assert(
      fc.property(network, fc.array(network, { maxLength: 4 }), (targets, named) => {
        const map = new Map(named.map((one, at) => [`n${at}`, one]));
        const shares = networkShares(targets, map);
        let inNone = 0n;
        for (const { first, last } of targets.ranges()) {
          for (let at = first; at <= last; at += 1n) {
            const one = AddressSet.ofRanges([{ family: 4, first: at, last: at }]);
            if (!named.some((other) => other.includes(one))) inNone += 1n;
          }
        }
        expect(shares?.unnamed).toBe(inNone.toString());
        for (const { name, addresses } of shares?.named ?? []) {
          expect(addresses).toBe(map.get(name)?.intersect(targets).size.toString());
        }
      }),
      { numRuns: 30 },
    );
  });
});
