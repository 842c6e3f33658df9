// Sets of addresses as nmap's target words: canonical, so that the same set always gives the same words, and few, so
// that a plan and a command line stay short.
import { unreachable } from "../result.ts";
import { formatAddress, formatDottedQuad, type Family } from "../sets/address-text.ts";
import type { AddressSet, FourOctets, ReadonlyOctet } from "../sets/address-set.ts";

const FULL: ReadonlyOctet = [[0, 255]];
/** nmap refuses words of 1024 bytes and more in its list files. */
const LONGEST_WORD = 1000;

/**
 * The words that denote exactly the family's part of the set, each for a different part of it.
 *
 * IPv4: octets that lead to the same rest are joined, at every place; a product of octet tables is one word, a range
 * from any address to any other at most seven. Prefixes where they fit. IPv6: the fewest prefixes.
 *
 * @throws RangeError  when an IPv4 part that is no octet product falls into more than RUN_LIMIT runs.
 */
export function renderTargets(set: AddressSet, family: Family): readonly string[] {
  const known = rendered.get(set);
  if (known?.family === family) return known.words;
  const words = wordsOfSet(set, family);
  rendered.set(set, { family, words });
  return words;
}

// Document, digest, command and list of one plan hold the same words: a million of them are made once.
const rendered = new WeakMap<AddressSet, { readonly family: Family; readonly words: readonly string[] }>();

/**
 * Whether the words of the set are longer than so many characters together, line ends included. Found without making
 * them where that is possible: for a million scattered addresses it is.
 */
export function areTargetsLonger(set: AddressSet, family: Family, limit: number): boolean {
  if (family === 4 && set.ipv4Octets() === undefined) {
    if (longest(set.ipv4Runs()) <= limit) return false;
  }
  return lengthOf(set, family) > limit;
}

/** Run by run, with line ends: one address, or at most seven words, none longer than `100.100-109.100-255.100-255`. */
function longest(runs: Uint32Array): number {
  let most = 0;
  for (let at = 0; at < runs.length; at += 2) most += runs[at] === runs[at + 1] ? 16 : 7 * 32;
  return most;
}

function lengthOf(set: AddressSet, family: Family): number {
  return renderTargets(set, family).reduce((length, word) => length + word.length + 1, 0);
}

function wordsOfSet(set: AddressSet, family: Family): readonly string[] {
  switch (family) {
    case 4: {
      const octets = set.ipv4Octets();
      const runs = octets === undefined ? set.ipv4Runs() : undefined;
      if (runs !== undefined && isScattered(runs)) return plainWords(runs);
      const products = runs !== undefined ? factor(runs) : octets === undefined || set.size === 0n ? [] : [octets];
      return products.flatMap(wordsOf);
    }
    case 6: {
      const words: string[] = [];
      for (const { family: of, first, last } of set.ranges()) if (of === 6) pushPrefixes(words, first, last);
      return words;
    }
    default:
      return unreachable(family);
  }
}

const MANY_RUNS = 50_000;
const LINE_FEED = 10;
const DOT = 46;
const ZERO = 48;

/** Many runs, hardly two of them in the same /24: nothing to be joined, and looking for it would take seconds. */
function isScattered(runs: Uint32Array): boolean {
  if (runs.length / 2 < MANY_RUNS) return false;
  let blocks = 0;
  let previous = -1;
  for (let at = 0; at < runs.length; at += 2) {
    const block = (runs[at] ?? 0) >>> 8;
    if (block !== previous) blocks++;
    previous = block;
  }
  return blocks > runs.length / 4;
}

/** Run by run. */
function plainWords(runs: Uint32Array): string[] {
  // One text that is cut, because a million texts that are put together out of numbers take four times the memory.
  const text = new Uint8Array(longest(runs));
  let length = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const [first = 0, last = 0] = [runs[at], runs[at + 1]];
    if (first === last) {
      length = putDottedQuad(first, text, length);
      text[length++] = LINE_FEED;
    } else {
      for (const product of factor(Uint32Array.of(first, last))) {
        for (const word of wordsOf(product)) {
          for (let index = 0; index < word.length; index++) text[length++] = word.charCodeAt(index);
          text[length++] = LINE_FEED;
        }
      }
    }
  }
  return Buffer.from(text.buffer, 0, length - 1)
    .toString("latin1")
    .split("\n");
}

function putDottedQuad(value: number, text: Uint8Array, at: number): number {
  for (let shift = 24; shift >= 0; shift -= 8) {
    const octet = (value >>> shift) & 255;
    if (octet >= 100) text[at++] = ZERO + Math.floor(octet / 100);
    if (octet >= 10) text[at++] = ZERO + (Math.floor(octet / 10) % 10);
    text[at++] = ZERO + (octet % 10);
    if (shift > 0) text[at++] = DOT;
  }
  return at;
}

/** What follows an octet: products of the octets still to come, with a text that is equal when they are. */
interface Rest {
  readonly key: string;
  readonly products: readonly (readonly ReadonlyOctet[])[];
}

function factor(runs: Uint32Array): FourOctets[] {
  if (runs.length === 0) return [];
  return restOf(runs, 0, runs.length / 2 - 1, 0, 256 ** 3).products.map(([a, b, c, d]): FourOctets => [
    a ?? FULL,
    b ?? FULL,
    c ?? FULL,
    d ?? FULL,
  ]);
}

