// The hash chain of the trail: how an event gets its place, and how a chain is read again. Tiny and pure, so that an
// auditor can check it without our store; domain-separated, so that no other digest can pass for an event.
import { hash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import type { AuditEvent, EventDraft } from "./event.ts";

/** What the first event follows: 64 zeros. */
export const genesis = "0".repeat(64);

/** A point in the chain: the number of its last event and that event's hash. An empty chain is `{ 0, genesis }`. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** An event as it is kept: `data` is the canonical text that was hashed. */
export interface ChainRow {
  readonly seq: number;
  readonly time: string;
  readonly type: string;
  readonly request: string | null;
  readonly actor: string;
  readonly data: string;
  readonly prev: string;
  readonly hash: string;
}

export type Verification =
  | { readonly kind: "intact"; readonly events: number; readonly head: string }
  /** `seq` is the first event that does not fit; `because` names what is wrong with it. */
  | { readonly kind: "broken"; readonly seq: number; readonly because: string }
  /** The chain is whole, but `row` of the records is not what the events say. */
  | { readonly kind: "contradicted"; readonly row: string; readonly because: string };

const domain = Buffer.from("jit-nmap/event/v1\0");
const prevBytes = 32;

/**
 * SHA-256 of the domain, `prev` (32 bytes) and the event in RFC 8785 form.
 *
 * The keys stand here in canonical order. Since every other field is a quoted string or a number, `data` can begin and
 * end in one place only: no other row gives the same bytes.
 *
 * @param prev  64 hexadecimal digits.
 * @returns 64 hexadecimal digits. Source: interface.md, Events.
 */
export function hashRow(prev: string, row: Omit<ChainRow, "prev" | "hash">): string {
  const text = `{"actor":${JSON.stringify(row.actor)},"data":${row.data},"request":${JSON.stringify(row.request)},"seq":${row.seq},"time":${JSON.stringify(row.time)},"type":${JSON.stringify(row.type)}}`;
  const head = domain.length + prevBytes;
  const bytes = Buffer.allocUnsafe(head + Buffer.byteLength(text));
  domain.copy(bytes);
  bytes.write(prev, domain.length, prevBytes, "hex");
  bytes.write(text, head, "utf8");
  return hash("sha256", bytes);
}

/** The hash of an event that is to follow `prev`. Throws a TypeError when it holds what JSON can't. */
export function hashEvent(prev: string, event: EventDraft & { readonly seq: number }): string {
  return hashRow(prev, { ...fields(event), seq: event.seq });
}

function fields(event: EventDraft): Pick<ChainRow, "time" | "type" | "request" | "actor" | "data"> {
  const { time, type, request, actor, data } = event;
  // Only data is free-form; the rest is canonical as JSON.stringify has it, as long as its text is well formed.
  canonicalJson([time, type, request, actor]);
  return { time, type, request, actor, data: canonicalJson(data) };
}

/** Gives events their places after `head`, in order: rows to keep, and the events as they now are. */
export function link(
  head: Head,
  drafts: readonly EventDraft[],
): { readonly rows: readonly ChainRow[]; readonly events: readonly AuditEvent[]; readonly head: Head } {
  const rows: ChainRow[] = [];
  const events: AuditEvent[] = [];
  let { seq, hash: prev } = head;
  for (const draft of drafts) {
    seq += 1;
    const unhashed = { ...fields(draft), seq };
    const row: ChainRow = { ...unhashed, prev, hash: hashRow(prev, unhashed) };
    rows.push(row);
    events.push({ ...draft, seq, prev, hash: row.hash });
    prev = row.hash;
  }
  return { rows, events, head: { seq, hash: prev } };
}

/** The row that an event came from: what `verifyChain` wants when events were read from an export. */
export function rowOf(event: AuditEvent): ChainRow {
  return { ...fields(event), seq: event.seq, prev: event.prev, hash: event.hash };
}

/**
 * Checks pages of a chain, in order of `seq` from 1.
 *
 * Found are a changed, deleted, inserted or reordered event, and, by `last` and `known`, a tail that was cut off: what
 * no later event vouches for needs a head that was noted elsewhere.
 *
 * @param pages  read one at a time, so that a trail of any length fits.
 * @param last  the head that the store says it has.
 * @param known  heads noted earlier, outside: each must still be in the chain.
 */
export function verifyChain(
  pages: Iterable<readonly ChainRow[]>,
  last?: Head,
  known: readonly Head[] = [],
): Verification {
  const noted = new Map(known.map((head) => [head.seq, head.hash]));
  let seq = 0;
  let prev = genesis;
  for (const page of pages) {
    for (const row of page) {
      const wrong = mismatch(row, seq + 1, prev, noted);
      if (wrong !== undefined) return { kind: "broken", seq: seq + 1, because: wrong };
      seq = row.seq;
      prev = row.hash;
    }
  }
  const furthest = [...known, ...(last ? [last] : [])].reduce((most, head) => Math.max(most, head.seq), 0);
  if (furthest > seq) return { kind: "broken", seq: seq + 1, because: `events ${seq + 1} to ${furthest} are missing` };
  if (last !== undefined && (last.seq !== seq || last.hash !== prev)) {
    return { kind: "broken", seq: Math.max(seq, 1), because: "the chain does not end where the store says it ends" };
  }
  return { kind: "intact", events: seq, head: prev };
}

function mismatch(row: ChainRow, seq: number, prev: string, noted: ReadonlyMap<number, string>): string | undefined {
  if (row.seq > seq) return `event ${seq} is missing`;
  if (row.seq < seq) return `an event with number ${row.seq} stands out of order`;
  if (row.prev !== prev) return "it does not follow the event before it";
  if (row.hash !== hashRow(prev, row)) return "its content does not fit its hash";
  const head = noted.get(seq);
  return head === undefined || head === row.hash ? undefined : "another event stood here when this head was noted";
}
