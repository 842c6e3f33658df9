// Using up a grant: everything is looked at again before that, and at most one caller gets what it permits. Apart from
// runs.ts, which follows a run from there to its end.
import type { Step } from "../core/approval/change.ts";
import { missingOnRecord } from "../core/approval/on-record.ts";
import { ownPartOf } from "../core/approval/own-part.ts";
import { purposeOf, purposeWords } from "../core/approval/purpose.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import { redeem as redeemStep } from "../core/approval/run.ts";
import type { SessionId } from "../core/audit/event.ts";
import type { Grant } from "../core/grant/grant.ts";
import { digestOfDocument } from "../core/plan/digest.ts";
import { fromDocument, hasOurEnvironment } from "../core/plan/document.ts";
import { decide } from "../core/policy/decide.ts";
import type { Decision } from "../core/policy/decision.ts";
import { unreachable } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Outcome } from "../messages.ts";
import { historyFor, refusalOf } from "./judge.ts";
import { peopleOf } from "./people.ts";
import { stillProven } from "./proven.ts";
import { outcomeOf, settle } from "./requests.ts";
import { boxOf, newSession, termsOf, type Run } from "./runs.ts";
import { basisOf } from "./standing.ts";

/** What may be done once: nothing of it is on disk yet. */
export interface Permit {
  readonly kind: "permit";
  readonly request: Request;
  readonly grant: Grant;
  readonly decision: Decision;
  /** Uses up the grant. */
  readonly step: Step;
}

/**
 * Uses up the grant of an approved request: at most one caller ever gets the run.
 *
 * @param session  the one that stands ready for it.
 */
export async function redeem(id: RequestId, fx: Effects, session = newSession(fx)): Promise<Run | Outcome> {
  const permit = await permitted(id, session, fx);
  if (permit.kind !== "permit") return permit;
  const { request, grant, decision, step } = permit;
  const lost = await use(request, step, fx);
  if (lost !== undefined) return lost;
  const ttlSeconds = boxOf(grant, decision);
  const terms = termsOf(request);
  const order = { kind: "order", session, grant, ttlSeconds, plan: request.plan, terms } as const;
  return { kind: "run", order, request: step.request.next };
}

/** Puts the use of a grant on the trail; gives what stood in its way, if something did. */
export async function use(request: Request, step: Step, fx: Pick<Effects, "store">): Promise<Outcome | undefined> {
  const committed = await fx.store.commit(step);
  switch (committed.kind) {
    case "committed":
      return undefined;
    case "frozen":
      return { kind: "frozen", request, freeze: committed.freeze };
    case "over-limit":
      return askAgain(request, "over-limit", committed.because);
    case "lost":
      return (
        (committed.current && outcomeOf(committed.current)) ??
        askAgain(request, "lost", "somebody else moved this request")
      );
    default:
      return unreachable(committed);
  }
}

/** Looks at everything again: the record, the clock, nmap, the policy in force, the votes and who may give them. */
export async function permitted(id: RequestId, session: SessionId, fx: Effects): Promise<Permit | Outcome> {
  const request = await settle(id, fx);
  const requester = fx.facts.requester();
  if (requester.uid !== request.requester.uid || requester.name !== request.requester.name) {
    const message = `request ${id} is ${request.requester.name}'s, who alone can run it`;
    return { kind: "not-understood", problem: { code: "not-yours", message } };
  }
  if (purposeOf(request, "standing") !== undefined) {
    const message = `request ${id} is ${purposeWords(request.purpose) ?? ""}: it is not run itself`;
    return { kind: "not-understood", problem: { code: "no-scan", message } };
  }
  const over = outcomeOf(request);
  if (over !== undefined) return over;
  const held = await fx.store.grant(id);
  if (held === undefined) throw new Error(`request ${id} is approved without a grant`);
  const { notBefore } = held.grant;
  if (request.notBefore !== undefined && fx.clock.now() < notBefore) {
    return { kind: "waiting", request, because: "too-early", notBefore };
  }

  // Its outputs and scripts are this account's own; the record may lie where others can write.
  if (!(await fx.asked.knows(id, ownPartOf(request)))) {
    return askAgain(request, "not-asked", "this account has not asked for this: somebody else may have written it");
  }
  if (!hasOurEnvironment(request.plan)) {
    return askAgain(request, "environment-changed", "nmap would be given another environment than was approved");
  }
  const plan = fromDocument(request.plan);
  const data = plan.nmap.data?.level;
  const facts = await fx.facts.find({ names: [], family: plan.family, services: false, scripts: false, data });
  if (!facts.ok) return refusalOf(facts.error);
  const { nmap, privileged } = facts.value;
  if (nmap.path !== plan.nmap.path || nmap.version !== plan.nmap.version || nmap.binary !== plan.nmap.binary) {
    const now = nmap.version === plan.nmap.version ? "another file of that version" : nmap.version;
    return askAgain(request, "nmap-changed", `this was approved for nmap ${plan.nmap.version}; nmap is now ${now}`);
  }
  if (nmap.data?.hash !== plan.nmap.data?.hash) {
    return askAgain(request, "nmap-changed", "nmap's data files changed since this was approved");
  }
  if (plan.privileged && !privileged) {
    return askAgain(request, "not-privileged", "this was approved with raw sockets, which this account may not open");
  }
  const { level } = await fx.runner.level();
  // Those who answered saw that the kernel would hold it.
  if (request.requires.length > 0 && request.held?.level === "enforced" && level !== "enforced") {
    return askAgain(request, "not-enforced", `this was approved for an enforced session; sessions here are ${level}`);
  }
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
  const now = fx.clock.now();
  const { profile } = request;
  const decision = decide(policy.value, plan, {
    requester,
    now,
    level,
    ...(await historyFor(policy.value, now, fx, purposeOf(request, "extension")?.of ?? id)),
    ...(profile !== undefined && { profile }),
  });
  const votes = request.requires.length === 0 ? [] : await fx.store.votes(id);
  const missing = missingOnRecord(request, held.grant, votes, await fx.store.events({ request: id }));
  if (missing !== undefined) throw contradicted(request, missing);
  const cited = purposeOf(request, "under-standing");
  const basis = cited && (await basisOf(cited.standing, request.plan, decision, policy.value, fx));
  const step = redeemStep(request, {
    ...held,
    votes: await stillProven(votes, request, policy.value, fx),
    cast: votes.length,
    people: await peopleOf([...request.requires, ...decision.requires], policy.value, fx),
    ...(basis && { basis }),
    decision,
    planDigest: digestOfDocument(request.plan),
    session,
    now,
  });
  if (!step.ok) {
    if (decision.effect === "deny") return { kind: "denied", request };
    return { kind: "stale", request, problem: step.error };
  }
  return { kind: "permit", request, grant: held.grant, decision, step: step.value };
}

/** A failure of the trail like those of the store (trail-failure.ts): nothing may run on such a record. */
function contradicted(request: Request, because: string): Error {
  const failure = { code: "trail-broken", hint: "Look at it with: jit-nmap audit verify" } as const;
  return Object.assign(new Error(`Request ${request.id} is not as the trail says: ${because}.`), failure);
}

function askAgain(request: Request, code: string, message: string): Outcome {
  return { kind: "stale", request, problem: { code, message, hint: "ask again" } };
}