/**
 * The products of a block of 256 * unit addresses from `start` on, out of the runs from index `from` to `to`, which
 * all reach into the block; what they hold outside of it is left alone.
 */
function restOf(runs: Uint32Array, from: number, to: number, start: number, unit: number): Rest {
  const end = start + 256 * unit - 1;
  if (unit === 1) {
    const octet: [number, number][] = [];
    for (let index = from; index <= to; index++) {
      octet.push([Math.max(runs[2 * index] ?? 0, start) - start, Math.min(runs[2 * index + 1] ?? 0, end) - start]);
    }
    return { key: octetText(octet), products: [[octet]] };
  }
  const groups = new Map<string, { octet: [number, number][]; rest: Rest }>();
  const add = (first: number, last: number, rest: Rest): void => {
    const group = groups.get(rest.key);
    if (group === undefined) {
      groups.set(rest.key, { octet: [[first, last]], rest });
      return;
    }
    const previous = group.octet.at(-1);
    if (previous?.[1] === first - 1) previous[1] = last;
    else group.octet.push([first, last]);
  };
  const depth = unit === 256 ? 1 : unit === 256 ** 2 ? 2 : 3;
  const everything: Rest = { key: "*", products: [new Array<ReadonlyOctet>(depth).fill(FULL)] };
  for (let index = from; index <= to;) {
    const first = Math.max(runs[2 * index] ?? 0, start);
    const last = Math.min(runs[2 * index + 1] ?? 0, end);
    const digit = Math.floor((first - start) / unit);
    const below = start + digit * unit;
    if (first === below && last >= below + unit - 1) {
      const fullUpTo = Math.floor((last + 1 - start) / unit) - 1;
      add(digit, fullUpTo, everything);
      const next = start + (fullUpTo + 1) * unit;
      if (last < next) {
        index++;
        continue;
      }
      index = partial(index, fullUpTo + 1, next);
    } else {
      index = partial(index, digit, below);
    }
  }
  return {
    key: [...groups.values()].map(({ octet, rest }) => `${octetText(octet)}.(${rest.key})`).join("|"),
    products: [...groups.values()].flatMap(({ octet, rest }) => rest.products.map((product) => [octet, ...product])),
  };

  /** One digit that is not full: all runs that reach into its block. Gives the index of the first run not yet used up. */
  function partial(index: number, digit: number, below: number): number {
    const above = below + unit - 1;
    let until = index;
    while (until < to && (runs[2 * until + 2] ?? 0) <= above) until++;
    add(digit, digit, restOf(runs, index, until, below, unit / 256));
    return (runs[2 * until + 1] ?? 0) > above ? skipTo(until, above) : until + 1;
  }

  /** A run that goes on behind this digit is seen again from there: shorten it in place, the array is this call's own. */
  function skipTo(index: number, above: number): number {
    if (above >= end) return to + 1;
    runs[2 * index] = above + 1;
    return index;
  }
}

function octetText(octet: ReadonlyOctet): string {
  return octet.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

function wordsOf(octets: FourOctets): string[] {
  const prefix = prefixOf(octets);
  if (prefix !== undefined) return [prefix];
  const texts = octets.map(octetText);
  const word = texts.join(".");
  if (word.length <= LONGEST_WORD) return [word];
  const longest = texts.reduce((best, text, index) => (text.length > (texts[best] ?? "").length ? index : best), 0);
  const half = Math.ceil((octets[longest] ?? FULL).length / 2);
  const withOctet = (octet: ReadonlyOctet): FourOctets => octets.with(longest, octet) as unknown as FourOctets;
  const octet = octets[longest] ?? FULL;
  return [...wordsOf(withOctet(octet.slice(0, half))), ...wordsOf(withOctet(octet.slice(half)))];
}

/** `10.0.0.0/23` or `10.0.0.1`, when the product is one address or one aligned block. */
function prefixOf(octets: FourOctets): string | undefined {
  let value = 0;
  let length = 0;
  let open = false;
  for (const octet of octets) {
    const [range, ...more] = octet;
    if (range === undefined || more.length > 0) return undefined;
    const [first, last] = range;
    const size = last - first + 1;
    value = value * 256 + first;
    if (open) {
      if (size !== 256) return undefined;
      continue;
    }
    if ((size & (size - 1)) !== 0 || first % size !== 0) return undefined;
    length += 8 - Math.log2(size);
    open = size > 1;
  }
  const address = formatDottedQuad(value);
  return length === 32 ? address : `${address}/${length}`;
}

/** The fewest prefixes that make up first..last: each time the largest block that is aligned and fits. */
function pushPrefixes(words: string[], first: bigint, last: bigint): void {
  for (let at = first; at <= last;) {
    let bits = 0n;
    while (bits < 128n && (at & ((2n << bits) - 1n)) === 0n && at + (2n << bits) - 1n <= last) bits++;
    const address = formatAddress(6, at);
    words.push(bits === 0n ? address : `${address}/${(128n - bits).toString()}`);
    at += 1n << bits;
  }
}
