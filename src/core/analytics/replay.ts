// What another policy would have said to past requests. The trail keeps whole plans, so that this is deciding again
// and nothing else; requests are read from events, because those are what the chain vouches for.
import type { RequestId } from "../approval/request.ts";
import type { AuditEvent } from "../audit/event.ts";
import { fromDocument, type PlanDocument } from "../plan/document.ts";
import type { ScanPlan } from "../plan/scan-plan.ts";
import { decide } from "../policy/decide.ts";
import type { Effect, Obligations, Requester, Requirement } from "../policy/decision.ts";
import type { Situation } from "../policy/asked.ts";
import { historyNeeded, type HistoryNeed, type PastRun } from "../policy/limits.ts";
import type { Policy } from "../policy/policy.ts";
import { PastUse } from "./past-use.ts";

/** What a policy said, as far as it can be compared. */
export interface AnswerThen {
  readonly effect: Effect;
  readonly requires: readonly Requirement[];
  /** Absent on deny. */
  readonly obligations?: Obligations;
  /** The rules that had a part in it. */
  readonly rules: readonly string[];
}

export interface PastRequest {
  readonly id: RequestId;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly openedAt: number;
  readonly requester: Requester;
  /** nmap's words, as they were typed. */
  readonly typed: readonly string[];
  readonly plan: PlanDocument;
  /** The one profile that the line was made of; trails of older programs do not say it. */
  readonly profile?: string;
  readonly then: AnswerThen;
  /** The event that says what policy said. */
  readonly judgedAs: number;
  /** What became of it: it may have taken of limits. */
  readonly use: PastUse;
}

export interface Replayed {
  readonly request: PastRequest;
  /** Undefined where this program can't read the plan that an older one wrote. */
  readonly now: AnswerThen | undefined;
  /** Which parts of the answer differ; empty where the request would be answered as it was. */
  readonly changes: readonly ("effect" | "requires" | "obligations" | "unreadable")[];
}

/** Gathers requests from events in their order; feed it one event after the other, then take `requests`. */
export class PastRequests {
  readonly #opened = new Map<RequestId, Omit<PastRequest, "then" | "judgedAs">>();
  readonly #uses = new Map<RequestId, PastUse>();
  readonly requests: PastRequest[] = [];

  /** @param since  milliseconds since the Unix epoch; what was opened before is left out. */
  constructor(since: number) {
    this.#since = since;
  }
  readonly #since: number;

  add(event: AuditEvent): void {
    if (event.request === null) return;
    if (event.type === "request.opened") {
      const openedAt = Date.parse(event.time);
      if (openedAt < this.#since) return;
      const { requester, typed, plan, profile } = event.data;
      const use = new PastUse();
      this.#uses.set(event.request, use);
      const named = profile === undefined ? {} : { profile };
      this.#opened.set(event.request, { id: event.request, openedAt, requester, typed, plan, ...named, use });
    } else if (event.type === "request.judged") {
      const opened = this.#opened.get(event.request);
      if (opened === undefined) return;
      // Judged again (narrowed, redeemed): what counts is what was said when it was asked.
      this.#opened.delete(event.request);
      const { effect, requires, obligations, explanation } = event.data;
      const rules = explanation.filter(({ applies }) => applies).map(({ rule }) => rule);
      const then = { effect, requires, rules, ...(obligations === undefined ? {} : { obligations }) };
      this.requests.push({ ...opened, then, judgedAs: event.seq });
    } else {
      this.#uses.get(event.request)?.add(event);
    }
  }
}

/** How the past is judged again. */
export interface Replaying {
  /** What was opened before only counts towards limits; milliseconds since the Unix epoch, UTC. */
  readonly since?: number;
  /** What holds sessions where this is asked: the trail does not say it of requests that never ran. */
  readonly level?: Situation["level"];
}

/** What is permitted may have been asked so long before. */
const longestBefore = 31 * 86_400_000;

/**
 * From when on requests have to be gathered, so that what they took of this policy's limits is known: milliseconds
 * since the Unix epoch, UTC.
 */
export function gatheredFrom(policy: Policy, since: number): number {
  const need = historyNeeded(policy, since);
  return need === undefined ? since : need.since - longestBefore;
}

/**
 * Every request with what the policy says to it now, judged as of the moment it was opened, in the order of the trail.
 *
 * Of this policy's limits is taken what really ran and would have under this policy, and what it would have let run at
 * once that did not then: a limit that is tried shows what it stops. What people would be asked about takes nothing
 * unless they really said yes, as nobody knows what they would have said; what this policy denies takes nothing.
 */
export function replay(
  requests: readonly PastRequest[],
  policy: Policy,
  { since = Number.NEGATIVE_INFINITY, level }: Replaying = {},
): readonly Replayed[] {
  const taken = new Taken();
  return requests.flatMap((request): readonly Replayed[] => {
    const now = answerOf(request, policy, taken, level);
    if (request.openedAt < since) return [];
    if (now === undefined) return [{ request, now, changes: ["unreadable"] }];
    return [{ request, now, changes: changesBetween(request.then, now) }];
  });
}

/** What the requests before took of the limits of the policy that judges them now. */
class Taken {
  #all: {
    readonly request: PastRequest;
    readonly rules: readonly string[];
    readonly scan: ScanPlan;
    /** Until when it would have run, where it would have run at once and did not; milliseconds. */
    readonly endedAt: number | undefined;
  }[] = [];

