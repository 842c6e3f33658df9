// Makes a request from a decision: waiting, allowed at once with its grant, or refused at once. Separate from the other
// steps because only here does chance come in (as bytes) and only here are the clocks set.
import { issueGrant } from "../grant/issue.ts";
import type { PlanDocument } from "../plan/document.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";
import type { Decision, Obligations, Requester, Requirement } from "../policy/decision.ts";
import { err, ok, unreachable } from "../result.ts";
import type { Problem, Result } from "../result.ts";
import { formatDuration, time } from "../time.ts";
import type { Background } from "./background.ts";
import type { Step } from "./change.ts";
import { codeBytes, codeFrom, hashCode } from "./confirm-code-digest.ts";
import { idBytes, requestIdFrom } from "./ids.ts";
import { isAnswered, purposeOf, samePurpose, type Purpose } from "./purpose.ts";
import { requestDigest } from "./request-digest.ts";
import type { HeldBy, Request, RequestState, RequestTerms } from "./request.ts";
import { reserve } from "./reserve.ts";
import { eventOf, itself } from "./transitions.ts";

const nonceBytes = 16;

/** Random bytes that opening a request takes: two ids, the nonce, the code. */
export const openingBytes = 2 * idBytes + nonceBytes + codeBytes;

/** For requests that no rule gives clocks: a confirmation waits this long, an allow or a confirmation stays usable so long. */
const defaultAnswerWithinSeconds = 3600;
const defaultStartWithinSeconds = 3600;

/** How far ahead a start can be put: whoever approves today can't know what holds in half a year. */
export const latestStartSeconds = 31 * 86_400;

export interface Opening {
  readonly requester: Requester;
  readonly cwd: string;
  /** nmap's words as typed, for the trail. */
  readonly typed: readonly string[];
  readonly reason?: string;
  /** A shorter time box than the rule grants. */
  readonly ttlSeconds?: number;
  /** Approved now, started no sooner than this; milliseconds since the Unix epoch, UTC. */
  readonly notBefore?: number;
  readonly acceptsNarrower?: true;
  readonly held?: HeldBy;
  readonly plan: PlanDocument;
  readonly planDigest: PlanDigest;
  /** The one profile that the line was made of. */
  readonly profile?: string;
  readonly purpose?: Purpose;
  readonly decision: Decision;
  readonly background?: Background;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly now: number;
  /** At least `openingBytes` from the operating system's generator. */
  readonly bytes: Uint8Array;
}

export interface OpenedRequest {
  readonly request: Request;
  readonly step: Step;
  /** The confirm code, where people are asked: for the requester's terminal and nothing else. */
  readonly code?: string;
}

/**
 * Opens a request.
 *
 * An allow is approved at once and its grant issued; a deny is kept as a request that has already ended, with
 * obligations that permit nothing (a time box of 0 seconds, which no grant check lets pass).
 *
 * @returns `ttl-too-long` when a longer time box was asked for than the rules grant; `not-before-too-late` for a start
 * further ahead than `latestStartSeconds`.
 */
