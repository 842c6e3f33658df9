// The next version of a request, with less in it than the one before: what an approver's condition makes. It is a value
// that anybody computes again from the request and the condition, so that a vote can sign its digest before it exists.
import type { PlanDocument } from "../plan/document.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";
import { err, ok, type Problem, type Result } from "../result.ts";
import { formatDuration, time } from "../time.ts";
import type { Step } from "./change.ts";
import type { Narrowing } from "./narrowing.ts";
import { latestStartSeconds } from "./open.ts";
import { purposeOf, type PurposeOf } from "./purpose.ts";
import { requestDigest } from "./request-digest.ts";
import type { Request } from "./request.ts";
import { eventOf, seen, termsOf } from "./transitions.ts";

export type NarrowingProblem = Problem<"not-narrower" | "too-late">;

/** What is left of the plan, worked out by core/plan from the same condition. */
export interface PlanLeft {
  readonly plan: PlanDocument;
  readonly planDigest: PlanDigest;
}

/**
 * The version that follows. The time box, the rate and the time of the start only shrink, or move to later; rules,
 * votes needed, reason and the time to answer stay.
 *
 * @param left  equal to the request's own where the condition is not about the plan.
 */
export function narrowed(
  request: Request,
  narrowing: Narrowing,
  left: PlanLeft,
): Result<Extract<Request, { state: "pending" }>, NarrowingProblem> {
  if (request.state !== "pending") {
    return err({ code: "too-late", message: `Request ${request.id} is no longer waiting: it is ${request.state}.` });
  }
  const { ttlSeconds, maxRate, notBefore, notAfter } = narrowing;
  if (Object.values(narrowing).every((value) => value === undefined)) return refused("It takes nothing away.");
  const { obligations } = request;
  if (ttlSeconds !== undefined && !(Number.isSafeInteger(ttlSeconds) && ttlSeconds >= 1)) {
    return refused("A time box is a whole number of seconds from 1 on.");
  }
  if (ttlSeconds !== undefined && ttlSeconds >= obligations.ttlSeconds) {
    return refused(`The time box is ${formatDuration(obligations.ttlSeconds)} already.`);
  }
  const extension = purposeOf(request, "extension");
  const others = Object.entries(narrowing).some(([key, value]) => key !== "ttlSeconds" && value !== undefined);
  if (extension !== undefined && others) return refused("More time for a scan that runs can only be made shorter.");
  const start = startProblem(request, notBefore, notAfter);
  if (start !== undefined) return refused(start);
  const unsigned = {
    ...termsOf(request),
    version: request.version + 1,
    ...left,
    ...(extension !== undefined && { purpose: lessTime(extension, obligations.ttlSeconds, ttlSeconds) }),
    obligations: {
      ...obligations,
      ttlSeconds: ttlSeconds ?? obligations.ttlSeconds,
      enforce: { ...obligations.enforce, ...(maxRate !== undefined && { maxRate }) },
    },
    ...(notBefore !== undefined && { notBefore }),
    ...(notAfter !== undefined && { notAfter }),
  };
  return ok({ ...unsigned, digest: requestDigest(unsigned), state: "pending" });
}

/** The scan's box in all shrinks by as much as what is added to it. */
const lessTime = (extension: PurposeOf<"extension">, asked: number, given: number = asked): PurposeOf<"extension"> => ({
  ...extension,
  ttlSeconds: extension.ttlSeconds - (asked - given),
});

function startProblem(
  request: Request,
  notBefore: number | undefined,
  notAfter: number | undefined,
): string | undefined {
  for (const at of [notBefore, notAfter]) {
    if (at !== undefined && !Number.isSafeInteger(at)) return "That is no time.";
  }
  const earliest = notBefore ?? request.notBefore;
  if (notBefore !== undefined && notBefore <= (request.notBefore ?? request.openedAt)) {
    return `It starts no sooner than ${time(request.notBefore ?? request.openedAt)} already.`;
  }
  if (notBefore !== undefined && notBefore > request.openedAt + latestStartSeconds * 1000) {
    return `A start can be put off by ${formatDuration(latestStartSeconds)} at most.`;
  }
  if (notAfter !== undefined && notAfter >= (request.notAfter ?? Number.POSITIVE_INFINITY)) {
    return `It has to start before ${time(request.notAfter ?? notAfter)} already.`;
  }
  const latest = notAfter ?? request.notAfter;
  if (latest !== undefined && latest <= (earliest ?? request.openedAt)) return "It leaves no time to start.";
  return undefined;
}

const refused = (message: string): Result<never, NarrowingProblem> => err({ code: "not-narrower", message });

/** Puts the next version in place of the one before, whose votes no longer count. */
export function narrowStep(request: Request, next: Request, by: string, votes: number, now: number): Step {
  const { version, digest, plan, planDigest, obligations, background, notBefore, notAfter } = next;
  const event = eventOf(request, now, by, "request.narrowed", {
    version,
    by,
    requestDigest: digest,
    plan,
    planDigest,
    obligations,
    ...(background !== undefined && { background }),
    ...(notBefore !== undefined && { notBefore: time(notBefore) }),
    ...(notAfter !== undefined && { notAfter: time(notAfter) }),
  });
  return { request: { expect: seen(request, votes), next }, events: [event] };
}
