// Who hands their vote to whom, read from the trail itself: there is no second record that could say otherwise.
import type { Delegation } from "../core/approval/delegation.ts";
import { hashRow, type ChainRow } from "../core/audit/chain.ts";
import type { EventData } from "../core/audit/event.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";
import { StoreError } from "./store-error.ts";

/** The latest word of each person, whether its time is over or not. Every event that is read must fit its hash. */
export function delegationsSet(statement: Prepare): readonly Delegation[] {
  const rows = statement(
    `SELECT seq, time, type, request, actor, data, prev, hash FROM events
     WHERE type = 'delegation.set' ORDER BY seq`,
  ).all() as ChainRow[];
  const latest = new Map<string, Delegation>();
  for (const row of rows) {
    if (hashRow(row.prev, row) !== row.hash) {
      throw new StoreError("trail-broken", `Event ${row.seq} of the trail was changed.`);
    }
    const { from, to, until } = documentOf<EventData["delegation.set"]>(row.data, { from: row.actor });
    latest.delete(from);
    if (to !== null && until !== undefined) latest.set(from, { from, to, until: Date.parse(until) });
  }
  return [...latest.values()];
}
