// From an approved request to the end of its one run: redeem, start, end, and what a sweep says of a run that a crash
// left. Each step is on disk before the effect that it records.
import { redeemable } from "../grant/redeem.ts";
import type { GrantProblem } from "../grant/redeem.ts";
import type { Grant, GrantId, GrantState } from "../grant/grant.ts";
import type { SessionRecord, StoredResult } from "../grant/session-record.ts";
import type { Revocation, SessionEnding, SessionId } from "../audit/event.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";
import type { Decision, Obligations } from "../policy/decision.ts";
import { err, ok, unreachable } from "../result.ts";
import type { Problem, Result } from "../result.ts";
import type { Step } from "./change.ts";
import { requestDigest } from "./request-digest.ts";
import { mayBreak, notUnder, type Basis } from "./standing.ts";
import type { Request, RequestState, Vote } from "./request.ts";
import { reserve } from "./reserve.ts";
import { tally } from "./tally.ts";
import type { People } from "./tally.ts";
import { eventOf, inDoubt, itself, step } from "./transitions.ts";

export interface Redemption {
  readonly grant: Grant;
  readonly state: GrantState;
  /** Those whose proofs still hold. */
  readonly votes: readonly Vote[];
  /** How many are on record, where those are more. */
  readonly cast?: number;
  readonly people: People;
  /** What a run under a standing approval rests on, as it is now. */
  readonly basis?: Basis;
  /** Policy's answer to the same plan and requester *now*. */
  readonly decision: Decision;
  /** Taken from the plan that is about to run, not from a record. */
  readonly planDigest: PlanDigest;
  readonly session: SessionId;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly now: number;
}

export type RedeemProblem =
  | GrantProblem
  | Problem<"not-approved" | "standing-over" | "request-changed" | "policy-stricter" | "record-from-the-future">;

/**
 * Uses up a grant for one session, after looking at everything again: state, digests, clock, bounds, votes by the people
 * who are entitled now, and the policy in force now. A policy that has become stricter since wins; one that merely
 * changed does not.
 */
export function redeem(request: Request, redemption: Redemption): Result<Step, RedeemProblem> {
  const { grant, now, session, state } = redemption;
  if (request.state !== "approved") {
    return err({ code: "not-approved", message: `Request ${request.id} is not approved: it is ${request.state}.` });
  }
  const problem =
    inDoubt(Math.max(request.openedAt, request.decidedAt), now) ??
    (requestDigest(request) === request.digest ? undefined : changed(request)) ??
    redeemable(grant, state, request, redemption.planDigest, now) ??
    stillApproved(request, redemption);
  if (problem !== undefined) return err(problem);
  return ok({
    request: step(
      request,
      { state: "claimed", decidedAt: request.decidedAt, claimedAt: now },
      redemption.cast ?? redemption.votes.length,
    ),
    grant: { expect: "issued", grant, next: "redeemed" },
    ...(redemption.decision.effect !== "deny" && reserve(request, redemption.decision.obligations.limits, grant, now)),
    events: [eventOf(request, now, request.requester.name, "grant.redeemed", { grant: grant.id, session })],
  });
}

const changed = (request: Request): RedeemProblem => ({
  code: "request-changed",
  message: `Request ${request.id} is not what was approved: its digest does not fit.`,
});

