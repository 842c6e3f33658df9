// The trail on disk: appends to the chain inside the caller's transaction, reads it back, and checks it whole.
import { genesis, hashRow, link, verifyChain } from "../core/audit/chain.ts";
import type { ChainRow, Head, Verification } from "../core/audit/chain.ts";
import type { AuditEvent, EventDraft } from "../core/audit/event.ts";
import type { EventFilter } from "../effects.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";
import { StoreError } from "./store-error.ts";

const columns = "seq, time, type, request, actor, data, prev, hash";
const pageRows = 10_000;

/**
 * Appends events. Before anything is added the last event is hashed again and must be the noted head: a trail that was
 * tampered with at its end is not continued (`trail-broken`).
 */
export function append(statement: Prepare, drafts: readonly EventDraft[]): readonly AuditEvent[] {
  const noted = notedHead(statement);
  const last = statement(`SELECT ${columns} FROM events ORDER BY seq DESC LIMIT 1`).get() as ChainRow | undefined;
  const fits =
    last === undefined
      ? noted.seq === 0
      : last.seq === noted.seq && last.hash === noted.hash && last.hash === hashRow(last.prev, last);
  if (!fits) throw new StoreError("trail-broken", "The trail does not end as it was left.");
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

/** Checks the whole chain, and that it ends where its head was noted. */
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
  return verifyChain(pages(), last, known);
}
