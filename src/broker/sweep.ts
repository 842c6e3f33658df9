// Ends and records what a crash left: a scan on record as running whose program is gone. Its own file because every
// scan does it in passing and `sweep` on demand.
import type { RequestId } from "../core/approval/request.ts";
import { abandon } from "../core/approval/run.ts";
import type { Effects } from "../effects.ts";

/**
 * Looks at the requester's own sessions without an end. What still runs of a lost one is ended by the session host,
 * then its request is closed: the grant is used up and never leads to another run.
 *
 * @returns the requests that were closed. A session of another account, or of another place, is left alone.
 */
export async function sweep(
  fx: Pick<Effects, "store" | "sessions" | "facts" | "clock">,
): Promise<readonly RequestId[]> {
  const { name, uid } = fx.facts.requester();
  const closed: RequestId[] = [];
  for (const session of await fx.store.openSessions()) {
    const found = await fx.store.findRequest(session.request);
    if (found.kind !== "found" || found.request.state !== "running") continue;
    const { requester } = found.request;
    if (requester.name !== name || requester.uid !== uid) continue;
    const left = await fx.sessions.sweep(session.id);
    if (left === "running" || left === "not-here") continue;
    const because = left === "ended" ? "its program was gone; what still ran was ended" : "its program was gone";
    const step = abandon(found.request, session.id, session, because, fx.clock.now());
    if ((await fx.store.commit(step)).kind !== "committed") continue;
    // Only now: a folder without a record of its end could never be found again.
    await fx.sessions.discard(session.id);
    closed.push(session.request);
  }
  // What stood ready for an answer, or for its first event, when its program was killed: nothing of nmap has run.
  const open = new Set((await fx.store.openSessions()).map(({ id }) => id));
  for (const session of await fx.sessions.abandoned()) {
    if (open.has(session) || (await fx.sessions.sweep(session)) === "running") continue;
    await fx.sessions.discard(session);
  }
  return closed;
}
