// Standing approvals: filing one, finding the one that covers a scan, and what a run under it rests on. Judged, voted on
// and recorded as any request; what differs is that its plan is a scope and never runs.
import { missingOnRecord } from "../core/approval/on-record.ts";
import { purposeOf, type Purpose } from "../core/approval/purpose.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import { notUnder, type Basis } from "../core/approval/standing.ts";
import { fromDocument, type PlanDocument } from "../core/plan/document.ts";
import { outsideScope } from "../core/plan/scope.ts";
import type { Decision, Obligations, Requester } from "../core/policy/decision.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Effects } from "../effects.ts";
import type { Judged, Opened, Outcome, Refusal } from "../messages.ts";
import { isLead } from "./leads.ts";
import { peopleOf } from "./people.ts";
import { stillProven } from "./proven.ts";
import { open, settle } from "./requests.ts";

type Reached = Pick<Effects, "store" | "clock" | "policy" | "facts" | "proofs">;

/** The scan as one under a standing approval of its requester, where one covers it and has a run left; else as it was. */
export async function underStanding(judged: Judged, fx: Reached): Promise<Judged | Refusal> {
  const { ask, decision, plan } = judged;
  if (decision.effect !== "ask") return judged;
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
  const now = fx.clock.now();
  const ttlSeconds = ask.ttlSeconds ?? decision.obligations.ttlSeconds;
  const run = {
    requester: ask.requester,
    obligations: { ...decision.obligations, ttlSeconds },
    ...(judged.held !== undefined && { held: judged.held }),
  };
  for (const standing of await standings(ask.requester.name, fx)) {
    const terms = purposeOf(standing, "standing");
    if (terms === undefined || (await fx.store.standingRuns(standing.id, now)) >= terms.runs) continue;
    const basis = await basisOf(standing, plan, decision, policy.value, fx);
    const cited = { standing: standing.id, digest: standing.digest };
    if (basis === undefined || notUnder(run, cited, basis, decision, now) !== undefined) continue;
    const reason = ask.reason ?? standing.reason;
    return {
      ...judged,
      ask: { ...ask, ...(reason !== undefined && { reason }) },
      purpose: { kind: "under-standing", ...cited },
    };
  }
  return judged;
}

/** The standing approvals of a login that can be used now, the newest first. */
async function standings(login: string, fx: Pick<Effects, "store" | "clock">): Promise<readonly Request[]> {
  const approved = await fx.store.listRequests({ state: "approved", requester: login });
  const now = fx.clock.now();
  return approved.filter((request) => (purposeOf(request, "standing")?.until ?? 0) > now);
}

/** What a run under this standing approval rests on; undefined when it is not there any more. */
export async function basisOf(
  standing: RequestId | Request,
  plan: PlanDocument,
  decision: Decision,
  policy: Policy,
  fx: Reached,
): Promise<Basis | undefined> {
  const request = typeof standing === "string" ? await settle(standing, fx) : standing;
  const held = await fx.store.grant(request.id);
  if (held === undefined) return undefined;
  const votes = await fx.store.votes(request.id);
  const missing = missingOnRecord(request, held.grant, votes, await fx.store.events({ request: request.id }));
  if (missing !== undefined) {
    const failure = { code: "trail-broken", hint: "Look at it with: jit-nmap audit verify" } as const;
    throw Object.assign(new Error(`Request ${request.id} is not as the trail says: ${missing}.`), failure);
  }
  const outside = outsideScope(fromDocument(plan), fromDocument(request.plan));
  return {
    request,
    ...held,
    votes: await stillProven(votes, request, policy, fx),
    people: await peopleOf([...request.requires, ...decision.requires], policy, fx),
    ...(outside !== undefined && { outside }),
  };
}

export interface StandingTerms {
  /** At least 1. */
  readonly runs: number;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly until: number;
  readonly filedBy: Requester;
}

/** Files a scope for the requester of the judged line; who may vote on such a scan votes on it. */
export async function fileStanding(
  judged: Judged,
  { runs, until, filedBy }: StandingTerms,
  fx: Effects,
): Promise<Opened | Outcome> {
  const { ask, decision } = judged;
  const own = filedBy.name === ask.requester.name && filedBy.uid === ask.requester.uid;
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
  if (!own && !(await isLead(filedBy.name, policy.value, fx))) {
    return notAllowed("not-entitled", `${filedBy.name} can't file this for ${ask.requester.name}: only leads do`);
  }
  if (decision.effect === "deny") return notAllowed("denied", "policy denies such scans, so nobody can approve them");
  if (decision.effect === "allow") return notAllowed("nothing-to-approve", "policy allows such scans without asking");
  if (decision.requires.some((requirement) => "confirm" in requirement)) {
    return notAllowed("needs-confirmation", "policy wants each such scan confirmed at the terminal");
  }
  const purpose: Purpose = { kind: "standing", runs, until, filedBy: filedBy.name };
  // Each run is counted against the rules' limits; the scope itself is none.
  const obligations: { -readonly [K in keyof Obligations]: Obligations[K] } = { ...decision.obligations };
  delete obligations.limits;
  const opened = await open({ ...judged, purpose, decision: { ...unfolded(decision), obligations } }, fx);
  if (opened.kind === "crowded") throw new Error("a scope was counted against a limit");
  return opened;
}

/** The decision as plain data: its explanation is worked out when it is read. */
function unfolded(decision: Extract<Decision, { effect: "ask" | "confirm" }>): typeof decision {
  const { effect, policy, requires, obligations, explanation } = decision;
  return { effect, policy, requires, obligations, explanation };
}

function notAllowed(code: string, message: string): Outcome {
  return { kind: "not-allowed", problem: { code, message } };
}

export interface StandingNow {
  readonly request: Request;
  readonly taken: number;
}

/** Every standing approval that waits or can be used, with how much of it is used up. */
export async function standingNow(fx: Pick<Effects, "store" | "clock">): Promise<readonly StandingNow[]> {
  const found: StandingNow[] = [];
  for (const state of ["pending", "approved"] as const) {
    for (const request of await fx.store.listRequests({ state })) {
      if (purposeOf(request, "standing") === undefined) continue;
      const now = await settle(request.id, fx);
      if (now.state !== state) continue;
      found.push({ request: now, taken: await fx.store.standingRuns(now.id, fx.clock.now()) });
    }
  }
  return found;
}
