// Ends and records what a crash left: a scan on record as running, or as about to, whose program is gone. Its own file
// because every scan does it in passing and `sweep` on demand.
import type { Request, RequestId } from "../core/approval/request.ts";
import { abandon } from "../core/approval/run.ts";
import type { Revocation, SessionId } from "../core/audit/event.ts";
import type { GrantId } from "../core/grant/grant.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { readResult, type ReadResult } from "./read-result.ts";

type Reached = Pick<Effects, "store" | "runner" | "facts" | "clock">;

/** A grant is used up some hundredths of a second before its session has a folder: after this it will have none. */
const claimedLongAgoMs = 60_000;

/** What a sweep looked at, and what became of it. */
export interface Sweeping {
  /** Sessions on record without an end, grants used up without a session, folders whose program is gone. */
  readonly looked: { readonly sessions: number; readonly grants: number; readonly folders: number };
  readonly closed: readonly Closed[];
  /** Of no request that waits for an end: it never began, or its end was on record. */
  readonly removed: readonly { readonly session: SessionId; readonly revocation: Revocation }[];
  readonly untouched: readonly Untouched[];
}

/** A request that is over now; its grant is used up. */
interface Closed {
  readonly request: RequestId;
  readonly session: SessionId;
  readonly because: string;
  /** What was taken back; absent where there was no session to take it from. */
  readonly revocation?: Revocation;
}

/** `running`: its program is alive; `not-here`: another account's or another place's; `moved`: somebody else closed it. */
interface Untouched {
  readonly request?: RequestId;
  readonly session: SessionId;
  readonly because: "running" | "not-here" | "moved";
}

/**
 * Looks at the requester's own sessions without an end, and at grants that were used up without a session. What still
 * runs of a lost one is ended by the session host, what it had found is kept, then its request is closed: the grant is
 * used up and never leads to another run.
 */
export async function sweep(fx: Reached): Promise<Sweeping> {
  const { name, uid } = fx.facts.requester();
  const looked = { sessions: 0, grants: 0, folders: 0 };
  const closed: Closed[] = [];
  const removed: Sweeping["removed"][number][] = [];
  const untouched: Untouched[] = [];
  const own = (request: Request): boolean => request.requester.name === name && request.requester.uid === uid;
  const note = (found: Result<Closed, Untouched>): void => {
    if (found.ok) closed.push(found.value);
    else untouched.push(found.error);
  };
  for (const session of await fx.store.openSessions()) {
    const found = await fx.store.findRequest(session.request);
    if (found.kind !== "found" || found.request.state !== "running" || !own(found.request)) continue;
    looked.sessions += 1;
    note(await close(found.request, { session: session.id, grant: session.grant, record: session }, fx));
  }
  for (const request of await fx.store.listRequests({ state: "claimed", requester: name })) {
    if (request.state !== "claimed" || !own(request)) continue;
    const redeemed = (await fx.store.events({ request: request.id })).find(({ type }) => type === "grant.redeemed");
    if (redeemed?.type !== "grant.redeemed") continue;
    looked.grants += 1;
    note(await close(request, redeemed.data, fx));
  }
  // What stood ready for an answer, or for its first event, when its program was killed: nothing of nmap has run.
  const open = new Set((await fx.store.openSessions()).map(({ id }) => id));
  for (const session of await fx.runner.abandoned()) {
    if (open.has(session)) continue;
    looked.folders += 1;
    const swept = await fx.runner.sweep(session);
    if (swept.kind !== "over") {
      untouched.push({ session, because: swept.kind });
      continue;
    }
    await fx.runner.discard(session);
    removed.push({ session, revocation: swept.revocation });
  }
  return { looked, closed, removed, untouched };
}

interface Lost {
  readonly session: SessionId;
  readonly grant: GrantId;
  /** Absent for a grant that was used up before its session was on record. */
  readonly record?: SessionRecord;
}

/** Ends one, and says what became of it. Who was only slow finds its request over, and starts nothing (runs.ts). */
export async function close(
  request: Request,
  { session, grant, record }: Lost,
  fx: Pick<Effects, "store" | "runner" | "clock">,
): Promise<Result<Closed, Untouched>> {
  const { id } = request;
  const swept = await fx.runner.sweep(session);
  if (swept.kind === "running") return err({ request: id, session, because: swept.kind });
  if (swept.kind === "not-here") {
    const isOld = request.state === "claimed" && fx.clock.now() >= request.claimedAt + claimedLongAgoMs;
    if (!isOld) return err({ request: id, session, because: swept.kind });
  }
  const revocation = swept.kind === "over" ? swept.revocation : undefined;
  const because =
    (revocation?.processesEnded ?? 0) > 0 ? "its program was gone; what still ran was ended" : "its program was gone";
  const step = abandon(request, session, record, because, fx.clock.now(), {
    result: record === undefined ? undefined : await found(session, fx),
    ...(revocation !== undefined && { taken: { grant, ...revocation, revoked: ["grant", ...revocation.revoked] } }),
  });
  if ((await fx.store.commit(step)).kind !== "committed") return err({ request: id, session, because: "moved" });
  // Only now: a folder without a record of its end could never be found again.
  await fx.runner.discard(session);
  return ok({ request: id, session, because, ...(revocation !== undefined && { revocation }) });
}

/** What nmap had written when its program was lost; undefined when it is nothing, or no file that can be trusted. */
async function found(session: SessionId, fx: Pick<Effects, "runner">): Promise<ReadResult | undefined> {
  const xml = await fx.runner.read(session, "xml").catch(() => new Uint8Array());
  return xml.length === 0 ? undefined : readResult(session, xml);
}
