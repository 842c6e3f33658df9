// nmap's `10.0-255.1-254.1,5,7`: a product of four octet tables, kept as four tables. `*.*.*.1,3,5` is fifty million
// runs when written out and four small tables here; cursors and counts come from the tables.
import type { Ipv4Cursor, Ipv4Set } from "./ipv4-runs.ts";

/** One octet of a target word: inclusive ranges within 0..255, in any order. */
export type ReadonlyOctet = readonly (readonly [first: number, last: number])[];
export type FourOctets = readonly [ReadonlyOctet, ReadonlyOctet, ReadonlyOctet, ReadonlyOctet];

class OctetTable {
  /** For 0..256: the first member from here on, 256 when there is none. */
  readonly next = new Uint16Array(257).fill(256);
  /** For a member: the end of the run it is in. */
  readonly end = new Uint16Array(256);
  readonly count: number;
  /** 0 where the table is empty. */
  readonly highest: number;
  readonly runs: number;
  /** Neighbouring members, as pairs. */
  readonly pairs: number;
  /** True when 255 of one prefix and 0 of the next one are both members: a run then goes on over the border. */
  readonly wraps: boolean;

  constructor(octet: ReadonlyOctet) {
    const member = new Uint8Array(256);
    for (const [first, last] of octet) {
      if (!(first >= 0 && first <= last && last <= 255)) throw new RangeError(`no octet range: ${first}-${last}`);
      member.fill(1, first, last + 1);
    }
    let count = 0;
    let runs = 0;
    for (let value = 255; value >= 0; value--) {
      if (member[value] === 1) {
        const continues = member[value + 1] === 1;
        this.next[value] = value;
        this.end[value] = continues ? (this.end[value + 1] ?? 0) : value;
        count++;
        if (!continues) runs++;
      } else {
        this.next[value] = this.next[value + 1] ?? 256;
      }
    }
    this.count = count;
    this.highest = Math.max(0, member.lastIndexOf(1));
    this.runs = runs;
    this.pairs = count - runs;
    this.wraps = member[0] === 1 && member[255] === 1;
  }

  ranges(): [number, number][] {
    const ranges: [number, number][] = [];
    for (let value = this.next[0] ?? 256; value < 256;) {
      const end = this.end[value] ?? 255;
      ranges.push([value, end]);
      value = this.next[end + 1] ?? 256;
    }
    return ranges;
  }
}

type FourTables = readonly [OctetTable, OctetTable, OctetTable, OctetTable];

/** The product of four octet tables; empty when one of them is. */
export class OctetProduct implements Ipv4Set {
  readonly #tables: FourTables;
  readonly size: number;
  readonly runCount: number;
  readonly flatRuns = 0;

  constructor(octets: FourOctets) {
    const tables: FourTables = [
      new OctetTable(octets[0]),
      new OctetTable(octets[1]),
      new OctetTable(octets[2]),
      new OctetTable(octets[3]),
    ];
    this.#tables = tables;
    this.size = tables[0].count * tables[1].count * tables[2].count * tables[3].count;
    this.runCount = this.size === 0 ? 0 : countRuns(tables);
  }

  /** The tables as sorted, merged ranges. */
  octets(): FourOctets {
    const [a, b, c, d] = this.#tables;
    return [a.ranges(), b.ranges(), c.ranges(), d.ranges()];
  }

