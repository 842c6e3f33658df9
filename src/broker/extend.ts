// More time for a scan that runs: at once where policy allows the scan and its time box is long enough, else by a small
// request of its own, which is judged, voted on, recorded and redeemed as any other.
import { together } from "../core/approval/change.ts";
import { extend, extendedTo, extensionUsed } from "../core/approval/extend.ts";
import { purposeOf, type Purpose } from "../core/approval/purpose.ts";
import { reasonProblem } from "../core/approval/reason.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import { fromDocument } from "../core/plan/document.ts";
import { decide } from "../core/policy/decide.ts";
import type { Decision, Obligations } from "../core/policy/decision.ts";
import { unreachable } from "../core/result.ts";
import { formatDuration } from "../core/time.ts";
import type { Effects } from "../effects.ts";
import type { Judged, Opened, Outcome } from "../messages.ts";
import { historyFor } from "./judge.ts";
import { permitted, use } from "./redeem.ts";
import { open, settle } from "./requests.ts";
import { newSession } from "./runs.ts";

export interface MoreTime {
  readonly seconds: number;
  /** Why, where the rules want to know. */
  readonly reason?: string | undefined;
}

/** Extends at once, or files the request for it. For the requester alone. */
export async function askForTime(id: RequestId, { seconds, reason }: MoreTime, fx: Effects): Promise<Opened | Outcome> {
  const request = await settle(id, fx);
  const requester = fx.facts.requester();
  if (requester.uid !== request.requester.uid || requester.name !== request.requester.name) {
    return refused("not-yours", `request ${id} is ${request.requester.name}'s, who alone can ask for more time`);
  }
  const session = (await fx.store.sessions(id)).find(({ end }) => end === undefined);
  if (request.state !== "running" || session === undefined) {
    return refused("not-running", `request ${id} has no scan that runs: it is ${request.state}`);
  }
  const ttlSeconds = (await boxNow(session, fx)) + seconds;
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
  const now = fx.clock.now();
  const { level, longestSeconds } = await fx.runner.level();
  const above = aboveCeiling(ttlSeconds, longestSeconds);
  if (above !== undefined) return above;
  const { profile } = request;
  const decision = decide(policy.value, fromDocument(request.plan), {
    requester,
    now,
    level,
    ...(await historyFor(policy.value, now, fx, id)),
    ...(profile !== undefined && { profile }),
  });
  switch (decision.effect) {
    case "deny":
      return notAllowed("denied", "policy denies this scan now, so it gets no more time");
    case "allow":
      return allowedTime(request, session, ttlSeconds, decision, fx);
    case "confirm":
    case "ask": {
      const purpose: Purpose = { kind: "extension", of: id, session: session.id, ttlSeconds };
      return fileExtension(request, seconds, reason, purpose, decision, fx);
    }
    default:
      return unreachable(decision);
  }
}

/** What nobody can give here, whatever policy says: where this process knows its machine's ceiling. */
function aboveCeiling(ttlSeconds: number, longest: number): Outcome | undefined {
  if (ttlSeconds <= longest) return undefined;
  const [most, asked] = [formatDuration(longest), formatDuration(ttlSeconds)];
  return notAllowed("ttl-too-long", `no session lasts longer than ${most} on this machine, and this would be ${asked}`);
}

async function boxNow(session: SessionRecord, fx: Pick<Effects, "store">): Promise<number> {
  const events = await fx.store.events({ request: session.request });
  return extendedTo(session.id, events) ?? session.ttlSeconds;
}

/** Without asking there is as much time, in all, as the rules grant to such a scan. */
async function allowedTime(
  request: Request,
  session: SessionRecord,
  ttlSeconds: number,
  { obligations }: Extract<Decision, { effect: "allow" }>,
  fx: Pick<Effects, "store" | "clock">,
): Promise<Outcome> {
  const endsAt = session.startedAt + ttlSeconds * 1000;
  if (ttlSeconds > obligations.ttlSeconds || endsAt > (obligations.endsAt ?? Number.POSITIVE_INFINITY)) {
    const granted = formatDuration(obligations.ttlSeconds);
    return notAllowed("ttl-too-long", `the rules grant ${granted} in all, not ${formatDuration(ttlSeconds)}`);
  }
  return give(request, session.id, ttlSeconds, fx);
}

