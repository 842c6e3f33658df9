// Runs kept in blocks against the same runs kept flat: every answer is the same, and only blocks that are looked into
// are fetched.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockRuns, type Blocks } from "../../../src/core/sets/block-runs.ts";
import {
  includesRuns,
  intersectRuns,
  Ipv4Runs,
  subtractRuns,
  touchesRuns,
  unionRuns,
} from "../../../src/core/sets/ipv4-runs.ts";

const HIGHEST = 0xffff_ffff;

interface Cut {
  readonly set: BlockRuns;
  /** Blocks that were fetched, in order. */
  readonly fetched: readonly number[];
}

/** The runs in blocks of so many runs each; the last may have fewer. */
function inBlocks(words: Uint32Array, perBlock: number): Cut {
  const blocks: Uint32Array[] = [];
  for (let at = 0; at < words.length; at += 2 * perBlock) blocks.push(words.subarray(at, at + 2 * perBlock));
  const fetched: number[] = [];
  const held: Blocks = {
    ends: Uint32Array.from(blocks, (block) => block.at(-1) ?? 0),
    runCount: words.length / 2,
    bounds: [words[0] ?? 0, words.at(-1) ?? 0],
    get: (block) => {
      fetched.push(block);
      const found = blocks[block];
      if (found === undefined) throw new Error(`there is no block ${block}`);
      return found;
    },
  };
  return { set: new BlockRuns(held), fetched };
}

/** Some small numbers and some at the upper end, where a number after the last has no 32 bits. */
const number = fc.oneof(
  fc.nat(300),
  fc.nat(300).map((below) => HIGHEST - below),
);
const words = fc
  .array(
    number.chain((first) => fc.nat(12).map((length) => [first, Math.min(first + length, HIGHEST)] as const)),
    { minLength: 1, maxLength: 30 },
  )
  .map((pairs) => Ipv4Runs.normalised(pairs.flat()).words);
const cut = fc.integer({ min: 1, max: 5 });

describe("runs in blocks", () => {
  it("are what the flat runs are, whatever is asked of a cursor", () => {
    fc.assert(
      fc.property(words, cut, fc.array(number), (runs, perBlock, asked) => {
        const { set } = inBlocks(runs, perBlock);
        const flat = new Ipv4Runs(runs);
        expect([set.size, set.runCount, set.flatRuns, set.bounds()]).toEqual([
          flat.size,
          flat.runCount,
          flat.flatRuns,
          flat.bounds(),
        ]);
        const [cursor, plain] = [set.cursor(), flat.cursor()];
        for (const from of [...asked, HIGHEST + 1].sort((left, right) => left - right)) {
          const found = cursor.seek(from);
          expect(found).toBe(plain.seek(from));
          if (found) expect([cursor.first, cursor.last]).toEqual([plain.first, plain.last]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("meet other sets as flat runs do, on either side", () => {
    fc.assert(
      fc.property(words, words, cut, (left, right, perBlock) => {
        const blocks = inBlocks(left, perBlock).set;
        const [flat, other] = [new Ipv4Runs(left), new Ipv4Runs(right)];
        for (const combine of [unionRuns, intersectRuns, subtractRuns]) {
          expect(combine(blocks, other).words).toEqual(combine(flat, other).words);
          expect(combine(other, blocks).words).toEqual(combine(other, flat).words);
        }
        for (const compare of [touchesRuns, includesRuns]) {
          expect(compare(blocks, other)).toBe(compare(flat, other));
          expect(compare(other, blocks)).toBe(compare(other, flat));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("fetch only the blocks that the other set reaches", () => {
    const every10th = Uint32Array.from({ length: 4000 }, (_, at) => (at >> 1) * 10);
    const { set, fetched } = inBlocks(every10th, 100);
    expect(includesRuns(set, new Ipv4Runs(Uint32Array.of(15_000, 15_000)))).toBe(true);
    expect(touchesRuns(new Ipv4Runs(Uint32Array.of(15_001, 15_009)), set)).toBe(false);
    expect(new Set(fetched)).toEqual(new Set([15]));
  });
});
