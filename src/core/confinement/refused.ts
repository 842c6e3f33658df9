// What the kernel refused, in words: from nft's JSON of the counting sets. The kernel wrote it, so what does not fit the
// form is a defect, not a lie; it is still read as if it were one.
import { field, nftObjects } from "./nft-json.ts";

export interface Refused {
  /** `10.0.0.9 tcp/23`, `10.0.0.9 icmp`, `ARP for 10.0.0.9`. */
  readonly what: string;
  readonly packets: number;
}

/** The elements of one counting set (egress-rules.ts), as `nft -j list set` shows it. */
export function readRefused(json: string): readonly Refused[] {
  const found: Refused[] = [];
  for (const entry of nftObjects(json)) {
    const set = field(entry, "set");
    const name = field(set, "name");
    const elements = field(set, "elem");
    if (!Array.isArray(elements)) continue;
    for (const element of elements) {
      const inner = field(element, "elem");
      const value = field(inner, "val");
      const packets = field(field(inner, "counter"), "packets");
      const what = typeof name === "string" && name.startsWith("arp_") ? arp(value) : packet(value);
      if (what !== undefined && typeof packets === "number" && packets > 0) found.push({ what, packets });
    }
  }
  return found;
}

/** The sum of a session's refused packets; undefined where its counters are no longer there: somebody flushed the rules. */
export function readCounters(json: string, counter: string): number | undefined {
  let sum = 0;
  let seen = 0;
  for (const entry of nftObjects(json)) {
    const one = field(entry, "counter");
    const packets = field(one, "packets");
    if (field(one, "name") !== counter || typeof packets !== "number") continue;
    sum += packets;
    seen += 1;
  }
  return seen === 2 ? sum : undefined;
}

/** One sentence for each destination, the most refused first; the rest in one more. */
export function violationsOf(refused: readonly Refused[], total: number): readonly string[] {
  const merged = new Map<string, number>();
  for (const { what, packets } of refused) merged.set(what, (merged.get(what) ?? 0) + packets);
  const sorted = [...merged].sort(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, SHOWN);
  const sentences = shown.map(([what, packets]) => sentence(what, packets));
  const named = shown.reduce((sum, [, packets]) => sum + packets, 0);
  if (total > named) sentences.push(sentence(shown.length === 0 ? "somewhere else" : "elsewhere", total - named));
  return sentences;
}

const SHOWN = 20;

/**
 * Sentences about what no earlier look told: one for each destination, and when there are too many one more for all the
 * others. Nothing is told twice, so a session tells a bounded number however much it is refused.
 *
 * @param told  what was told before; is added to.
 */
export function newlyRefused(refused: readonly Refused[], total: number, told: Set<string>): readonly string[] {
  const sentences: string[] = [];
  for (const { what, packets } of refused) {
    if (told.has(what) || told.has(MANY)) continue;
    told.add(told.size < SHOWN ? what : MANY);
    sentences.push(
      told.has(MANY) ? `the kernel refused packets to more than ${SHOWN} destinations` : sentence(what, packets),
    );
  }
  // Frames of no protocol that has destinations here are in the sum alone.
  if (told.size === 0 && total > 0) {
    told.add("somewhere else");
    sentences.push(sentence("somewhere else", total));
  }
  return sentences;
}

/** No destination's name. */
const MANY = "";

/** Whether nothing that is refused from now on would be told. */
export const isAllTold = (told: ReadonlySet<string>): boolean => told.has(MANY);

function sentence(what: string, packets: number): string {
  return `the kernel refused ${packets === 1 ? "1 packet" : `${packets} packets`} to ${what}`;
}

function packet(value: unknown): string | undefined {
  const parts = field(value, "concat");
  if (!Array.isArray(parts)) return undefined;
  const [address, protocol, port] = parts as readonly unknown[];
  if (typeof address !== "string" || !isWord(protocol)) return undefined;
  return port === undefined ? `${address} ${protocol}` : isWord(port) ? `${address} ${protocol}/${port}` : undefined;
}

const arp = (value: unknown): string | undefined =>
  typeof value === "string" ? `${value} (asked for by ARP)` : undefined;

const isWord = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";