/** Puts the longer box on the trail; the program that runs the scan sees it there. */
async function give(
  request: Request,
  session: SessionRecord["id"],
  ttlSeconds: number,
  fx: Pick<Effects, "store" | "clock">,
): Promise<Outcome> {
  if (request.state !== "running") return refused("not-running", `the scan of ${request.id} has ended already`);
  const step = extend(request, session, ttlSeconds, request.requester.name, fx.clock.now());
  const committed = await fx.store.commit(step);
  if (committed.kind !== "committed") return refused("not-running", `the scan of ${request.id} has ended already`);
  return { kind: "extended", request: step.request.next, ttlSeconds };
}

async function fileExtension(
  request: Request,
  seconds: number,
  reason: string | undefined,
  purpose: Purpose,
  decision: Extract<Decision, { effect: "ask" | "confirm" }>,
  fx: Effects,
): Promise<Opened | Outcome> {
  const why = reason ?? request.reason;
  for (const requirement of decision.requires) {
    const wanted = "votes" in requirement ? requirement.reason : undefined;
    const message = wanted === undefined ? undefined : reasonProblem(why, wanted);
    if (message !== undefined) return { kind: "not-understood", problem: { code: "reason-missing", message } };
  }
  const { effect, policy, requires, explanation } = decision;
  // The scan itself was counted against the rules' limits when it began.
  const obligations: { -readonly [K in keyof Obligations]: Obligations[K] } = { ...decision.obligations };
  delete obligations.limits;
  const { cwd, requester, plan, planDigest, profile, held } = request;
  const judged: Judged = {
    kind: "judged",
    ask: { words: [], requester, cwd, ttlSeconds: seconds, ...(why !== undefined && { reason: why }) },
    ...(profile !== undefined && { profile }),
    ...(held !== undefined && { held }),
    purpose,
    plan,
    planDigest,
    decision: { effect, policy, requires, obligations, explanation },
  };
  const opened = await open(judged, fx);
  if (opened.kind === "crowded") throw new Error("a request for more time was counted against a limit");
  return opened;
}

/** Uses up an approved request for more time: the scan it is for gets it, if it still runs. */
export async function giveTime(id: RequestId, fx: Effects): Promise<Outcome> {
  const permit = await permitted(id, newSession(fx), fx);
  if (permit.kind !== "permit") return permit;
  const terms = purposeOf(permit.request, "extension");
  if (terms === undefined) throw new Error(`request ${id} is not one for more time`);
  const session = (await fx.store.sessions(terms.of)).find(({ id: one }) => one === terms.session);
  const { decision } = permit;
  const closes = decision.effect === "deny" ? undefined : decision.obligations.endsAt;
  if (session !== undefined && session.startedAt + terms.ttlSeconds * 1000 > (closes ?? Number.POSITIVE_INFINITY)) {
    return notAllowed("ttl-too-long", "the scan would go on after the rules' window has closed");
  }
  const above = aboveCeiling(terms.ttlSeconds, (await fx.runner.level()).longestSeconds);
  if (above !== undefined) return above;
  const { request, grant, events } = permit.step;
  const now = fx.clock.now();
  const claimed = { request, events, ...(grant && { grant }) };
  const lost = await use(permit.request, together(claimed, extensionUsed(request.next, now)), fx);
  if (lost !== undefined) return lost;
  return give(await settle(terms.of, fx), terms.session, terms.ttlSeconds, fx);
}

function refused(code: string, message: string): Outcome {
  return { kind: "not-understood", problem: { code, message } };
}

function notAllowed(code: string, message: string): Outcome {
  return { kind: "not-allowed", problem: { code, message } };
}
