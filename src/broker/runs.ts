// From a grant that is used up (redeem.ts) to the end of its one run, as the record sees it: every report of the runner
// is on disk before the runner goes on.
import { together, type Step } from "../core/approval/change.ts";
import { idBytes, sessionIdFrom } from "../core/approval/ids.ts";
import { withNews } from "../core/approval/outgoing.ts";
import { ownPartOf } from "../core/approval/own-part.ts";
import { openRequest } from "../core/approval/open.ts";
import type { Request } from "../core/approval/request.ts";
import { abandon, end, redeem as redeemStep, start, violate } from "../core/approval/run.ts";
import type { SessionId } from "../core/audit/event.ts";
import type { Terms } from "../core/confinement/confinement.ts";
import type { Grant } from "../core/grant/grant.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import { digestOfDocument } from "../core/plan/digest.ts";
import { fromDocument } from "../core/plan/document.ts";
import { differences } from "../core/plan/ran-as-planned.ts";
import type { Decision } from "../core/policy/decision.ts";
import { unreachable } from "../core/result.ts";
import type { Problem } from "../core/result.ts";
import type { Summary } from "../core/results/summary.ts";
import type { CommitResult, Effects } from "../effects.ts";
import type { Judged, Order, Outcome, Report } from "../messages.ts";
import { readResult } from "./read-result.ts";
import { openingOf, outcomeOf } from "./requests.ts";

/** What the broker knows of a run while it lasts: nobody else may move its request, and the store refuses if they did. */
export interface Run {
  readonly kind: "run";
  readonly order: Order;
  request: Request;
  /** Its session, once that is on record. */
  record?: SessionRecord;
  /** What is not on disk yet: it goes there together with the runner's first report, before nmap exists. */
  unrecorded?: Step;
  /** The opening of a request that is not on disk yet: all that is kept of it when it may not start. */
  opening?: Step;
  /** Seconds that the session has in all, once it was made longer. */
  ttlSeconds?: number;
  /** Who ended it and why, once that was seen. */
  endedBecause?: string;
  /** What is on record of what it was refused, as the sentences came in. */
  violations?: readonly string[];
  /** Why it may not start after all: revoked or frozen in the last moment. */
  refused?: Outcome;
  /** What was read from its result, and what of it is not as it was planned: as it stands on record. */
  result?: { readonly summary: Summary; readonly violations: readonly string[] };
}

/** Whether a line can begin at once: allowed, not put off, and under no limit for which it would have to be reserved a place first. */
export const beginsAtOnce = ({ ask, decision }: Judged): boolean =>
  decision.effect === "allow" && decision.obligations.limits === undefined && ask.notBefore === undefined;

/**
 * An allowed line, opened, granted and claimed at one moment. What `redeem` looks at again after people were asked can't
 * have changed here: it is the same moment, and the policy, the plan and the facts of the judgement itself. So nothing
 * has to be on disk in between, and one wait for the disk serves until nmap starts.
 */
export function begin(judged: Judged, fx: Pick<Effects, "clock" | "random">): Run | Outcome {
  const { ask, decision, plan } = judged;
  const opened = openRequest(openingOf(judged, fx));
  if (!opened.ok) return { kind: "not-understood", problem: opened.error };
  const { step } = opened.value;
  const { grant } = step;
  if (grant === undefined) throw new Error(`a line that policy answers with ${decision.effect} begins without a grant`);
  const session = newSession(fx);
  const claimed = redeemStep(opened.value.request, {
    grant: grant.grant,
    state: "issued",
    votes: [],
    people: new Map(),
    decision,
    planDigest: digestOfDocument(plan),
    session,
    now: fx.clock.now(),
  });
  if (!claimed.ok) throw new Error(`a scan that ${ask.requester.name} may run can't begin: ${claimed.error.message}`);
  const unrecorded = together(step, claimed.value);
  const ttlSeconds = boxOf(grant.grant, decision);
  const terms = termsOf(opened.value.request);
  const order = { kind: "order", session, grant: grant.grant, ttlSeconds, plan, terms } as const;
  return { kind: "run", order, request: unrecorded.request.next, unrecorded, opening: step };
}

/** What policy says of the session beside its plan, as it was approved. */
export function termsOf({ obligations }: Pick<Request, "obligations">): Terms {
  const { egress, onViolation } = obligations;
  return { ...(egress === undefined ? {} : { egress }), ...(onViolation === undefined ? {} : { onViolation }) };
}

export const newSession = (fx: Pick<Effects, "random">): SessionId => sessionIdFrom(fx.random.bytes(idBytes));

/** The session's time box, in seconds: the grant's, or less where a window closes sooner than when it was issued. */
export function boxOf(grant: Grant, decision: Decision): number {
  return decision.effect === "deny" ? 0 : Math.min(grant.ttlSeconds, decision.obligations.ttlSeconds);
}

