// The trail on disk: appends to the chain inside the caller's transaction, reads it back, and checks it whole.
import { genesis, hashRow, link, verifyChain } from "../core/audit/chain.ts";
import type { ChainRow, Head, Verification } from "../core/audit/chain.ts";
import type { AuditEvent, EventDraft } from "../core/audit/event.ts";
import type { EventFilter } from "../effects.ts";
import type { Prepare } from "./database.ts";
import { heldAgainst } from "./held-against.ts";
import { documentOf } from "./rows.ts";
import { StoreError } from "./store-error.ts";

const columns = "seq, time, type, request, actor, data, prev, hash";
const pageRows = 10_000;
/** How many events are read again before one is added; older ones are `verify`'s. */
const lookedBack = 16;

/**
 * Appends events. Before anything is added the last 16 events are hashed again and must lead to the noted head, and so are those of the same
 * request: a trail that
 * was tampered with near its end is not continued (`trail-broken`).
 */
export function append(statement: Prepare, drafts: readonly EventDraft[]): readonly AuditEvent[] {
  const noted = notedHead(statement);
  if (!endsAt(statement, noted)) throw new StoreError("trail-broken", "The trail does not end as it was left.");
  for (const request of new Set(drafts.map((draft) => draft.request))) {
    const wrong = request === null ? undefined : wrongEventOf(statement, request);
    if (wrong !== undefined) throw new StoreError("trail-broken", `Event ${wrong} of the trail was changed.`);
  }
  const { rows, events, head } = link(noted, drafts);
  const insert = statement(
    `INSERT INTO events (${columns}) VALUES (:seq, :time, :type, :request, :actor, :data, :prev, :hash)`,
  );
  for (const row of rows) insert.run(row);
  const note =
    noted.seq === 0
      ? "INSERT INTO head (one, seq, hash) VALUES (1, :seq, :hash)"
      : "UPDATE head SET seq = :seq, hash = :hash WHERE one = 1";
  if (statement(note).run(head).changes !== 1) throw new StoreError("trail-broken", "The trail's end is not noted.");
  return events;
}

/** Whether the last `lookedBack` events follow each other, and the last of them is the noted head. */
function endsAt(statement: Prepare, noted: Head): boolean {
  const rows = statement(`SELECT ${columns} FROM events ORDER BY seq DESC LIMIT ${lookedBack}`).all() as ChainRow[];
  let { seq, hash } = noted;
  for (const row of rows) {
    if (row.seq !== seq || row.hash !== hash || hashRow(row.prev, row) !== hash) return false;
    seq -= 1;
    hash = row.prev;
  }
  // A trail that has fewer must have begun here.
  return rows.length === lookedBack || (seq === 0 && hash === genesis);
}

/** The number of an event of this request that does not fit its hash, or is not what the next event follows. */
function wrongEventOf(statement: Prepare, request: string): number | undefined {
  const rows = statement(
    `SELECT e.*, next.prev AS next FROM events e LEFT JOIN events next ON next.seq = e.seq + 1 WHERE e.request = ?`,
  ).all(request) as (ChainRow & { next: string | null })[];
  return rows.find((row) => hashRow(row.prev, row) !== row.hash || (row.next ?? row.hash) !== row.hash)?.seq;
}

function notedHead(statement: Prepare): Head {
  return (statement("SELECT seq, hash FROM head WHERE one = 1").get() as Head | undefined) ?? { seq: 0, hash: genesis };
}

/** Events in their order; at most 10,000 at a time, whatever `limit` says. */
export function readEvents(statement: Prepare, filter: EventFilter): readonly AuditEvent[] {
  const limit = Math.min(filter.limit ?? pageRows, pageRows);
  const from = filter.from ?? 1;
  const rows = (
    filter.request === undefined
      ? statement(`SELECT ${columns} FROM events WHERE seq >= ? ORDER BY seq LIMIT ?`).all(from, limit)
      : statement(`SELECT ${columns} FROM events WHERE request = ? AND seq >= ? ORDER BY seq LIMIT ?`).all(
          filter.request,
          from,
          limit,
        )
  ) as readonly ChainRow[];
  return rows.map((row) => ({ ...row, data: documentOf<object>(row.data, {}) }) as AuditEvent);
}

/** Checks the whole chain, that it ends where its head was noted, and every record of the tables against it. */
export function verify(statement: Prepare, known: readonly Head[]): Verification {
  const last = notedHead(statement);
  const page = statement(`SELECT ${columns} FROM events WHERE seq > ? ORDER BY seq LIMIT ${pageRows}`);
  function* pages(): Generator<readonly ChainRow[]> {
    let after = Number.MIN_SAFE_INTEGER;
    while (true) {
      const rows = page.all(after) as ChainRow[];
      const end = rows.at(-1);
      if (end === undefined) return;
      yield rows;
      after = end.seq;
    }
  }
  const chain = verifyChain(pages(), last, known);
  if (chain.kind !== "intact") return chain;
  const wrong = heldAgainst(statement);
  return wrong === undefined ? chain : { kind: "contradicted", ...wrong };
}
