// The grammar of one target word, as nmap 7.93 reads it wherever we accept it. Only reading: why a word is refused is
// told in target-refusal.ts.
import { IPV4_MAPPED_FIRST, IPV4_MAPPED_LAST, parseDottedQuad, parseIpv6, type Family } from "../sets/address-text.ts";
import { AddressSet, type ReadonlyOctet } from "../sets/address-set.ts";
import type { Problem } from "../result.ts";

export type TargetProblemCode = "target-syntax" | "target-family" | "exclude-syntax" | "target-list" | "too-many-runs";
export type TargetProblem = Problem<TargetProblemCode>;

export type TargetWord =
  | { readonly kind: "addresses"; readonly set: AddressSet }
  /** In lower case, still to be resolved. */
  | { readonly kind: "name"; readonly name: string };

/** nmap refuses words of 1024 bytes and more in its list files, so no word may be longer anywhere. */
export const LONGEST_WORD = 1000;

/** Printable ASCII without the space: every other byte in a target is an accident or a trick. */
const PLAIN_WORD = /^[\x21-\x7e]+$/;
const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/;

/** The word's meaning, or undefined when it is refused. `parseTargetWord` is the same with reasons. */
export function readTargetWord(word: string, family: Family): TargetWord | undefined {
  if (word.length > LONGEST_WORD || !PLAIN_WORD.test(word)) return undefined;
  const slash = word.lastIndexOf("/");
  if (slash < 0) {
    const set = family === 4 ? readOctets(word, 32) : readIpv6(word, 128);
    if (set !== undefined) return { kind: "addresses", set };
    return isHostName(word) ? { kind: "name", name: word.toLowerCase() } : undefined;
  }
  const prefix = readPrefix(word.slice(slash + 1), family);
  if (prefix === undefined) return undefined;
  const host = word.slice(0, slash);
  const set = family === 4 ? readOctets(host, prefix) : readIpv6(host, prefix);
  return set === undefined ? undefined : { kind: "addresses", set };
}

function readPrefix(digits: string, family: Family): number | undefined {
  if (!PREFIX_LENGTH.test(digits)) return undefined;
  const prefix = Number(digits);
  return prefix <= (family === 4 ? 32 : 128) ? prefix : undefined;
}

/** Four octets, each widened by its share of the prefix on its own: `10.0.1,3.7/23` is 10.0.0.0-10.0.3.255. */
function readOctets(host: string, prefix: number): AddressSet | undefined {
  const address = parseDottedQuad(host);
  if (address !== undefined) {
    // Most words by far are plain: lists have a million of them, and need no tables.
    const size = 2 ** (32 - prefix);
    const first = address - (address % size);
    return AddressSet.ofIpv4Runs(Uint32Array.of(first, first + size - 1));
  }
  const [a, b, c, d, ...more] = host.split(".").map(readOctet);
  if (a === undefined || b === undefined || c === undefined || d === undefined || more.length > 0) return undefined;
  return AddressSet.ofOctets([widen(a, prefix), widen(b, prefix - 8), widen(c, prefix - 16), widen(d, prefix - 24)]);
}

/** `bits`: how many of the octet's bits the prefix fixes; below 0 none, above 8 all. */
function widen(octet: ReadonlyOctet, bits: number): ReadonlyOctet {
  if (bits >= 8) return octet;
  if (bits <= 0) return [[0, 255]];
  const host = (1 << (8 - bits)) - 1;
  // Each member becomes its block; the blocks between the first and the last member of a range are all met.
  return octet.map(([first, last]) => [first & ~host, last | host] as const);
}

const OCTET_ITEM = /^(0|[1-9][0-9]{0,2})?(-(0|[1-9][0-9]{0,2})?)?$/;

/** `*`, or a list of `7`, `1-9`, `250-`, `-5`, `-`; undefined for anything else. */
export function readOctet(text: string): ReadonlyOctet | undefined {
  if (text === "*") return [[0, 255]];
  const ranges: [number, number][] = [];
  for (const item of text.split(",")) {
    const found = item === "" ? null : OCTET_ITEM.exec(item);
    if (found === null) return undefined;
    const [, low, dash, high] = found;
    const first = Number(low ?? 0);
    const last = dash === undefined ? first : Number(high ?? 255);
    if (first > last || last > 255) return undefined;
    ranges.push([first, last]);
  }
  return ranges;
}

/** One address or a prefix. IPv4-mapped addresses are left out: the kernel sends IPv4 for them, past every IPv4 rule. */
function readIpv6(host: string, prefix: number): AddressSet | undefined {
  const value = parseIpv6(host);
  if (value === undefined) return undefined;
  const hostMask = (1n << BigInt(128 - prefix)) - 1n;
  const first = value & ~hostMask;
  const last = value | hostMask;
  if (first <= IPV4_MAPPED_LAST && last >= IPV4_MAPPED_FIRST) return undefined;
  return AddressSet.ofRanges([{ family: 6, first, last }]);
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/**
 * A last label that was meant as a number: what inet_aton takes for one, so that the name is an address to some
 * programs, and what looks like an octet range. No top-level domain is spelled so.
 */
const NUMERIC_LABEL = /^(?:[0-9-]+|0x[0-9a-f]*)$/i;

/** RFC 1123, 2.1, and the last label is no number. */
export function isHostName(word: string): boolean {
  if (word.length > 253) return false;
  const labels = word.split(".");
  return labels.every((label) => LABEL.test(label)) && !NUMERIC_LABEL.test(labels.at(-1) ?? "");
}
