// More time for a scan that runs. The grant stays as it was issued: what was added is an event of its own, and the
// longest of them is what holds.
import type { AuditEvent, SessionId } from "../audit/event.ts";
import type { Step } from "./change.ts";
import type { Request } from "./request.ts";
import { eventOf, seen, step, termsOf } from "./transitions.ts";

/** The time box that a session was given after its start, in seconds; undefined when it was given none. */
export function extendedTo(session: SessionId, events: readonly AuditEvent[]): number | undefined {
  const boxes = events.flatMap((event) =>
    event.type === "session.extended" && event.data.session === session ? [event.data.ttlSeconds] : [],
  );
  return boxes.length === 0 ? undefined : Math.max(...boxes);
}

/** Gives a running session a longer time box, in seconds from its start. The grant stays as it was issued. */
export function extend(request: Request, session: SessionId, ttlSeconds: number, by: string, now: number): Step {
  if (request.state !== "running") throw new Error(`a request that is ${request.state} has no session to extend`);
  const { decidedAt, startedAt } = request;
  return {
    request: step(request, { state: "running", decidedAt, startedAt }),
    events: [eventOf(request, now, by, "session.extended", { session, ttlSeconds })],
  };
}

/** The end of an approved request for more time, once its grant is used up: it has no session of its own. */
export function extensionUsed(claimed: Request, now: number): Step {
  const next = { ...termsOf(claimed), state: "finished", endedAt: now, because: "the scan has its time" } as const;
  return { request: { expect: seen(claimed), next }, events: [] };
}
