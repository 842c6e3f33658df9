// Ends what was permitted: one grant, or everything by a freeze. Who runs the scan sees it and ends it (watch.ts); here
// it is judged, recorded and waited for.
import { revoke as revokeStep } from "../core/approval/endings.ts";
import { freeze as freezeStep, unfreeze as unfreezeStep } from "../core/approval/freeze.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import type { Requester } from "../core/policy/decision.ts";
import type { Problem } from "../core/result.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import type { Effects } from "../effects.ts";
import { isLead } from "./leads.ts";
import { settle } from "./requests.ts";
import { close } from "./sweep.ts";
import { votersOf } from "./votes.ts";

export type Revoked =
  /** `request.state` is still `running` until whoever runs it has ended it (`untilEnded`). */
  | { readonly kind: "revoked"; readonly request: Request }
  | { readonly kind: "too-late"; readonly request: Request }
  | { readonly kind: "refused"; readonly problem: Problem };

/** Ends an unused approval, or the scan under it: by its requester, by who may vote on it, or by a lead. */
export async function revoke(
  id: RequestId,
  who: Requester,
  because: string | undefined,
  fx: Pick<Effects, "store" | "clock" | "policy" | "facts">,
): Promise<Revoked> {
  for (;;) {
    const request = await settle(id, fx);
    const own = request.requester.name === who.name && request.requester.uid === who.uid;
    if (!own) {
      const refused = await notEntitled(who.name, fx, request);
      if (refused !== undefined) return { kind: "refused", problem: refused };
    }
    const why = because ?? (own ? "taken back by the requester" : "no reason given");
    const held = await fx.store.grant(id);
    const step = held === undefined ? undefined : revokeStep(request, held, who.name, why, fx.clock.now());
    if (step?.ok !== true) return { kind: "too-late", request };
    const committed = await fx.store.commit(step.value);
    if (committed.kind === "committed") return { kind: "revoked", request: step.value.request.next };
  }
}

export type Frozen =
  | { readonly kind: "frozen"; readonly ended: readonly Request[] }
  | { readonly kind: "refused"; readonly problem: Problem };

/** Stops everything: nothing starts from the moment that this is on disk; what runs is ended, each with its event. */
export async function freeze(
  because: string,
  who: Requester,
  fx: Pick<Effects, "store" | "clock" | "policy" | "facts">,
): Promise<Frozen> {
  const problem = await notEntitled(who.name, fx);
  if (problem !== undefined) return { kind: "refused", problem };
  const change = freezeStep(await fx.store.freeze(), who.name, because, fx.clock.now());
  if (!change.ok) return { kind: "refused", problem: change.error };
  await fx.store.commit(change.value);
  const ended: Request[] = [];
  for (const state of ["running", "claimed"] as const) {
    for (const { id } of await fx.store.listRequests({ state })) {
      const revoked = await revoke(id, who, `frozen: ${because.trim()}`, fx);
      if (revoked.kind === "revoked") ended.push(revoked.request);
    }
  }
  return { kind: "frozen", ended };
}

/** Lets scans start again. */
export async function unfreeze(
  because: string | undefined,
  who: Requester,
  fx: Pick<Effects, "store" | "clock" | "policy" | "facts">,
): Promise<Problem | undefined> {
  const problem = await notEntitled(who.name, fx);
  if (problem !== undefined) return problem;
  const change = unfreezeStep(await fx.store.freeze(), who.name, because, fx.clock.now());
  if (!change.ok) return change.error;
  await fx.store.commit(change.value);
  return undefined;
}

/** Whoever runs a scan ends it within a second, unless somebody keeps them from hearing of it. */
const HEARD_WITHIN_MS = 1000;

/**
 * The request once its scan has ended, or as it is at `until` (milliseconds since the epoch). Where whoever runs it says
 * nothing, it is ended without them, as far as this process has the right to.
 */
export async function untilEnded(
  id: RequestId,
  until: number,
  fx: Pick<Effects, "store" | "clock" | "runner">,
): Promise<Request> {
  const heard = fx.clock.now() + HEARD_WITHIN_MS;
  const left: SessionRecord[] = [];
  let isPast = false;
  for (;;) {
    const request = await settle(id, fx);
    const now = fx.clock.now();
    if (request.state !== "running" || now >= until) return request;
    if (now >= heard && !isPast) {
      isPast = true;
      for (const session of await fx.store.sessions(id)) {
        if (session.end === undefined && (await fx.runner.endElsewhere(session.id))) left.push(session);
      }
    }
    for (const session of left) {
      await close(request, { session: session.id, grant: session.grant, record: session }, fx);
    }
    const next = !isPast ? heard : left.length > 0 ? now + LOOK_EVERY_MS : until;
    await fx.store.changed(id, new AbortController().signal, Math.min(next, until));
  }
}

/** How often is looked whether a session that was ended without its broker is over. */
const LOOK_EVERY_MS = 100;

/** Why this login may not stop other people's scans; undefined when it may. */
async function notEntitled(
  login: string,
  fx: Pick<Effects, "policy" | "facts" | "clock">,
  request?: Request,
): Promise<Problem | undefined> {
  const policy = await fx.policy.load();
  if (!policy.ok) {
    const message = "the policy can't be read, so nobody is known to lead";
    return { code: "policy-unusable", message, hint: "jit-nmap policy check" };
  }
  if (await isLead(login, policy.value, fx)) return undefined;
  if (request !== undefined && (await votersOf(request, fx)).includes(login)) return undefined;
  const message = `${login} is asked by no rule of the policy: only who approves scans may stop those of others`;
  return { code: "not-entitled", message };
}
