// Which policy decides from when on, on the trail: an event where a decision is by another policy than the one before.
import type { Change } from "../core/approval/change.ts";
import { itself } from "../core/approval/transitions.ts";
import type { EventData, EventDraft } from "../core/audit/event.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";

/** What has to stand before this change: one event, or none. */
export function policyLoaded(statement: Prepare, { policy, events }: Change): readonly EventDraft[] {
  const [first] = events;
  if (policy === undefined || first === undefined) return [];
  const last = statement("SELECT data FROM events WHERE type = 'policy.loaded' ORDER BY seq DESC LIMIT 1").get() as
    { readonly data: string } | undefined;
  if (last !== undefined && documentOf<EventData["policy.loaded"]>(last.data, {}).digest === policy.digest) return [];
  return [{ type: "policy.loaded", time: first.time, request: null, actor: itself, data: policy }];
}
