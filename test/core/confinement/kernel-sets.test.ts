import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelSets, type KernelSet } from "../../../src/core/confinement/kernel-sets.ts";
import { AddressSet, parseAddress, type AddressRange, type Family } from "../../../src/core/sets/address-set.ts";

const BITS = { 4: 32n, 6: 128n } as const;
const name = (length?: number): string => `n${length ?? ""}`;

/** What the kernel takes a set to hold, with the mask that a rule puts before it. */
function held({ definition, mask }: KernelSet, family: Family): readonly AddressRange[] {
  const value = (text: string): bigint => parseAddress(text)?.value ?? -1n;
  const elements = /elements = \{ (.*) \};$/.exec(definition)?.[1]?.split(", ") ?? [];
  expect(/size (\d+);/.exec(definition)?.[1] ?? String(elements.length)).toBe(String(elements.length));
  const all = (1n << BITS[family]) - 1n;
  const hosts = mask === "" ? 0n : all ^ value(mask.replace(" & ", ""));
  return elements.map((text) => {
    const [from = "", to = from] = text.split("-");
    expect(mask === "" || (value(from) & hosts) === 0n).toBe(true);
    return { family, first: value(from), last: value(to) | hosts };
  });
}

const size = (ranges: readonly AddressRange[]): bigint =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);

const rangesOf = (family: Family): fc.Arbitrary<readonly AddressRange[]> => {
  const most = (1n << BITS[family]) - 1n;
  const network = fc.tuple(fc.bigInt(0n, most), fc.nat(12)).map(([at, free]) => {
    const hosts = (1n << BigInt(free)) - 1n;
    return { family, first: at & ~hosts, last: at | hosts };
  });
  const ragged = fc.tuple(fc.bigInt(0n, most), fc.bigInt(0n, 5000n)).map(([first, more]) => ({
    family,
    first,
    last: first + more > most ? most : first + more,
  }));
  return fc.array(fc.oneof(network, ragged), { maxLength: 200, size: "max" });
};

describe("sets for the kernel", () => {
  it.each([4, 6] as const)("hold exactly the addresses of family %i, each once", (family) => {
    fc.assert(
      fc.property(rangesOf(family), (ranges) => {
        const ours = AddressSet.ofRanges(ranges);
        const parts = kernelSets([...ours.ranges()], family, name).flatMap((set) => held(set, family));
        expect(AddressSet.ofRanges(parts).equals(ours)).toBe(true);
        expect(size(parts)).toBe(size([...ours.ranges()]));
      }),
      { numRuns: 60 },
    );
  });

  it("are one of intervals for a short list, and hashes of whole networks for a long one", () => {
    const networks = (count: number): readonly AddressRange[] =>
      Array.from({ length: count }, (_, n) => ({ family: 4, first: BigInt(n * 32), last: BigInt(n * 32 + 15) }));
    expect(kernelSets(networks(64), 4, name).map((one) => one.definition.slice(0, 37))).toEqual([
      "type ipv4_addr; flags interval; eleme",
    ]);
    expect(kernelSets(networks(65), 4, name).map((one) => [one.name, one.mask, one.definition.slice(0, 25)])).toEqual([
      ["n28", " & 255.255.255.240", "type ipv4_addr; size 65; "],
    ]);
  });

  it("take the whole of a family as one network among many", () => {
    const all = { family: 4, first: 0n, last: 0xffff_ffffn } as const;
    const many = Array.from({ length: 100 }, () => all);
    expect(kernelSets(many, 4, name).map((set) => held(set, 4))).toEqual([many]);
  });
});
