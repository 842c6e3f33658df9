// The algebra of IPv4 sets over cursors: a set is anything that can name its next run from a given number on. So flat
// run lists and octet products meet by leap-frogging, and neither is expanded to meet the other.

/**
 * An operation that has to write out runs gives up when it would make this many more than its operands already hold
 * flat: 8 MB. A million networks of a policy are held anyway; an octet product that becomes millions of runs is a mistake.
 */
export const RUN_LIMIT = 1_000_000;

/**
 * Walks a set upwards. `seek(from)` finds the first member that is at least `from`: true, with `first` that member and
 * `last` the end of the run it is in (so last + 1 is no member), or false when there is none. `from` may be 2^32 and
 * must never be smaller than at the call before.
 */
export interface Ipv4Cursor {
  first: number;
  last: number;
  seek(from: number): boolean;
}

export interface Ipv4Set {
  readonly size: number;
  /** How many runs the set has; exact, and never found by expanding. */
  readonly runCount: number;
  /** How many of them are held as such, and not as something shorter. */
  readonly flatRuns: number;
  cursor(): Ipv4Cursor;
  /** The lowest and the highest member; undefined where there is none. */
  bounds(): readonly [first: number, last: number] | undefined;
}

/** Sorted, merged runs: first and last in turn. The flat array of 32-bit words is what makes a million networks cheap. */
export class Ipv4Runs implements Ipv4Set {
  static readonly empty = new Ipv4Runs(new Uint32Array(0));

  readonly words: Uint32Array;
  #size: number | undefined;

  /** @param words sorted, with a gap between any two runs; the caller gives the array away. */
  constructor(words: Uint32Array) {
    this.words = words;
  }

  /** Runs in any order and overlapping; first and last in turn. */
  static normalised(pairs: ArrayLike<number>): Ipv4Runs {
    const count = pairs.length / 2;
    let sorted = true;
    for (let at = 2; at < pairs.length && sorted; at += 2) {
      sorted = (pairs[at] ?? 0) > (pairs[at - 1] ?? 0) + 1;
    }
    if (sorted) return new Ipv4Runs(Uint32Array.from(pairs));
    // A number and an index fit into one double's 53 bits up to 2^21 runs, and a native numeric sort needs no callback.
    const order = new Float64Array(count);
    if (count <= 0x20_0000) {
      for (let index = 0; index < count; index++) order[index] = (pairs[2 * index] ?? 0) * 0x20_0000 + index;
      order.sort();
      for (let index = 0; index < count; index++) order[index] = (order[index] ?? 0) % 0x20_0000;
    } else {
      for (let index = 0; index < count; index++) order[index] = index;
      order.sort((left, right) => (pairs[2 * left] ?? 0) - (pairs[2 * right] ?? 0));
    }
    const words = new Uint32Array(2 * count);
    let length = 0;
    let end = -2;
    for (const index of order) {
      const first = pairs[2 * index] ?? 0;
      const last = pairs[2 * index + 1] ?? 0;
      if (first <= end + 1) {
        if (last > end) words[length - 1] = end = last;
      } else {
        words[length++] = first;
        words[length++] = end = last;
      }
    }
    return new Ipv4Runs(words.slice(0, length));
  }

  get runCount(): number {
    return this.words.length / 2;
  }

  get flatRuns(): number {
    return this.runCount;
  }

  get size(): number {
    if (this.#size === undefined) {
      this.#size = 0;
      for (let at = 0; at < this.words.length; at += 2) {
        this.#size += (this.words[at + 1] ?? 0) - (this.words[at] ?? 0) + 1;
      }
    }
    return this.#size;
  }

  cursor(): Ipv4Cursor {
    return new RunCursor(this.words);
  }

  bounds(): readonly [first: number, last: number] | undefined {
    const first = this.words[0];
    const last = this.words[this.words.length - 1];
    return first === undefined || last === undefined ? undefined : [first, last];
  }
}

export class RunCursor implements Ipv4Cursor {
  first = 0;
  last = -1;
  readonly #words: Uint32Array;
  #at = 0;

  constructor(words: Uint32Array) {
    this.#words = words;
  }

  seek(from: number): boolean {
    const words = this.#words;
    const length = words.length;
    let at = this.#at;
    if (at >= length) return false;
    if ((words[at + 1] ?? 0) < from) {
      // Gallop, then halve: a long leap costs the logarithm of its length, the next run costs one look.
      let step = 2;
      while (at + step < length && (words[at + step + 1] ?? 0) < from) {
        at += step;
        step *= 2;
      }
      let low = at / 2 + 1;
      let high = Math.min(at + step, length) / 2;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((words[2 * middle + 1] ?? 0) < from) low = middle + 1;
        else high = middle;
      }
      at = 2 * low;
      this.#at = at;
      if (at >= length) return false;
    }
    const first = words[at] ?? 0;
    this.first = first < from ? from : first;
    this.last = words[at + 1] ?? 0;
    return true;
  }
}

/** Collects runs in ascending order; throws when there are too many to hold. */
export class RunWriter {
  readonly #limit: number;
  #words = new Uint32Array(64);
  #length = 0;

  constructor(...operands: readonly Ipv4Set[]) {
    this.#limit = RUN_LIMIT;
    for (const operand of operands) this.#limit += operand.flatRuns;
  }