function stillApproved(
  request: Request,
  { votes, people, decision, basis, now: at }: Redemption,
): RedeemProblem | undefined {
  const stricter = (what: string): RedeemProblem => ({
    code: "policy-stricter",
    message: `Policy has changed since request ${request.id} was approved: ${what}.`,
    hint: "Ask again.",
  });
  if (request.effect === "deny") return { code: "not-approved", message: `Policy denied request ${request.id}.` };
  if (decision.effect === "deny") return stricter("it now denies this scan");
  if (!within(request.obligations, decision.obligations)) return stricter("its obligations are stricter now");
  const { purpose } = request;
  if (purpose?.kind === "standing") {
    return { code: "not-approved", message: `Request ${request.id} is a standing approval: it is not run itself.` };
  }
  if (purpose?.kind === "under-standing") {
    const because = basis === undefined ? "it is not there" : notUnder(request, purpose, basis, decision, at);
    if (because === undefined) return undefined;
    const message = `The standing approval ${purpose.standing} does not cover request ${request.id}: ${because}.`;
    return { code: "standing-over", message, hint: "Ask again." };
  }
  if (purpose?.kind === "break-glass") {
    return mayBreak(request.requires, request.obligations.ttlSeconds) &&
      mayBreak(decision.requires, request.obligations.ttlSeconds)
      ? undefined
      : stricter("it can't be run without asking any more");
  }
  // Once against what was asked then, once against what policy asks now. Asked, but of nobody, is never approved.
  const then = request.effect === "allow" || tally(request, votes, people).kind === "approved";
  if (!then) {
    return { code: "not-approved", message: `The votes on request ${request.id} do not suffice.`, hint: "Ask again." };
  }
  const now =
    decision.effect === "allow" ||
    tally({ ...request, requires: decision.requires }, votes, people).kind === "approved";
  if (!now) return stricter("it now asks for other answers");
  return undefined;
}

function within(given: Obligations, allowed: Obligations): boolean {
  const rate = allowed.enforce.maxRate ?? Number.POSITIVE_INFINITY;
  // A window that closes before the time box ends cuts the session (broker/runs.ts): that is no stricter policy.
  return (
    (given.ttlSeconds <= allowed.ttlSeconds || allowed.endsAt !== undefined) &&
    (given.enforce.maxRate ?? Number.POSITIVE_INFINITY) <= rate
  );
}

/**
 * Records that nmap is about to be started; the session must not exist before this is on disk.
 *
 * @param privileged  whether nmap gets the right to open raw sockets.
 */
export function start(request: Request, session: SessionRecord, privileged: boolean): Step {
  if (request.state !== "claimed") throw new Error(`a request that is ${request.state} can't be started`);
  const { id, grant, argv, ttlSeconds, level, startedAt } = session;
  const data = { session: id, grant, argv, ttlSeconds, level, privileged };
  return {
    request: step(request, { state: "running", decidedAt: request.decidedAt, startedAt }),
    session,
    events: [eventOf(request, startedAt, request.requester.name, "session.started", data)],
  };
}

/** Records what the kernel refused to a session that runs; it goes on, or is ended by whoever holds it. */
export function violate(request: Request, session: SessionId, violations: readonly string[], now: number): Step {
  if (request.state !== "running") throw new Error(`a request that is ${request.state} has no running session`);
  const { decidedAt, startedAt } = request;
  return {
    request: step(request, { state: "running", decidedAt, startedAt }),
    events: violations.map((because) => eventOf(request, now, itself, "session.violation", { session, because })),
  };
}

export interface Ending {
  readonly ending: SessionEnding;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly endedAt: number;
  /** Time from exec to the end, on a monotonic clock. */
  readonly seconds: number;
  /** Who ended it and why, where somebody did. */
  readonly because?: string;
  /** What stepped out of its confinement and is not on record yet, in words. */
  readonly violations?: readonly string[];
  /** What ended with it; left out where the session had nothing of its own. */
  readonly revocation?: Revocation;
  readonly result?: KeptResult;
}