/** Puts a report of the runner on the trail; resolves when it is on disk, or with `refused` when it may not start. */
export async function acknowledge(
  run: Run,
  report: Report,
  fx: Pick<Effects, "store" | "clock" | "asked">,
): Promise<"on-record" | "refused"> {
  const { violations = [], ...made } = stepOf(run, report, fx.clock.now());
  const step = withNews(made, run.request.obligations.notify);
  const committed = await fx.store.commit(run.unrecorded === undefined ? step : together(run.unrecorded, step));
  if (committed.kind === "lost" && report.kind === "ended" && isOver(committed.current) && step.result !== undefined) {
    // Its end is on record already: who revoked it, or a sweep, did not wait for a program that was stopped.
    run.request = committed.current;
    run.result = { summary: step.result.summary, violations };
    return "on-record";
  }
  if (committed.kind !== "committed") {
    const refused = runs(report) ? undefined : await refusal(run, committed, fx);
    // Nobody may move a request that runs; if somebody did, what runs is not what is on record.
    if (refused === undefined) throw new Error(`request ${run.request.id} was moved by somebody else while it ran`);
    run.refused = refused;
    return "refused";
  }
  run.request = step.request.next;
  delete run.unrecorded;
  if (step.session !== undefined) run.record = step.session;
  if (step.result !== undefined) run.result = { summary: step.result.summary, violations };
  else if (violations.length > 0) run.violations = violations;
  return "on-record";
}

const isOver = (request: Request | undefined): request is Request => request !== undefined && "endedAt" in request;

/** What becomes of a run that was revoked or frozen between its redemption and its start. */
async function refusal(
  run: Run,
  lost: Exclude<CommitResult, { kind: "committed" }>,
  fx: Pick<Effects, "store" | "clock" | "asked">,
): Promise<Outcome | undefined> {
  if (lost.kind === "lost") return lost.current && outcomeOf(lost.current);
  if (lost.kind !== "frozen") return undefined;
  const { freeze } = lost;
  // What policy allows is kept as allowed: it can be run when the freeze is lifted. A grant that is used up is gone.
  const kept =
    run.opening ??
    abandon(run.request, run.order.session, undefined, "everything was frozen before it started", fx.clock.now());
  if (run.opening !== undefined) await fx.asked.note(kept.request.next.id, ownPartOf(kept.request.next));
  const committed = await fx.store.commit(kept);
  if (committed.kind === "lost") return committed.current && outcomeOf(committed.current);
  return { kind: "frozen", request: committed.kind === "committed" ? kept.request.next : run.request, freeze };
}

/** Whether nmap ran when it was said. */
const runs = ({ kind }: Report): boolean => kind === "ended" || kind === "violating";

/** With all that is known to be violated once it is on record. */
type Recorded = Step & { readonly violations?: readonly string[] };

function stepOf(run: Run, report: Report, now: number): Recorded {
  const { order, record, request, violations: before = [] } = run;
  switch (report.kind) {
    case "starting": {
      const { id: grant } = order.grant;
      const { ttlSeconds } = order;
      const { session, argv } = report;
      const started = {
        id: session,
        request: request.id,
        grant,
        argv,
        ttlSeconds,
        level: report.level,
        startedAt: now,
      } as const;
      return start(request, started, report.privileged);
    }
    case "violating": {
      const step = violate(request, report.session, report.violations, now);
      return { ...step, violations: [...before, ...report.violations] };
    }
    case "failed":
      return abandon(request, order.session, record, report.problem.message, now);
    case "ended": {
      if (record === undefined) throw new Error(`session ${order.session} ended without having started`);
      const { account, ...result } = readResult(report.session, report.xml);
      const found = [...report.violations, ...differences(fromDocument(order.plan), record.argv, account)];
      // What was refused stays refused, also where the kernel could not be asked again at the end.
      const violations = found.length === 0 ? before : found;
      const because = run.endedBecause === undefined ? {} : { because: run.endedBecause };
      const news = violations.filter((sentence) => !before.includes(sentence));
      return { ...end(request, record, { ...report, ...because, violations: news, result }), violations };
    }
    default:
      return unreachable(report);
  }
}

/** What the run came to, for the exit code and the last line. */
export function conclude(
  { order, request, result, ...run }: Run,
  ended: Extract<Report, { kind: "ended" | "failed" }>,
  outputs: Extract<Outcome, { kind: "ran" }>["outputs"],
): Outcome {
  if (run.refused !== undefined) return run.refused;
  if (ended.kind === "failed") return { kind: "not-started", request, problem: ended.problem satisfies Problem };
  const { session, ending, exitCode, signal } = ended;
  if (result === undefined) throw new Error(`session ${session} ended without a result on record`);
  const { summary, violations } = result;
  const { complete } = summary;
  const ttlSeconds = run.ttlSeconds ?? order.ttlSeconds;
  return {
    kind: "ran",
    request,
    session,
    ending,
    exitCode,
    signal,
    ttlSeconds,
    complete,
    violations,
    summary,
    outputs,
  };
}
