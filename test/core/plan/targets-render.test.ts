import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressSet, type FourOctets, type ReadonlyOctet } from "../../../src/core/sets/address-set.ts";
import { areTargetsLonger, renderTargets } from "../../../src/core/plan/target-render.ts";
import { parseTargetWord } from "../../../src/core/plan/targets.ts";

function set(...words: string[]): AddressSet {
  return AddressSet.unionOf(
    words.map((word) => {
      const result = parseTargetWord(word, word.includes(":") ? 6 : 4);
      if (!result.ok || result.value.kind === "name") throw new Error(word);
      return result.value.set;
    }),
  );
}

/** What the words mean, without counting an address twice: the sizes must add up. */
function readBack(words: readonly string[]): { union: AddressSet; sum: bigint } {
  const sets = words.map((word) => set(word));
  return { union: AddressSet.unionOf(sets), sum: sets.reduce((sum, each) => sum + each.size, 0n) };
}

const number = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.integer({ min: 0x0a_00_00_00, max: 0x0a_01_10_00 }),
);
const runs = fc
  .array(fc.tuple(number, fc.oneof(fc.nat(3), fc.nat(300), fc.nat(200_000))), { minLength: 1, maxLength: 12 })
  .map((pairs) =>
    AddressSet.ofIpv4Runs(Uint32Array.from(pairs.flatMap(([a, more]) => [a, Math.min(a + more, 0xffff_ffff)]))),
  );
const octet: fc.Arbitrary<ReadonlyOctet> = fc.oneof(
  fc.constant<ReadonlyOctet>([[0, 255]]),
  fc.array(
    fc.tuple(fc.nat(255), fc.nat(20)).map(([a, more]): [number, number] => [a, Math.min(a + more, 255)]),
    { minLength: 1, maxLength: 4 },
  ),
);

describe("rendered target words", () => {
  it.each([
    [["10.0.0.1"], ["10.0.0.1"]],
    [["10.0.0.0-255"], ["10.0.0.0/24"]],
    [["10.0.0-1.*"], ["10.0.0.0/23"]],
    [["10.0.1-2.*"], ["10.0.1-2.0-255"]],
    [["*.*.*.*"], ["0.0.0.0/0"]],
    [["10.0.0.1", "10.0.0.2"], ["10.0.0.1-2"]],
    [["10.0.0.0", "10.0.0.1"], ["10.0.0.0/31"]],
    [["10.0-255.1-254.1,5,7"], ["10.0-255.1-254.1,5,7"]],
    [
      ["10.0.0.250-255", "10.0.1.0-3"],
      ["10.0.0.250-255", "10.0.1.0/30"],
    ],
    [
      ["10.0.0.1,3", "10.0.7.1,3", "192.168.0.1,3"],
      ["10.0.0,7.1,3", "192.168.0.1,3"],
    ],
    [["10.0.0.0/8", "10.0.0.5"], ["10.0.0.0/8"]],
  ])("%j become %j", (typed, rendered) => {
    expect(renderTargets(set(...typed), 4)).toEqual(rendered);
  });

  it("denote exactly the set, each address once", () => {
    fc.assert(
      fc.property(runs, (addresses) => {
        const { union, sum } = readBack(renderTargets(addresses, 4));
        expect(union.toText()).toEqual(addresses.toText());
        expect(sum).toBe(addresses.size);
      }),
      { numRuns: 300 },
    );
  });

  it("say any one range in at most seven words", () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const words = renderTargets(AddressSet.ofIpv4Runs(Uint32Array.of(Math.min(a, b), Math.max(a, b))), 4);
        expect(words.length).toBeLessThanOrEqual(7);
      }),
      { numRuns: 500 },
    );
  });

  it("say an octet product in one word, and the same word when it is held as runs", () => {
    fc.assert(
      fc.property(octet, octet, octet, (b, c, d) => {
        const octets: FourOctets = [
          [
            [10, 10],
            [12, 12],
          ],
          b,
          c,
          d,
        ];
        const product = AddressSet.ofOctets(octets);
        fc.pre(product.runCount < 100_000);
        const words = renderTargets(product, 4);
        expect(words).toHaveLength(1);
        expect(renderTargets(AddressSet.ofIpv4Runs(product.ipv4Runs()), 4)).toEqual(words);
        expect(readBack(words).union.equals(product)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("do not depend on how the set came about", () => {
    fc.assert(
      fc.property(runs, runs, (a, b) => {
        expect(renderTargets(a.union(b), 4)).toEqual(renderTargets(b.union(a.subtract(b)), 4));
      }),
    );
  });

  it("stay below nmap's longest word", () => {
    const odd: ReadonlyOctet = Array.from({ length: 128 }, (_, index) => [2 * index, 2 * index] as const);
    const product = AddressSet.ofOctets([odd, odd, odd, odd]);
    const words = renderTargets(product, 4);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(1000);
    expect(words.reduce((sum, word) => sum + set(word).size, 0n)).toBe(product.size);
  });

  it("are the fewest prefixes for IPv6", () => {
    expect(renderTargets(set("2001:db8::/32", "::1"), 6)).toEqual(["::1", "2001:db8::/32"]);
    const value = fc.bigInt({ min: 1n << 120n, max: (1n << 128n) - 1n });
    fc.assert(
      fc.property(value, fc.bigInt({ min: 0n, max: 1n << 70n }), (first, more) => {
        const last = first + more < 1n << 128n ? first + more : (1n << 128n) - 1n;
        const range = AddressSet.ofRanges([{ family: 6, first, last }]);
        const { union, sum } = readBack(renderTargets(range, 6));
        expect(union.equals(range)).toBe(true);
        expect(sum).toBe(range.size);
      }),
    );
  });

  it("say exactly the set when it is a hundred thousand scattered pieces, some wider than one address", () => {
    const runs = new Uint32Array(200_000);
    for (let index = 0; index < 100_000; index++) {
      const first = index * 40_000 + ((index * 7919) % 9000);
      runs[2 * index] = first;
      runs[2 * index + 1] = index % 10 === 0 ? first + (index % 900) : first;
    }
    const scattered = AddressSet.ofIpv4Runs(runs);
    const words = renderTargets(scattered, 4);
    const { union, sum } = readBack(words);
    expect(union.equals(scattered)).toBe(true);
    expect(sum).toBe(scattered.size);
    expect(words.length).toBeLessThan(150_000);
  });

  it("are known to be long or not as they are when they are counted", () => {
    const lengthOf = (addresses: AddressSet, family: 4 | 6): number =>
      renderTargets(addresses, family).reduce((sum, word) => sum + word.length + 1, 0);
    fc.assert(
      fc.property(runs, (addresses) => {
        const length = lengthOf(addresses, 4);
        for (const limit of [length - 1, length, length + 1, 10, 1000]) {
          expect(areTargetsLonger(addresses, 4, limit)).toBe(length > limit);
        }
      }),
    );
    const prefixes = set("2001:db8::/32", "::1");
    expect(areTargetsLonger(prefixes, 6, lengthOf(prefixes, 6) - 1)).toBe(true);
    expect(areTargetsLonger(prefixes, 6, lengthOf(prefixes, 6))).toBe(false);
  });

  it("are none for nothing, and only those of the family asked for", () => {
    expect(renderTargets(AddressSet.empty, 4)).toEqual([]);
    expect(renderTargets(AddressSet.empty, 6)).toEqual([]);
    const both = AddressSet.unionOf([set("10.0.0.1"), set("::1")]);
    expect(renderTargets(both, 4)).toEqual(["10.0.0.1"]);
    expect(renderTargets(both, 6)).toEqual(["::1"]);
  });
});
