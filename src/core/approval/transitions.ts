// The states of a request and the only ways between them. Everything that moves a request goes through `step`, and the
// store asks `follows` again: a way that is not in this table does not exist.
import type { EventDraft } from "../audit/event.ts";
import type { Problem } from "../result.ts";
import { clockToleranceMs, time } from "../time.ts";
import type { Expected, Step } from "./change.ts";
import type { Request, RequestState, RequestTerms } from "./request.ts";

type State = RequestState["state"];

/** Approval.md, States. A pending request stays pending while votes come in, a running one while its grant is revoked. */
const ways: Readonly<Record<State, readonly State[]>> = {
  pending: ["pending", "approved", "denied", "cancelled", "expired"],
  approved: ["approved", "claimed", "lapsed", "revoked"],
  claimed: ["running", "failed", "revoked"],
  running: ["running", "finished", "failed", "killed", "revoked"],
  finished: [],
  failed: [],
  killed: [],
  revoked: [],
  denied: [],
  cancelled: [],
  expired: [],
  lapsed: [],
};

/** How a request begins: waiting, allowed at once, or refused at once. A step made together with it may lead further. */
const beginnings: readonly State[] = ["pending", "approved", "denied"];

/** Whether one step leads from the one state to the other. */
export const follows = (from: State, to: State): boolean => ways[from].includes(to);

/** Whether some steps lead there: what a transaction that joins several of them may do. */
export function leadsTo(from: State | "new", to: State): boolean {
  const seen = new Set<State>();
  const open: State[] = [...(from === "new" ? beginnings : ways[from])];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (seen.has(state)) continue;
    if (state === to) return true;
    seen.add(state);
    open.push(...ways[state]);
  }
  return seen.has(to);
}

/** Whether nothing can happen to the request any more. */
export const isOver = (state: State): boolean => ways[state].length === 0;

/** What was asked, without what became of it. */
export function termsOf(request: Request): RequestTerms {
  return {
    id: request.id,
    version: request.version,
    nonce: request.nonce,
    requester: request.requester,
    ...(request.reason !== undefined && { reason: request.reason }),
    cwd: request.cwd,
    ...(request.profile !== undefined && { profile: request.profile }),
    ...(request.purpose !== undefined && { purpose: request.purpose }),
    plan: request.plan,
    planDigest: request.planDigest,
    policyDigest: request.policyDigest,
    effect: request.effect,
    requires: request.requires,
    obligations: request.obligations,
    explanation: request.explanation,
    ...(request.background !== undefined && { background: request.background }),
    openedAt: request.openedAt,
    answerBy: request.answerBy,
    startWithinSeconds: request.startWithinSeconds,
    ...(request.notBefore !== undefined && { notBefore: request.notBefore }),
    ...(request.notAfter !== undefined && { notAfter: request.notAfter }),
    ...(request.acceptsNarrower !== undefined && { acceptsNarrower: request.acceptsNarrower }),
    ...(request.held !== undefined && { held: request.held }),
    digest: request.digest,
  };
}

/** What the writer saw; `votes` where they were counted. */
export function seen(request: Request, votes?: number): Expected {
  const { state, version, digest } = request;
  return { state, version, digest, ...(votes !== undefined && { votes }) };
}

/**
 * The next request, as the swap of a change. A way that is not in the table is a defect of the caller, which had to
 * look at the state first: it throws.
 */
export function step(request: Request, next: RequestState, votes?: number): Step["request"] {
  if (!follows(request.state, next.state)) throw new Error(`no way from ${request.state} to ${next.state}`);
  return { expect: seen(request, votes), next: { ...termsOf(request), ...next } };
}

/** States an event of this request. */
export function eventOf<T extends EventDraft["type"]>(
  request: Pick<Request, "id">,
  now: number,
  actor: string,
  type: T,
  data: Extract<EventDraft, { readonly type: T }>["data"],
): EventDraft {
  return { type, time: time(now), request: request.id, actor, data } as EventDraft;
}

/** Who acts when no person does. */
export const itself = "jit-nmap";

export type ClockProblem = Problem<"record-from-the-future">;

/**
 * A clock that says less than what is already on record is in doubt, and doubt is not a yes (approval.md, rule 1).
 *
 * @param since  the latest time on record, milliseconds since the epoch.
 */
export function inDoubt(since: number, now: number): ClockProblem | undefined {
  if (now >= since - clockToleranceMs) return undefined;
  return {
    code: "record-from-the-future",
    message: `The request was recorded at ${time(since)}, but the clock says ${time(now)}.`,
    hint: "Set the clock right, then ask again.",
  };
}
