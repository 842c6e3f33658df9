// A large set of IPv4 runs that is kept in blocks, each fetched when somebody looks into it: against a million networks
// a scan of a few addresses then reads one block and not eight megabytes.
import { RunCursor, type Ipv4Cursor, type Ipv4Set } from "./ipv4-runs.ts";

export interface Blocks {
  /** The last address of each block, ascending. */
  readonly ends: Uint32Array;
  readonly runCount: number;
  /** The lowest and the highest member. */
  readonly bounds: readonly [first: number, last: number];
  /** The runs of one block, first and last in turn; no run lies in two. The same block is the same every time. */
  get(block: number): Uint32Array;
}

export class BlockRuns implements Ipv4Set {
  readonly #blocks: Blocks;
  #size: number | undefined;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  get runCount(): number {
    return this.#blocks.runCount;
  }

  get flatRuns(): number {
    return this.#blocks.runCount;
  }

  get size(): number {
    if (this.#size === undefined) {
      let size = 0;
      const cursor = this.cursor();
      for (let from = 0; cursor.seek(from); from = cursor.last + 1) size += cursor.last - cursor.first + 1;
      this.#size = size;
    }
    return this.#size;
  }

  cursor(): Ipv4Cursor {
    return new BlockCursor(this.#blocks);
  }

  bounds(): readonly [first: number, last: number] {
    return this.#blocks.bounds;
  }
}

class BlockCursor implements Ipv4Cursor {
  first = 0;
  last = -1;
  readonly #blocks: Blocks;
  #block = -1;
  #inner: RunCursor | undefined;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  seek(from: number): boolean {
    const { ends } = this.#blocks;
    if (this.#inner === undefined || (ends[this.#block] ?? 0) < from) {
      let low = this.#block + 1;
      let high = ends.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((ends[middle] ?? 0) < from) low = middle + 1;
        else high = middle;
      }
      if (low >= ends.length) return false;
      this.#block = low;
      this.#inner = new RunCursor(this.#blocks.get(low));
    }
    const found = this.#inner.seek(from);
    this.first = this.#inner.first;
    this.last = this.#inner.last;
    return found;
  }
}
