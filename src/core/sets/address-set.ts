// Sets of addresses, immutable: what the command line names, what policy covers, what is left. Sets stay sets: nothing
// here ever becomes a list of addresses, and an octet product becomes runs only when a result cannot be said otherwise.
import { err, ok, type Problem, type Result } from "../result.ts";
import { formatAddress, parseAddress, type Address, type Family } from "./address-text.ts";
import { BlockRuns, type Blocks } from "./block-runs.ts";
import {
  includesRuns,
  intersectRuns,
  Ipv4Runs,
  RUN_LIMIT,
  subtractRuns,
  touchesRuns,
  toRuns,
  unionRuns,
  type Ipv4Set,
} from "./ipv4-runs.ts";
import { intersectIpv6, normaliseIpv6, sizeOfIpv6, subtractIpv6, type Ipv6Runs } from "./ipv6-runs.ts";
import { unionOfMany } from "./ipv4-union.ts";
import { OctetProduct, type FourOctets } from "./octet-product.ts";

export { formatAddress, parseAddress, type Family } from "./address-text.ts";
export { RUN_LIMIT } from "./ipv4-runs.ts";
export type { FourOctets, ReadonlyOctet } from "./octet-product.ts";

/** Both ends belong to it; for family 4 both lie in 0..2^32-1, for family 6 in 0..2^128-1. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS = { 4: 32n, 6: 128n } as const;

export class AddressSet {
  static readonly empty = new AddressSet(Ipv4Runs.empty, []);

  readonly #v4: Ipv4Set;
  readonly #v6: Ipv6Runs;

  private constructor(v4: Ipv4Set, v6: Ipv6Runs) {
    this.#v4 = v4;
    this.#v6 = v6;
  }

  /** Any order, overlaps merged. @throws RangeError for a range outside its family or turned round. */
  static ofRanges(ranges: Iterable<AddressRange>): AddressSet {
    const v4: number[] = [];
    const v6: [bigint, bigint][] = [];
    for (const { family, first, last } of ranges) {
      if (first < 0n || first > last || last >> BITS[family] !== 0n) {
        throw new RangeError(`no range of IPv${family} addresses: ${first.toString()}-${last.toString()}`);
      }
      if (family === 4) v4.push(Number(first), Number(last));
      else v6.push([first, last]);
    }
    return new AddressSet(Ipv4Runs.normalised(v4), normaliseIpv6(v6));
  }

  /** The product of four octet tables; a single run is kept as such, everything else stays four tables. */
  static ofOctets(octets: FourOctets): AddressSet {
    const product = new OctetProduct(octets);
    return new AddressSet(product.runCount <= 1 ? toRuns(product) : product, []);
  }

  /** From flat IPv4 runs (first and last in turn, any order): for a million networks, where bigints would cost. */
  static ofIpv4Runs(words: Uint32Array): AddressSet {
    for (let at = 0; at < words.length; at += 2) {
      const last = words[at + 1];
      if (last === undefined || (words[at] ?? 0) > last) throw new RangeError("IPv4 runs: an end without its pair");
    }
    return new AddressSet(Ipv4Runs.normalised(words), []);
  }

  /** A slice of a file that this program wrote: the runs are sorted and merged, and never change. Nothing is copied or checked. */
  static ofSortedIpv4(words: Uint32Array, v6: readonly (readonly [bigint, bigint])[]): AddressSet {
    return new AddressSet(new Ipv4Runs(words), v6);
  }

  /** A large set whose IPv4 runs are fetched in blocks, the same promise. */
  static ofBlocks(blocks: Blocks, v6: readonly (readonly [bigint, bigint])[]): AddressSet {
    return new AddressSet(new BlockRuns(blocks), v6);
  }

  /**
   * The union of many sets at once: what is held as runs in one sort, octet products in one walk. Products stay four
   * tables where the largest holds everything else. @throws RangeError above RUN_LIMIT runs.
   */
  static unionOf(sets: Iterable<AddressSet>): AddressSet {
    const runs: Uint32Array[] = [];
    const v6: Ipv6Runs[] = [];
    const products: Ipv4Set[] = [];
    for (const set of sets) {
      v6.push(set.#v6);
      if (set.#v4 instanceof Ipv4Runs) runs.push(set.#v4.words);
      else products.push(set.#v4);
    }
    const words = new Uint32Array(runs.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of runs) {
      words.set(each, at);
      at += each.length;
    }
    const flat = Ipv4Runs.normalised(words);
    const all6 = normaliseIpv6(v6.flat());
    const largest = [flat, ...products].reduce((most, each) => (each.size > most.size ? each : most));
    const others = [flat, ...products].filter((each) => each !== largest && !includesIpv4(largest, each));
    return new AddressSet(others.length === 0 ? largest : unionOfMany([largest, ...others]), all6);
  }

  /** @throws RangeError above RUN_LIMIT runs. */
  union(other: AddressSet): AddressSet {
    const v6 = other.#v6.length === 0 ? this.#v6 : normaliseIpv6([...this.#v6, ...other.#v6]);
    if (includesIpv4(this.#v4, other.#v4)) return new AddressSet(this.#v4, v6);
    if (includesIpv4(other.#v4, this.#v4)) return new AddressSet(other.#v4, v6);
    return new AddressSet(unionRuns(this.#v4, other.#v4), v6);
  }

  /** What is in this set and not in the other. @throws RangeError above RUN_LIMIT runs. */
  subtract(other: AddressSet): AddressSet {
    const v6 = subtractIpv6(this.#v6, other.#v6);
    if (!touchesIpv4(this.#v4, other.#v4)) return new AddressSet(this.#v4, v6);
    if (includesIpv4(other.#v4, this.#v4)) return new AddressSet(Ipv4Runs.empty, v6);
    return new AddressSet(subtractRuns(this.#v4, other.#v4), v6);
  }

  /** @throws RangeError above RUN_LIMIT runs. */
  intersect(other: AddressSet): AddressSet {
    const v6 = intersectIpv6(this.#v6, other.#v6);
    if (this.#v4 instanceof OctetProduct && other.#v4 instanceof OctetProduct) {
      const shared = this.#v4.intersectProduct(other.#v4);
      return new AddressSet(shared.runCount <= 1 ? toRuns(shared) : shared, v6);
    }
    if (includesIpv4(other.#v4, this.#v4)) return new AddressSet(this.#v4, v6);
    if (includesIpv4(this.#v4, other.#v4)) return new AddressSet(other.#v4, v6);
    return new AddressSet(intersectRuns(this.#v4, other.#v4), v6);
  }

  /** Whether the other set lies wholly in this one; the empty set lies in every set. */
  includes(other: AddressSet): boolean {
    return (
      includesIpv4(this.#v4, other.#v4) && (other.#v6.length === 0 || subtractIpv6(other.#v6, this.#v6).length === 0)
    );
  }

  /** Whether they share at least one address. */
  touches(other: AddressSet): boolean {
    return (
      touchesIpv4(this.#v4, other.#v4) ||
      (this.#v6.length > 0 && other.#v6.length > 0 && intersectIpv6(this.#v6, other.#v6).length > 0)
    );
  }

  equals(other: AddressSet): boolean {
    return this.size === other.size && this.includes(other);
  }

  get size(): bigint {
    return BigInt(this.#v4.size) + sizeOfIpv6(this.#v6);
  }

  get isEmpty(): boolean {
    return this.#v4.size === 0 && this.#v6.length === 0;
  }

  /** The lowest and the highest IPv4 address; undefined where there is none. */
  ipv4Bounds(): readonly [first: number, last: number] | undefined {
    return this.#v4.bounds();
  }

  get hasIpv6(): boolean {
    return this.#v6.length > 0;
  }

  /** How many runs the set falls into; exact, without writing them down. */
  get runCount(): number {
    return this.#v4.runCount + this.#v6.length;
  }

  /** Merged, by number, IPv4 before IPv6; made one at a time. */
  *ranges(): IterableIterator<AddressRange> {
    const cursor = this.#v4.cursor();
    for (let from = 0; cursor.seek(from); from = cursor.last + 1) {
      yield { family: 4, first: BigInt(cursor.first), last: BigInt(cursor.last) };
    }
    for (const [first, last] of this.#v6) yield { family: 6, first, last };
  }

  /** The IPv4 part as flat runs, sorted and merged, first and last in turn. @throws RangeError above RUN_LIMIT runs. */
  ipv4Runs(): Uint32Array {
    return toRuns(this.#v4).words.slice();
  }

  /** The four tables when the IPv4 part is held as an octet product: what rendering says in one word. */
  ipv4Octets(): FourOctets | undefined {
    return this.#v4 instanceof OctetProduct ? this.#v4.octets() : undefined;
  }

  /** Merged ranges in canonical text, a single address without a dash: `10.0.0.0-10.0.0.255`, `2001:db8::1`. @throws RangeError above RUN_LIMIT runs. */
  toText(): string[] {
    if (this.runCount > RUN_LIMIT) throw new RangeError(`more than ${RUN_LIMIT} runs to write out`);
    const text: string[] = [];
    for (const { family, first, last } of this.ranges()) {
      const start = formatAddress(family, first);
      text.push(first === last ? start : `${start}-${formatAddress(family, last)}`);
    }
    return text;
  }
}

function includesIpv4(outer: Ipv4Set, inner: Ipv4Set): boolean {
  if (outer instanceof OctetProduct && inner instanceof OctetProduct) return outer.includesProduct(inner);
  return includesRuns(outer, inner);
}

function touchesIpv4(left: Ipv4Set, right: Ipv4Set): boolean {
  if (left instanceof OctetProduct && right instanceof OctetProduct) return left.intersectProduct(right).size > 0;
  return touchesRuns(left, right);
}

/**
 * Policy's way of naming addresses: one address, a CIDR without host bits, or `first-last` within one family.
 * IPv4-mapped IPv6 stands for the IPv4 addresses. Fails with one sentence and, where it is known, what was meant.
 */
export function parseNetwork(text: string): Result<AddressSet, Problem<"network-syntax">> {
  const problem = (message: string, hint?: string): Result<never, Problem<"network-syntax">> =>
    err({ code: "network-syntax", message, ...(hint === undefined ? {} : { hint }) });
  const slash = text.indexOf("/");
  if (slash >= 0) {
    const base = parseAddress(text.slice(0, slash));
    const digits = text.slice(slash + 1);
    if (base === undefined || !/^(?:0|[1-9][0-9]{0,2})$/.test(digits)) {
      return problem("this is not a network such as 10.0.0.0/8 or 2001:db8::/32");
    }
    // The prefix of a mapped address counts from the front of the IPv6 number.
    const mapped = base.family === 4 && text.includes(":");
    const length = Number(digits) - (mapped ? 96 : 0);
    const bits = Number(BITS[base.family]);
    if (length < 0 || length > bits)
      return problem(`a prefix length lies between ${mapped ? "96 and 128" : `0 and ${bits}`}`);
    const hostMask = (1n << BigInt(bits - length)) - 1n;
    const first = base.value & ~hostMask;
    if (first !== base.value) {
      const network = `${formatAddress(base.family, first)}/${length}`;
      return problem("the address has bits set behind the prefix", `write ${network}, or the address alone`);
    }
    return ok(AddressSet.ofRanges([{ family: base.family, first, last: first | hostMask }]));
  }
  const dash = text.indexOf("-");
  const first: Address | undefined = parseAddress(dash < 0 ? text : text.slice(0, dash));
  const last = dash < 0 ? first : parseAddress(text.slice(dash + 1));
  if (first === undefined || last === undefined) {
    return problem("this is not an address, a network such as 10.0.0.0/8, or a range such as 10.0.0.1-10.0.0.9");
  }
  if (first.family !== last.family) return problem("both ends of a range must be IPv4 or both IPv6");
  if (first.value > last.value) return problem("the range ends before it starts");
  return ok(AddressSet.ofRanges([{ family: first.family, first: first.value, last: last.value }]));
}
