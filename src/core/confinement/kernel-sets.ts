// An address set as sets of the kernel's that load fast. Intervals cost it four times what a hash of whole networks does,
// so long lists become one hash for each length of prefix; only ranges that fall into many prefixes stay intervals.
import { formatAddress, type AddressRange, type Family } from "../sets/address-set.ts";

export interface KernelSet {
  readonly name: string;
  /** What `add set` says of it, its elements with it. */
  readonly definition: string;
  /** What stands between an address and the set in a rule: nothing, or the mask of its prefixes. */
  readonly mask: string;
}

/** Up to here one set of intervals takes no longer, and is one rule instead of several. */
const FEW_RANGES = 64;
/** A range that falls into more prefixes is cheaper as an interval. */
const MOST_PREFIXES = 4;

const BITS = { 4: 32, 6: 128 } as const;

/**
 * Sets that together hold exactly these addresses, each once.
 *
 * @param ranges  merged, all of the one family.
 * @param name  of the set of a length of prefix; without a length that of intervals.
 */
export function kernelSets(
  ranges: readonly AddressRange[],
  family: Family,
  name: (length?: number) => string,
): readonly KernelSet[] {
  const byLength = new Map<number, string[]>();
  const intervals: string[] = [];
  for (const range of ranges) {
    const prefixes = ranges.length > FEW_RANGES ? prefixesOf(range) : undefined;
    if (prefixes === undefined) intervals.push(intervalOf(range));
    for (const { first, length } of prefixes ?? []) {
      const text = formatAddress(family, first);
      const same = byLength.get(length);
      if (same === undefined) byLength.set(length, [text]);
      else same.push(text);
    }
  }
  const type = `type ipv${family}_addr;`;
  const sets: KernelSet[] = [...byLength].map(([length, networks]) => ({
    name: name(length),
    // With its size said the kernel makes the table once.
    definition: `${type} size ${networks.length}; elements = { ${networks.join(", ")} };`,
    mask: length === BITS[family] ? "" : ` & ${formatAddress(family, maskOf(family, length))}`,
  }));
  if (intervals.length > 0) {
    sets.push({
      name: name(),
      definition: `${type} flags interval; elements = { ${intervals.join(", ")} };`,
      mask: "",
    });
  }
  return sets;
}

const maskOf = (family: Family, length: number): bigint =>
  ((1n << BigInt(length)) - 1n) << BigInt(BITS[family] - length);

/** Undefined where they are too many. */
function prefixesOf({ family, first, last }: AddressRange): { first: bigint; length: number }[] | undefined {
  const found: { first: bigint; length: number }[] = [];
  const bits = BITS[family];
  for (let at = first; at <= last;) {
    if (found.length === MOST_PREFIXES) return undefined;
    let free = at === 0n ? bits : trailingZeros(at);
    while (at + (1n << BigInt(free)) - 1n > last) free -= 1;
    found.push({ first: at, length: bits - free });
    at += 1n << BigInt(free);
  }
  return found;
}

/** In words of 32 bits: there are a hundred thousand to look at. Not for 0. */
function trailingZeros(value: bigint): number {
  const word = Number(BigInt.asUintN(32, value));
  return word === 0 ? 32 + trailingZeros(value >> 32n) : 31 - Math.clz32(word & -word);
}

function intervalOf({ family, first, last }: AddressRange): string {
  const from = formatAddress(family, first);
  return first === last ? from : `${from}-${formatAddress(family, last)}`;
}