export function openRequest(opening: Opening): Result<OpenedRequest, Problem<"ttl-too-long" | "not-before-too-late">> {
  const { decision, now, bytes, notBefore } = opening;
  if (bytes.length < openingBytes)
    throw new RangeError(`opening needs ${openingBytes} random bytes, got ${bytes.length}`);
  const granted =
    decision.effect === "deny"
      ? { ...nothing, ...(decision.notify !== undefined && { notify: decision.notify }) }
      : decision.obligations;
  const ttlSeconds = decision.effect === "deny" ? 0 : (opening.ttlSeconds ?? granted.ttlSeconds);
  if (ttlSeconds > granted.ttlSeconds) {
    return err({
      code: "ttl-too-long",
      message: `The rules grant ${formatDuration(granted.ttlSeconds)}, not ${formatDuration(ttlSeconds)}.`,
      hint:
        opening.purpose?.kind === "extension"
          ? `ask for at most ${formatDuration(granted.ttlSeconds)} more.`
          : `--jit-ttl takes at most ${formatDuration(granted.ttlSeconds)}.`,
    });
  }
  if (notBefore !== undefined && notBefore > now + latestStartSeconds * 1000) {
    return err({
      code: "not-before-too-late",
      message: `A scan can be asked for ${formatDuration(latestStartSeconds)} ahead at most.`,
      hint: "Ask again nearer to the time.",
    });
  }
  const clocks = clocksOf(decision.requires);
  const unsigned: Omit<RequestTerms, "digest"> = {
    id: requestIdFrom(bytes),
    version: 1,
    nonce: Buffer.from(bytes.subarray(idBytes, idBytes + nonceBytes)).toString("hex"),
    requester: opening.requester,
    ...(opening.reason !== undefined && { reason: opening.reason.toWellFormed() }),
    cwd: opening.cwd,
    ...(opening.profile !== undefined && { profile: opening.profile }),
    ...(opening.purpose !== undefined && { purpose: opening.purpose }),
    plan: opening.plan,
    planDigest: opening.planDigest,
    policyDigest: decision.policy.digest,
    effect: decision.effect,
    requires: decision.requires,
    obligations: { ...granted, ttlSeconds },
    explanation: decision.explanation,
    ...(opening.background !== undefined && { background: opening.background }),
    openedAt: now,
    answerBy: now + clocks.answerWithinSeconds * 1000,
    startWithinSeconds: clocks.startWithinSeconds,
    ...(opening.notBefore !== undefined && { notBefore: opening.notBefore }),
    ...(opening.acceptsNarrower !== undefined && { acceptsNarrower: opening.acceptsNarrower }),
    ...(opening.held !== undefined && { held: opening.held }),
  };
  const terms: RequestTerms = { ...unsigned, digest: requestDigest(unsigned) };
  const { digest, files } = decision.policy;
  const step = { ...firstStep(terms, opening), ...(files !== undefined && { policy: { digest, files } }) };
  if (step.request.next.state !== "pending" || decision.effect !== "ask")
    return ok({ request: step.request.next, step });
  const code = codeFrom(bytes.subarray(idBytes + nonceBytes));
  return ok({ request: step.request.next, step: { ...step, codeHash: hashCode(terms.id, code) }, code });
}

function firstStep(terms: RequestTerms, opening: Opening): Step {
  const { decision, now, bytes } = opening;
  const who = purposeOf(terms, "standing")?.filedBy ?? terms.requester.name;
  const opened = eventOf(terms, now, who, "request.opened", {
    requester: terms.requester,
    typed: opening.typed,
    cwd: terms.cwd,
    ...(terms.reason !== undefined && { reason: terms.reason }),
    ...(terms.profile !== undefined && { profile: terms.profile }),
    plan: terms.plan,
    planDigest: terms.planDigest,
    requestDigest: terms.digest,
  });
  const judged = eventOf(terms, now, itself, "request.judged", {
    effect: decision.effect,
    policyDigest: terms.policyDigest,
    requires: terms.requires,
    ...(decision.effect !== "deny" && { obligations: terms.obligations }),
    explanation: terms.explanation,
    ...(decision.effect === "deny" && { uncovered: decision.uncovered }),
    ...(terms.background !== undefined && { background: terms.background }),
  });
  const begin = (state: RequestState): Step["request"] => ({ expect: "new", next: { ...terms, ...state } });
  switch (decision.effect) {
    case "allow": {
      const grant = issueGrant(terms, now, bytes.subarray(idBytes + nonceBytes + codeBytes));
      return {
        request: begin({ state: "approved", decidedAt: now, startBy: grant.notAfter }),
        grant: { expect: "new", grant, next: "issued" },
        ...reserve(terms, terms.obligations.limits, grant, now),
        events: [opened, judged, grantIssued(terms, now, grant)],
      };
    }
    case "deny": {
      const because = decision.messages[0] ?? "policy does not allow it";
      return {
        request: begin({ state: "denied", endedAt: now, by: itself, because }),
        events: [opened, judged, eventOf(terms, now, itself, "request.denied", { by: itself, because })],
      };
    }
    case "confirm":
    case "ask":
      if (isAnswered(terms)) return answeredStep(terms, begin, [opened, judged], opening);
      return { request: begin({ state: "pending" }), events: [opened, judged] };
    default:
      return unreachable(decision);
  }
}