  add(request: PastRequest, { effect, obligations }: AnswerThen, scan: ScanPlan): void {
    const rules = obligations?.limits?.map(({ rule }) => rule) ?? [];
    if (obligations === undefined || rules.length === 0) return;
    const runsAnew = effect === "allow" && request.then.effect !== "allow";
    const seconds = Math.min(obligations.ttlSeconds, scan.estimate.seconds);
    const endedAt = runsAnew ? request.openedAt + seconds * 1000 : undefined;
    this.#all.push({ request, rules, scan, endedAt });
  }

  before({ judgedAs, openedAt }: PastRequest, need: HistoryNeed): readonly PastRun[] {
    return this.#all.flatMap(({ request, rules, scan, endedAt }): readonly PastRun[] => {
      const supposed = endedAt === undefined ? undefined : { at: request.openedAt, open: endedAt > openedAt };
      const seen = request.use.seenAt(judgedAs, openedAt) ?? supposed;
      if (seen === undefined || (seen.at <= need.since && !seen.open)) return [];
      const run = { ...seen, requester: request.requester.name, probes: scan.estimate.probes, targets: scan.targets };
      return rules.map((rule) => ({ ...run, rule }));
    });
  }
}

function answerOf(
  request: PastRequest,
  policy: Policy,
  taken: Taken,
  level: Situation["level"],
): AnswerThen | undefined {
  const { plan, requester, openedAt, profile } = request;
  let scan;
  try {
    scan = fromDocument(plan);
  } catch {
    return undefined;
  }
  const need = historyNeeded(policy, openedAt);
  const decision = decide(policy, scan, {
    requester,
    now: openedAt,
    ...(profile === undefined ? {} : { profile }),
    ...(level === undefined ? {} : { level }),
    ...(need === undefined ? {} : { history: taken.before(request, need) }),
  });
  const rules = decision.explanation.filter(({ applies }) => applies).map(({ rule }) => rule);
  const { effect, requires } = decision;
  if (!("obligations" in decision)) return { effect, requires, rules };
  const answer: AnswerThen = { effect, requires, rules, obligations: decision.obligations };
  taken.add(request, answer, scan);
  return answer;
}

function changesBetween(then: AnswerThen, now: AnswerThen): Replayed["changes"] {
  if (then.effect !== now.effect) return ["effect"];
  const changes: Replayed["changes"][number][] = [];
  if (demands(then) !== demands(now)) changes.push("requires");
  if (obligationsText(then) !== obligationsText(now)) changes.push("obligations");
  return changes;
}

/** What is demanded, whatever the rules are called that demand it and in whatever order keys stand. */
function demands({ requires }: AnswerThen): string {
  return requires
    .map((one) => {
      if ("confirm" in one) return "confirm";
      const votes = Object.entries(one.votes).sort(([left], [right]) => (left < right ? -1 : 1));
      const { answerWithinSeconds, startWithinSeconds, reason, strength, breakGlass } = one;
      const via = [...one.via].sort();
      const clocks = [answerWithinSeconds, startWithinSeconds, breakGlass?.ttlSeconds, breakGlass?.alert];
      return JSON.stringify([votes, via, clocks, reason?.minLength, reason?.pattern, strength]);
    })
    .sort()
    .join("\n");
}

function obligationsText({ obligations }: AnswerThen): string {
  if (obligations === undefined) return "";
  const { ttlSeconds, enforce, egress, onViolation, limits = [], notify } = obligations;
  const counted = limits
    .map(({ runs, probes, concurrent, coolDownSeconds }) => {
      const rates = [runs?.count, runs?.seconds, probes?.count, probes?.seconds];
      return JSON.stringify([rates, concurrent, coolDownSeconds]);
    })
    .sort();
  return JSON.stringify([ttlSeconds, enforce.maxRate, egress, onViolation, counted, notify]);
}
