// Whether everything is frozen, read from the trail itself: there is no second record that could say otherwise.
import type { Freeze } from "../core/approval/freeze.ts";
import { hashRow, type ChainRow } from "../core/audit/chain.ts";
import type { EventData } from "../core/audit/event.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";
import { StoreError } from "./store-error.ts";

/** The freeze in force; undefined when there is none. The event that says so must fit its hash. */
export function freezeInForce(statement: Prepare): Freeze | undefined {
  const last = statement(
    `SELECT seq, time, type, request, actor, data, prev, hash FROM events
     WHERE type IN ('freeze.set', 'freeze.lifted') ORDER BY seq DESC LIMIT 1`,
  ).get() as ChainRow | undefined;
  if (last === undefined) return undefined;
  if (hashRow(last.prev, last) !== last.hash) {
    throw new StoreError("trail-broken", `Event ${last.seq} of the trail was changed.`);
  }
  if (last.type === "freeze.lifted") return undefined;
  const { because } = documentOf<EventData["freeze.set"]>(last.data, {});
  return { by: last.actor, because, since: Date.parse(last.time) };
}
