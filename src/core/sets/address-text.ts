// Addresses as text and back: strict reading, canonical writing. Separate from the sets because the resolver's answers,
// policy files and target words all need it without needing a set.

/** The two kinds of address; a number says nothing without it. */
export type Family = 4 | 6;

export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

const HEX_GROUP = /^[0-9a-f]{1,4}$/i;

/** First number of `::ffff:0:0/96`, where IPv6 speaks of IPv4 addresses (RFC 4291, 2.5.5.2). */
export const IPV4_MAPPED_FIRST = 0xffff_0000_0000n;
export const IPV4_MAPPED_LAST = 0xffff_ffff_ffffn;

/**
 * Dotted quad to a number in 0..2^32-1; no leading zeros, because software disagrees on whether they mean octal.
 * Character by character: lists have a million of them.
 */
export function parseDottedQuad(text: string): number | undefined {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (octet < 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
    } else {
      // A digit behind a zero makes that zero a leading one.
      if (code < 48 || code > 57 || octet === 0) return undefined;
      octet = (octet < 0 ? 0 : octet * 10) + code - 48;
      if (octet > 255) return undefined;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined;
}

/**
 * IPv6 text (RFC 4291, 2.2) to a number in 0..2^128-1, or undefined. No zone, no brackets; a mapped address keeps its
 * IPv6 number here.
 */
export function parseIpv6(text: string): bigint | undefined {
  if (text.length > 45 || !text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // `::` stands for at least one group; without it nothing may be missing.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  let value = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) value = (value << 16n) | BigInt(group);
  return value;
}

/** The 16-bit groups of one side of `::`; a dotted quad may stand at the very end of the address only. */
function groupsOf(text: string, endsAddress: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const words = text.split(":");
  for (const [index, word] of words.entries()) {
    if (HEX_GROUP.test(word)) {
      groups.push(Number.parseInt(word, 16));
    } else if (endsAddress && index === words.length - 1) {
      const quad = parseDottedQuad(word);
      if (quad === undefined) return undefined;
      groups.push(Math.floor(quad / 0x1_0000), quad % 0x1_0000);
    } else {
      return undefined;
    }
  }
  return groups;
}

/**
 * One address, or undefined when the text is anything else: a dotted quad without leading zeros, or IPv6 without zone.
 * An IPv4-mapped IPv6 address *is* the IPv4 address: Linux sends IPv4 packets for it, so it must meet the IPv4 rules.
 */
export function parseAddress(text: string): Address | undefined {
  const quad = parseDottedQuad(text);
  if (quad !== undefined) return { family: 4, value: BigInt(quad) };
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  if (value >= IPV4_MAPPED_FIRST && value <= IPV4_MAPPED_LAST) return { family: 4, value: value - IPV4_MAPPED_FIRST };
  return { family: 6, value };
}

export function formatDottedQuad(value: number): string {
  return `${(value >>> 24).toString()}.${((value >>> 16) & 255).toString()}.${((value >>> 8) & 255).toString()}.${(value & 255).toString()}`;
}

/** Canonical text: dotted quad, or RFC 5952 (lower case, the longest run of two or more zero groups shortened). */
export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) return formatDottedQuad(Number(value));
  if (value >= IPV4_MAPPED_FIRST && value <= IPV4_MAPPED_LAST) {
    return `::ffff:${formatDottedQuad(Number(value - IPV4_MAPPED_FIRST))}`;
  }
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(((value >> shift) & 0xffffn).toString(16));
  let longestStart = -1;
  let longest = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === "0") end++;
    if (end - start > longest) [longestStart, longest] = [start, end - start];
  }
  if (longestStart < 0) return groups.join(":");
  return `${groups.slice(0, longestStart).join(":")}::${groups.slice(longestStart + longest).join(":")}`;
}
