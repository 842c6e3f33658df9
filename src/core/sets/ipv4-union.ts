// The union of many IPv4 sets in one walk over all of them. Apart from the union of two, because forty octet products
// merged in pairs write out every intermediate result, although the first million runs already say that it is too much.
import { RUN_LIMIT, RunWriter, type Ipv4Cursor, type Ipv4Runs, type Ipv4Set } from "./ipv4-runs.ts";

/** Looks at cursors before the walk gives up: products that overlap a lot make few runs out of many. */
const LOOK_LIMIT = 8 * RUN_LIMIT;

/** @throws RangeError above RUN_LIMIT runs, and for sets that overlap so much that finding their runs would take seconds. */
export function unionOfMany(sets: readonly Ipv4Set[]): Ipv4Runs {
  const writer = new RunWriter(...sets);
  const heap = new CursorHeap(sets.map((set) => set.cursor()).filter((cursor) => cursor.seek(0)));
  let looksLeft = LOOK_LIMIT + sets.reduce((sum, set) => sum + set.flatRuns, 0);
  for (let top = heap.top; top !== undefined;) {
    const { first } = top;
    let { last } = top;
    // Whoever has a number up to the one after the end carries the run on, and looks for its next run behind it.
    for (; top !== undefined && top.first <= last + 1; top = heap.top) {
      if (looksLeft-- === 0) throw new RangeError("these sets of addresses overlap too much to be united");
      if (top.last > last) last = top.last;
      heap.advance(last + 1);
    }
    writer.add(first, last);
  }
  return writer.finish();
}

/** Cursors by their `first`, the smallest on top: a binary heap in one array. */
class CursorHeap {
  readonly #cursors: Ipv4Cursor[];

  constructor(cursors: Ipv4Cursor[]) {
    this.#cursors = cursors.sort((left, right) => left.first - right.first);
  }

  get top(): Ipv4Cursor | undefined {
    return this.#cursors[0];
  }

  /** Moves the smallest on to its next run from this number on, or out when it has none. */
  advance(from: number): void {
    const cursors = this.#cursors;
    let moved = cursors[0];
    if (moved?.seek(from) !== true) {
      moved = cursors.pop();
      if (cursors.length === 0) return;
    }
    if (moved === undefined) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = cursors[child];
      if (left === undefined) break;
      const right = cursors[child + 1];
      if (right !== undefined && right.first < left.first) child += 1;
      const smaller = cursors[child];
      if (smaller === undefined || smaller.first >= moved.first) break;
      cursors[at] = smaller;
      at = child;
    }
    cursors[at] = moved;
  }
}