export interface KeptResult {
  readonly stored: StoredResult;
  /** Over the XML's bytes, as 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Records how a session ended, with its result. `exited` with 0 is `finished`; ended by us is `killed` or `revoked`. */
export function end(request: Request, session: SessionRecord, ending: Ending): Step {
  if (request.state !== "running") throw new Error(`a request that is ${request.state} has no running session`);
  const { endedAt, exitCode, signal, seconds } = ending;
  const id = session.id;
  const says = <T extends Parameters<typeof eventOf>[3]>(
    type: T,
    data: Parameters<typeof eventOf<T>>[4],
  ): Step["events"][number] => eventOf(request, endedAt, itself, type, data);
  const killed = ending.ending === "time-box" || ending.ending === "revoked";
  const killedBecause = ending.because ?? ending.ending;
  const events: Step["events"][number][] = [
    ...(ending.violations ?? []).map((because) => says("session.violation", { session: id, because })),
    ...(killed ? [says("session.killed", { session: id, because: killedBecause })] : []),
    says("session.ended", { session: id, ending: ending.ending, exitCode, signal, seconds }),
  ];
  if (ending.revocation !== undefined) {
    events.push(says("credentials.revoked", { session: id, grant: session.grant, ...ending.revocation }));
  }
  if (ending.result !== undefined) events.push(resultStored(request, endedAt, ending.result));
  return {
    request: step(request, endState(ending)),
    session: { ...session, end: { endedAt, ending: ending.ending, exitCode, signal } },
    ...(ending.result !== undefined && { result: ending.result.stored }),
    events,
  };
}

/** The event that says what of a session's result is kept. */
function resultStored(request: Request, now: number, { stored, sha256 }: KeptResult): Step["events"][number] {
  const { session, complete, summary } = stored;
  const { hosts, openPorts } = summary;
  const bytes = stored.xml.byteLength;
  const data = { session, sha256, bytes, complete, hostsUp: hosts.up, openPorts };
  return eventOf(request, now, itself, "result.stored", data);
}

function endState({ ending, exitCode, signal, endedAt, because }: Ending): RequestState {
  switch (ending) {
    case "exited":
      return exitCode === 0
        ? { state: "finished", endedAt, because: "nmap ended by itself" }
        : { state: "failed", endedAt, because: `nmap ended with ${String(exitCode)}` };
    case "time-box":
      return { state: "killed", endedAt, because: "the time box ended" };
    case "revoked":
      return { state: "revoked", endedAt, because: because ?? "revoked while it ran" };
    case "interrupted":
      return { state: "failed", endedAt, because: "interrupted" };
    case "signalled":
      return { state: "failed", endedAt, because: `nmap was ended by ${signal ?? "a signal"}` };
    case "lost":
      return { state: "failed", endedAt, because: "whoever ran it is gone" };
    case "violation":
      return { state: "killed", endedAt, because: "it did what its plan does not say" };
    default:
      return unreachable(ending);
  }
}

export interface Left {
  readonly result?: KeptResult | undefined;
  readonly taken?: Revocation & { readonly grant: GrantId };
}

/**
 * Records that a redeemed grant came to nothing: nmap could not be started, or a crash left the request claimed or
 * running. Never leads back to a run: the grant is used up.
 *
 * @param session  the record of the session, where one was started.
 * @param left  of what a crash left: what was found before it, where there is something, and what was taken back.
 */
export function abandon(
  request: Request,
  id: SessionId,
  session: SessionRecord | undefined,
  because: string,
  now: number,
  { result, taken }: Left = {},
): Step {
  const swept = eventOf(request, now, itself, "session.swept", { session: id, because });
  const next = step(request, { state: "failed", endedAt: now, because });
  const revoked =
    taken === undefined ? [] : [eventOf(request, now, itself, "credentials.revoked", { session: id, ...taken })];
  if (session === undefined) return { request: next, events: [swept, ...revoked] };
  const seconds = Math.max(0, (now - session.startedAt) / 1000);
  const lost = { session: id, ending: "lost", exitCode: null, signal: null, seconds } as const;
  return {
    request: next,
    session: { ...session, end: { endedAt: now, ending: "lost", exitCode: null, signal: null } },
    ...(result !== undefined && { result: result.stored }),
    events: [
      swept,
      eventOf(request, now, itself, "session.ended", lost),
      ...revoked,
      ...(result === undefined ? [] : [resultStored(request, now, result)]),
    ],
  };
}
