// The address sets of a compiled policy: small ones are read whole when they are asked for, large ones in blocks.
import { AddressSet } from "../sets/address-set.ts";
import { blocksOf, blockWords } from "./compiled-form.ts";
import type { Head } from "./compiled-form.ts";
import { lazily } from "./lazily.ts";
import type { Table } from "./rule-index.ts";

interface Parts extends Pick<Head, "ipv6"> {
  /** Per set where its runs begin among all runs, in words; one more for the end. */
  readonly starts: Uint32Array;
  /** Per set its lowest and highest IPv4 address. */
  readonly bounds: Uint32Array;
  /** The last address of every block of the sets that have blocks. */
  readonly blockEnds: Uint32Array;
  /** The runs between two places, in words. */
  readonly runs: (from: number, to: number) => Uint32Array;
}

export class CompiledSets implements Table<AddressSet> {
  readonly count: number;
  readonly #parts: Parts;
  readonly #sets: Table<AddressSet>;

  constructor(parts: Parts) {
    this.count = parts.starts.length - 1;
    this.#parts = parts;
    this.#sets = lazily(this.count, (set) => this.#make(set));
  }

  get(set: number): AddressSet {
    return this.#sets.get(set);
  }

  #make(set: number): AddressSet {
    const { starts, bounds, blockEnds, runs, ipv6 } = this.#parts;
    const [start = 0, end = 0] = starts.subarray(set, set + 2);
    const v6 = (ipv6[set] ?? []).map(([first, last]) => [BigInt(first), BigInt(last)] as const);
    const count = blocksOf(end - start);
    if (count === 0) return AddressSet.ofSortedIpv4(runs(start, end), v6);
    const [first = 0, last = 0] = bounds.subarray(2 * set, 2 * set + 2);
    const firstBlock = this.#blocksBefore(set);
    const blocks = lazily(count, (block) => {
      const from = start + block * blockWords;
      return runs(from, Math.min(from + blockWords, end));
    });
    const ends = blockEnds.subarray(firstBlock, firstBlock + count);
    const get = (block: number): Uint32Array => blocks.get(block);
    return AddressSet.ofBlocks({ ends, runCount: (end - start) / 2, bounds: [first, last], get }, v6);
  }

  /** Few sets have blocks: counted when one is asked for, and not at every start. */
  #blocksBefore(set: number): number {
    const { starts } = this.#parts;
    let blocks = 0;
    for (let at = 0; at < set; at++) blocks += blocksOf((starts[at + 1] ?? 0) - (starts[at] ?? 0));
    return blocks;
  }
}
