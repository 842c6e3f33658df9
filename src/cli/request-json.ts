// A request as `show --json` and `requests --json` print it: times RFC 3339 in UTC, durations in seconds.
import type { Freeze } from "../core/approval/freeze.ts";
import type { Delivery } from "../core/approval/delivery.ts";
import type { Request, Vote } from "../core/approval/request.ts";
import type { AuditEvent } from "../core/audit/event.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import { fingerprintOf } from "../core/plan/digest.ts";
import { time } from "../core/time.ts";
import { deliveryJson } from "./delivery-lines.ts";
import { planJson, requirementJson } from "./plan-json.ts";

/** What `requests --json` has of each: who, what state, since when, and what kind of plan. */
export function requestJson(request: Request) {
  return {
    id: request.id,
    version: request.version,
    requester: { name: request.requester.name, uid: request.requester.uid },
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    effect: request.effect,
    ...stateJson(request),
    openedAt: time(request.openedAt),
    answerBy: time(request.answerBy),
    ...(request.notBefore === undefined ? {} : { notBefore: time(request.notBefore) }),
    ...(request.notAfter === undefined ? {} : { notAfter: time(request.notAfter) }),
    digest: request.digest,
    planDigest: request.planDigest,
    fingerprint: fingerprintOf(request.planDigest),
    requires: request.requires.map(requirementJson),
    obligations: request.obligations,
  };
}

/** The freeze in force: who set it, why and when. */
export const freezeJson = ({ by, because, since }: Freeze) => ({ by, because, since: time(since) });

function stateJson(request: Request) {
  const { state } = request;
  return {
    state,
    ...("decidedAt" in request ? { decidedAt: time(request.decidedAt) } : {}),
    ...("startBy" in request ? { startBy: time(request.startBy) } : {}),
    ...("claimedAt" in request ? { claimedAt: time(request.claimedAt) } : {}),
    ...("startedAt" in request ? { startedAt: time(request.startedAt) } : {}),
    ...("endedAt" in request ? { endedAt: time(request.endedAt) } : {}),
    ...("by" in request ? { by: request.by } : {}),
    ...("because" in request ? { because: request.because } : {}),
  };
}

/** Everything that is known of one request. */
export interface Story {
  readonly request: Request;
  readonly votes: readonly Vote[];
  readonly sessions: readonly SessionRecord[];
  readonly events: readonly AuditEvent[];
  readonly deliveries: readonly Delivery[];
}

export function storyJson({ request, votes, sessions, events, deliveries }: Story) {
  return {
    schema: 1,
    ...requestJson(request),
    cwd: request.cwd,
    policyDigest: request.policyDigest,
    plan: planJson(request.plan),
    explanation: request.explanation,
    votes: votes.map(({ voter, answer, strength, via, reason, proof, version, digest, castAt }) => ({
      voter,
      answer,
      strength,
      via,
      ...(reason === undefined ? {} : { reason }),
      ...(proof === undefined ? {} : { proof }),
      version,
      digest,
      castAt: time(castAt),
    })),
    sessions: sessions.map(({ id, grant, argv, ttlSeconds, level, startedAt, end }) => ({
      id,
      grant,
      argv,
      ttlSeconds,
      level,
      startedAt: time(startedAt),
      ...(end === undefined ? {} : { end: { ...end, endedAt: time(end.endedAt) } }),
    })),
    deliveries: deliveries.map(deliveryJson),
    events,
  };
}
