// Ends and records what a crash left: a scan on record as running, or as about to, whose program is gone. Its own file
// because every scan does it in passing and `sweep` on demand.
import type { Request, RequestId } from "../core/approval/request.ts";
import { abandon } from "../core/approval/run.ts";
import type { SessionId } from "../core/audit/event.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import type { Effects } from "../effects.ts";
import { readResult, type ReadResult } from "./read-result.ts";

type Reached = Pick<Effects, "store" | "runner" | "facts" | "clock">;

/** A grant is used up some hundredths of a second before its session has a folder: after this it will have none. */
const claimedLongAgoMs = 60_000;

/**
 * Looks at the requester's own sessions without an end, and at grants that were used up without a session. What still
 * runs of a lost one is ended by the session host, what it had found is kept, then its request is closed: the grant is
 * used up and never leads to another run.
 *
 * @returns the requests that were closed. A session of another account, or of another place, is left alone.
 */
export async function sweep(fx: Reached): Promise<readonly RequestId[]> {
  const { name, uid } = fx.facts.requester();
  const closed: RequestId[] = [];
  const own = (request: Request): boolean => request.requester.name === name && request.requester.uid === uid;
  for (const session of await fx.store.openSessions()) {
    const found = await fx.store.findRequest(session.request);
    if (found.kind !== "found" || found.request.state !== "running" || !own(found.request)) continue;
    if (await close(found.request, session.id, session, fx)) closed.push(session.request);
  }
  for (const request of await fx.store.listRequests({ state: "claimed", requester: name })) {
    if (request.state !== "claimed" || !own(request)) continue;
    const redeemed = (await fx.store.events({ request: request.id })).find(({ type }) => type === "grant.redeemed");
    if (redeemed?.type !== "grant.redeemed") continue;
    if (await close(request, redeemed.data.session, undefined, fx)) closed.push(request.id);
  }
  // What stood ready for an answer, or for its first event, when its program was killed: nothing of nmap has run.
  const open = new Set((await fx.store.openSessions()).map(({ id }) => id));
  for (const session of await fx.runner.abandoned()) {
    if (open.has(session) || (await fx.runner.sweep(session)) === "running") continue;
    await fx.runner.discard(session);
  }
  return closed;
}

/** Ends one, and says whether it did. Who was only slow finds its request over, and starts nothing (runs.ts). */
async function close(
  request: Request,
  id: SessionId,
  session: SessionRecord | undefined,
  fx: Reached,
): Promise<boolean> {
  const left = await fx.runner.sweep(id);
  if (left === "running") return false;
  if (left === "not-here") {
    if (request.state !== "claimed" || fx.clock.now() < request.claimedAt + claimedLongAgoMs) return false;
  }
  const because = left === "ended" ? "its program was gone; what still ran was ended" : "its program was gone";
  const result = session === undefined ? undefined : await found(id, fx);
  const step = abandon(request, id, session, because, fx.clock.now(), result);
  if ((await fx.store.commit(step)).kind !== "committed") return false;
  // Only now: a folder without a record of its end could never be found again.
  await fx.runner.discard(id);
  return true;
}

/** What nmap had written when its program was lost; undefined when it is nothing, or no file that can be trusted. */
async function found(session: SessionId, fx: Reached): Promise<ReadResult | undefined> {
  const xml = await fx.runner.read(session, "xml").catch(() => new Uint8Array());
  return xml.length === 0 ? undefined : readResult(session, xml);
}
