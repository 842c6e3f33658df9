// What another policy would have said to past requests. The trail keeps whole plans, so that this is deciding again
// and nothing else; requests are read from events, because those are what the chain vouches for.
import type { RequestId } from "../approval/request.ts";
import type { AuditEvent } from "../audit/event.ts";
import { fromDocument, type PlanDocument } from "../plan/document.ts";
import { decide } from "../policy/decide.ts";
import type { Effect, Obligations, Requester, Requirement } from "../policy/decision.ts";
import type { Policy } from "../policy/policy.ts";

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
  readonly then: AnswerThen;
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
  readonly #opened = new Map<RequestId, Omit<PastRequest, "then">>();
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
      const { requester, typed, plan } = event.data;
      this.#opened.set(event.request, { id: event.request, openedAt, requester, typed, plan });
    } else if (event.type === "request.judged") {
      const opened = this.#opened.get(event.request);
      if (opened === undefined) return;
      // Judged again (narrowed, redeemed): what counts is what was said when it was asked.
      this.#opened.delete(event.request);
      const { effect, requires, obligations, explanation } = event.data;
      const rules = explanation.filter(({ applies }) => applies).map(({ rule }) => rule);
      const then = { effect, requires, rules, ...(obligations === undefined ? {} : { obligations }) };
      this.requests.push({ ...opened, then });
    }
  }
}

/** Every request with what the policy says to it now, judged as of the moment it was opened. */
export function replay(requests: readonly PastRequest[], policy: Policy): readonly Replayed[] {
  return requests.map((request): Replayed => {
    const now = answerOf(request, policy);
    if (now === undefined) return { request, now, changes: ["unreadable"] };
    return { request, now, changes: changesBetween(request.then, now) };
  });
}

function answerOf({ plan, requester, openedAt }: PastRequest, policy: Policy): AnswerThen | undefined {
  let scan;
  try {
    scan = fromDocument(plan);
  } catch {
    return undefined;
  }
  const decision = decide(policy, scan, { requester, now: openedAt });
  const rules = decision.explanation.filter(({ applies }) => applies).map(({ rule }) => rule);
  const { effect, requires } = decision;
  return { effect, requires, rules, ...("obligations" in decision ? { obligations: decision.obligations } : {}) };
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
      const { answerWithinSeconds, startWithinSeconds, reason } = one;
      const via = [...one.via].sort();
      return JSON.stringify([votes, via, answerWithinSeconds, startWithinSeconds, reason?.minLength, reason?.pattern]);
    })
    .sort()
    .join("\n");
}

function obligationsText({ obligations }: AnswerThen): string {
  return JSON.stringify([obligations?.ttlSeconds, obligations?.enforce.maxRate]);
}