/** A request that needs nobody's answer, although policy asks for one: it was given before, or the glass is broken. */
function answeredStep(
  terms: RequestTerms,
  begin: (state: RequestState) => Step["request"],
  opened: readonly Step["events"][number][],
  { now, bytes }: Opening,
): Step {
  const grant = issueGrant(terms, now, bytes.subarray(idBytes + nonceBytes + codeBytes));
  const who = terms.requester.name;
  const standing = purposeOf(terms, "under-standing");
  const broken = purposeOf(terms, "break-glass");
  const startBy = time(grant.notAfter);
  const cited = standing === undefined ? {} : { standing: standing.standing };
  return {
    request: begin({ state: "approved", decidedAt: now, startBy: grant.notAfter }),
    grant: { expect: "new", grant, next: "issued" },
    ...reserve(terms, terms.obligations.limits, grant, now),
    ...(standing !== undefined && { standing: { standing: standing.standing, grant: grant.id } }),
    events: [
      ...opened,
      ...(broken === undefined
        ? []
        : [eventOf(terms, now, who, "break-glass.used", { reason: terms.reason ?? "", skipped: broken.skipped })]),
      eventOf(terms, now, itself, "request.approved", { by: [], startBy, ...cited }),
      grantIssued(terms, now, grant),
    ],
  };
}

/** States that a grant was issued, with all it is bound to. */
export function grantIssued(
  terms: RequestTerms,
  now: number,
  grant: ReturnType<typeof issueGrant>,
): Step["events"][number] {
  return eventOf(terms, now, itself, "grant.issued", {
    grant: grant.id,
    requestDigest: grant.requestDigest,
    planDigest: grant.planDigest,
    ttlSeconds: grant.ttlSeconds,
    notAfter: time(grant.notAfter),
  });
}

const nothing: Obligations = { ttlSeconds: 0, enforce: {} };

/** The shortest of all rules' clocks: each rule must be answered, and usable, within its own. */
function clocksOf(requires: readonly Requirement[]): { answerWithinSeconds: number; startWithinSeconds: number } {
  const asks = requires.filter((requirement) => "votes" in requirement);
  if (asks.length === 0) {
    return { answerWithinSeconds: defaultAnswerWithinSeconds, startWithinSeconds: defaultStartWithinSeconds };
  }
  return {
    answerWithinSeconds: Math.min(...asks.map((ask) => ask.answerWithinSeconds)),
    startWithinSeconds: Math.min(...asks.map((ask) => ask.startWithinSeconds)),
  };
}

/** The pending request of the same person for the same thing, which a second filing joins (approval.md, rule 9). */
export function joinable(pending: readonly Request[], opening: Omit<Opening, "bytes">): Request | undefined {
  if (opening.decision.effect === "deny") return undefined;
  const { obligations } = opening.decision;
  const ttlSeconds = opening.ttlSeconds ?? obligations.ttlSeconds;
  return pending.find(
    (request) =>
      request.state === "pending" &&
      opening.now < request.answerBy &&
      request.requester.uid === opening.requester.uid &&
      request.requester.name === opening.requester.name &&
      request.planDigest === opening.planDigest &&
      request.policyDigest === opening.decision.policy.digest &&
      request.cwd === opening.cwd &&
      request.profile === opening.profile &&
      request.notBefore === opening.notBefore &&
      request.acceptsNarrower === opening.acceptsNarrower &&
      request.held?.level === opening.held?.level &&
      samePurpose(request.purpose, opening.purpose) &&
      // A window that closes cuts the time box, by the second: it ends at the same time all the same.
      (request.obligations.ttlSeconds === ttlSeconds ||
        (obligations.endsAt !== undefined && request.obligations.endsAt === obligations.endsAt)) &&
      (opening.reason === undefined || request.reason === opening.reason),
  );
}