  cursor(): Ipv4Cursor {
    return new ProductCursor(this.#tables);
  }

  bounds(): readonly [first: number, last: number] | undefined {
    if (this.size === 0) return undefined;
    const [a, b, c, d] = this.#tables;
    const from = (octet: (table: OctetTable) => number): number =>
      ((octet(a) * 256 + octet(b)) * 256 + octet(c)) * 256 + octet(d);
    return [from((table) => table.next[0] ?? 0), from((table) => table.highest)];
  }

  /** Table by table: a product lies in another when each of its tables does (neither being empty). */
  includesProduct(inner: OctetProduct): boolean {
    return inner.size === 0 || this.intersectProduct(inner).size === inner.size;
  }

  intersectProduct(other: OctetProduct): OctetProduct {
    const mine = this.octets();
    const theirs = other.octets();
    return new OctetProduct([
      intersectOctets(mine[0], theirs[0]),
      intersectOctets(mine[1], theirs[1]),
      intersectOctets(mine[2], theirs[2]),
      intersectOctets(mine[3], theirs[3]),
    ]);
  }
}

function intersectOctets(left: ReadonlyOctet, right: ReadonlyOctet): ReadonlyOctet {
  const shared: [number, number][] = [];
  for (const [a, b] of left) {
    for (const [c, d] of right) {
      if (Math.max(a, c) <= Math.min(b, d)) shared.push([Math.max(a, c), Math.min(b, d)]);
    }
  }
  return shared;
}

/**
 * Runs are members minus neighbouring pairs. With `pairs` over the numbers written by the tables so far, a further
 * octet keeps its own pairs under every prefix and joins two prefixes that are neighbours when it wraps.
 */
function countRuns(tables: FourTables): number {
  let members = 1;
  let pairs = 0;
  for (const table of tables) {
    pairs = members * table.pairs + (table.wraps ? pairs : 0);
    members *= table.count;
  }
  return members - pairs;
}

class ProductCursor implements Ipv4Cursor {
  first = 0;
  last = -1;
  readonly #tables: FourTables;

  constructor(tables: FourTables) {
    this.#tables = tables;
  }

  seek(from: number): boolean {
    const first = this.#firstFrom(from);
    if (first < 0) return false;
    this.first = first;
    // The end of the run under this prefix; over the border it may go on, once more at most per octet that is full.
    let last = this.#endFrom(first);
    while (last % 256 === 255 && last < 0xffff_ffff && this.#firstFrom(last + 1) === last + 1) {
      last = this.#endFrom(last + 1);
    }
    this.last = last;
    return true;
  }

  /** The smallest member from `from` on, or -1. */
  #firstFrom(from: number): number {
    if (from > 0xffff_ffff) return -1;
    const [ta, tb, tc, td] = this.#tables;
    const oa = from >>> 24;
    const ob = (from >>> 16) & 255;
    const oc = (from >>> 8) & 255;
    const od = from & 255;
    // From left to right as long as the octets of `from` are members themselves.
    let a = ta.next[oa] ?? 256;
    let b = 256;
    let c = 256;
    let d = 256;
    if (a === oa) {
      b = tb.next[ob] ?? 256;
      if (b === ob) {
        c = tc.next[oc] ?? 256;
        if (c === oc) {
          d = td.next[od] ?? 256;
          if (d === 256) c = tc.next[oc + 1] ?? 256;
        }
        if (c === 256) b = tb.next[ob + 1] ?? 256;
      }
      if (b === 256) a = ta.next[oa + 1] ?? 256;
    }
    if (a === 256) return -1;
    // The first octet that is larger than `from`'s lets all later ones start at their smallest member.
    if (a !== oa) b = tb.next[0] ?? 256;
    if (a !== oa || b !== ob) c = tc.next[0] ?? 256;
    if (a !== oa || b !== ob || c !== oc) d = td.next[0] ?? 256;
    if (b === 256 || c === 256 || d === 256) return -1;
    return a * 0x100_0000 + b * 0x1_0000 + c * 0x100 + d;
  }

  /** The end of the run that starts in the member `first`, up to the border of its innermost octet that is not full. */
  #endFrom(first: number): number {
    const [ta, tb, tc, td] = this.#tables;
    if (td.count < 256) return first - (first % 0x100) + (td.end[first & 255] ?? 0);
    if (tc.count < 256) return first - (first % 0x1_0000) + (tc.end[(first >>> 8) & 255] ?? 0) * 0x100 + 0xff;
    if (tb.count < 256) return first - (first % 0x100_0000) + (tb.end[(first >>> 16) & 255] ?? 0) * 0x1_0000 + 0xffff;
    return (ta.end[first >>> 24] ?? 0) * 0x100_0000 + 0xff_ffff;
  }
}
