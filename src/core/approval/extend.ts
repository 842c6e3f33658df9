// More time for a scan that runs. The grant stays as it was issued: what was added is an event of its own, and the
// longest of them is what holds.
import type { AuditEvent, SessionId } from "../audit/event.ts";

/** The time box that a session was given after its start, in seconds; undefined when it was given none. */
export function extendedTo(session: SessionId, events: readonly AuditEvent[]): number | undefined {
  const boxes = events.flatMap((event) =>
    event.type === "session.extended" && event.data.session === session ? [event.data.ttlSeconds] : [],
  );
  return boxes.length === 0 ? undefined : Math.max(...boxes);
}