  add(first: number, last: number): void {
    if (this.#length === this.#words.length) {
      if (this.#length >= 2 * this.#limit) {
        throw new RangeError(`this set of addresses falls into more than ${RUN_LIMIT} runs`);
      }
      const larger = new Uint32Array(Math.min(2 * this.#words.length, 2 * this.#limit));
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[this.#length++] = first;
    this.#words[this.#length++] = last;
  }

  finish(): Ipv4Runs {
    return new Ipv4Runs(this.#words.slice(0, this.#length));
  }
}

/** The set as flat runs. @throws RangeError above RUN_LIMIT runs. */
export function toRuns(set: Ipv4Set): Ipv4Runs {
  if (set instanceof Ipv4Runs) return set;
  const writer = new RunWriter(set);
  const cursor = set.cursor();
  for (let from = 0; cursor.seek(from); from = cursor.last + 1) writer.add(cursor.first, cursor.last);
  return writer.finish();
}

/** @throws RangeError above RUN_LIMIT runs. */
export function unionRuns(left: Ipv4Set, right: Ipv4Set): Ipv4Runs {
  const writer = new RunWriter(left, right);
  const a = left.cursor();
  const b = right.cursor();
  let hasA = a.seek(0);
  let hasB = b.seek(0);
  while (hasA || hasB) {
    const first = hasA && (!hasB || a.first <= b.first) ? a.first : b.first;
    let last = first - 1;
    // Whoever has the number after the end carries the run on.
    for (;;) {
      if (hasA && a.last <= last) hasA = a.seek(last + 1);
      if (hasB && b.last <= last) hasB = b.seek(last + 1);
      const carriedA = hasA && a.first <= last + 1 ? a.last : -1;
      const carriedB = hasB && b.first <= last + 1 ? b.last : -1;
      const carried = Math.max(carriedA, carriedB);
      if (carried <= last) break;
      last = carried;
    }
    writer.add(first, last);
  }
  return writer.finish();
}

/** @throws RangeError above RUN_LIMIT runs. */
export function intersectRuns(left: Ipv4Set, right: Ipv4Set): Ipv4Runs {
  const writer = new RunWriter(left, right);
  const a = left.cursor();
  const b = right.cursor();
  let from = 0;
  while (a.seek(from) && b.seek(a.first)) {
    if (b.first > a.last) {
      from = b.first;
    } else {
      const last = Math.min(a.last, b.last);
      writer.add(b.first, last);
      from = last + 1;
    }
  }
  return writer.finish();
}

/** What is in `left` and not in `right`. @throws RangeError above RUN_LIMIT runs. */
export function subtractRuns(left: Ipv4Set, right: Ipv4Set): Ipv4Runs {
  const writer = new RunWriter(left, right);
  const a = left.cursor();
  const b = right.cursor();
  let from = 0;
  while (a.seek(from)) {
    if (!b.seek(a.first) || b.first > a.last) {
      writer.add(a.first, a.last);
      from = a.last + 1;
    } else {
      if (b.first > a.first) writer.add(a.first, b.first - 1);
      from = b.last + 1;
    }
  }
  return writer.finish();
}

/** Whether the two share a member: each side leaps to the other's next run. */
export function touchesRuns(left: Ipv4Set, right: Ipv4Set): boolean {
  // One network against a rule's list is by far the most frequent question: it needs no cursor.
  if (left instanceof Ipv4Runs && right instanceof Ipv4Runs) {
    if (left.words.length === 2) return touchesOne(right.words, left.words[0] ?? 0, left.words[1] ?? 0);
    if (right.words.length === 2) return touchesOne(left.words, right.words[0] ?? 0, right.words[1] ?? 0);
  }
  const a = left.cursor();
  const b = right.cursor();
  let from = 0;
  while (a.seek(from) && b.seek(a.first)) {
    if (b.first <= a.last) return true;
    from = b.first;
  }
  return false;
}

/** Whether every member of `inner` is in `outer`: after each of outer's runs, inner leaps over all that the run held. */
export function includesRuns(outer: Ipv4Set, inner: Ipv4Set): boolean {
  if (outer instanceof Ipv4Runs && inner instanceof Ipv4Runs && inner.words.length === 2) {
    return includesOne(outer.words, inner.words[0] ?? 0, inner.words[1] ?? 0);
  }
  const a = inner.cursor();
  const b = outer.cursor();
  let from = 0;
  while (a.seek(from)) {
    if (!b.seek(a.first) || b.first > a.first || b.last < a.last) return false;
    from = b.last + 1;
  }
  return true;
}

/** Where the first run begins that ends at this number or later; the length where there is none. */
function runEndingFrom(words: Uint32Array, from: number): number {
  let low = 0;
  let high = words.length >>> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((words[2 * middle + 1] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

function touchesOne(words: Uint32Array, first: number, last: number): boolean {
  const at = runEndingFrom(words, first);
  return at < words.length && (words[at] ?? 0) <= last;
}

function includesOne(words: Uint32Array, first: number, last: number): boolean {
  const at = runEndingFrom(words, first);
  return at < words.length && (words[at] ?? 0) <= first && (words[at + 1] ?? 0) >= last;
}
