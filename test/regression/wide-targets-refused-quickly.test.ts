// Forty targets such as `*.7.*.1,3,5,7` fall into ten million runs: before, each pair was merged and written out before
// the refusal, which took many seconds and hundreds of megabytes.
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTargetWord, targetSet } from "../../src/core/plan/targets.ts";
import { AddressSet, type FourOctets } from "../../src/core/sets/address-set.ts";

const setOf = (word: string): AddressSet => {
  const read = parseTargetWord(word, 4);
  if (!read.ok || read.value.kind !== "addresses") throw new Error(word);
  return read.value.set;
};

test("forty wide octet products are refused without being written out", () => {
  const sets = Array.from({ length: 40 }, (_, index) => setOf(`*.${index * 2}.*.1,3,5,7`));
  const before = process.resourceUsage().maxRSS;
  const targets = targetSet(sets, AddressSet.empty);
  expect(targets).toMatchObject({ ok: false, error: { code: "too-many-runs" } });
  // Kilobytes.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(100_000);
});

test("products that overlap without end are refused after a bounded search", () => {
  const sets = Array.from({ length: 200 }, (_, index) => setOf(`*.1-${index + 2}.1,3,5,${index}.*`));
  const targets = targetSet([...sets, setOf("*.*.0-100.1")], AddressSet.empty);
  expect(targets.ok).toBe(false);
});

const octet = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 3 })
  .map((ranges) => ranges.map(([first, more]): [number, number] => [first, first + more]));
const product = fc.tuple(fc.constant([[10, 10]] as [number, number][]), octet, octet, octet);

test("many products united at once are what they are united one by one", () => {
  fc.assert(
    fc.property(fc.array(product, { maxLength: 6 }), (octets) => {
      const sets = octets.map((each) => AddressSet.ofOctets(each as FourOctets));
      const oneByOne = sets.reduce((all, set) => all.union(set), AddressSet.empty);
      expect(AddressSet.unionOf(sets).toText()).toEqual(oneByOne.toText());
    }),
  );
});
