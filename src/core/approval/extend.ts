// More time for a scan that runs. The grant stays as it was issued: what was added is an event of its own, and the
// longest of them is what holds, or what the runner has cut it to.
import type { AuditEvent, SessionId } from "../audit/event.ts";
import type { Step } from "./change.ts";
import type { Request } from "./request.ts";
import { eventOf, seen, step, termsOf } from "./transitions.ts";

/** The time box that a session was given after its start, in seconds; undefined when it was given none. */
export function extendedTo(session: SessionId, events: readonly AuditEvent[]): number | undefined {
  let box: number | undefined;
  for (const { type, data } of events) {
    if (type !== "session.extended" || data.session !== session) continue;
    const { ttlSeconds, because } = data;
    box = because === undefined ? Math.max(box ?? 0, ttlSeconds) : Math.min(box ?? ttlSeconds, ttlSeconds);
  }
  return box;
}

/**
 * Gives a running session a longer time box, in seconds from its start. The grant stays as it was issued.
 *
 * @param because  why it is less than what was given before: nothing else makes a box shorter.
 */
export function extend(
  request: Request,
  session: SessionId,
  ttlSeconds: number,
  by: string,
  now: number,
  because?: string,
): Step {
  if (request.state !== "running") throw new Error(`a request that is ${request.state} has no session to extend`);
  const { decidedAt, startedAt } = request;
  return {
    request: step(request, { state: "running", decidedAt, startedAt }),
    events: [
      eventOf(request, now, by, "session.extended", { session, ttlSeconds, ...(because !== undefined && { because }) }),
    ],
  };
}

/** The end of an approved request for more time, once its grant is used up: it has no session of its own. */
export function extensionUsed(claimed: Request, now: number): Step {
  const next = { ...termsOf(claimed), state: "finished", endedAt: now, because: "the scan has its time" } as const;
  return { request: { expect: seen(claimed), next }, events: [] };
}
