// What lets a scan run without a vote of its own: a standing approval that covers it, or a rule whose glass may be
// broken. Pure; looked at when such a request opens and again when its grant is redeemed.
import type { Grant, GrantState } from "../grant/grant.ts";
import type { Decision, Requirement } from "../policy/decision.ts";
import { time } from "../time.ts";
import { purposeOf, type PurposeOf } from "./purpose.ts";
import { requestDigest } from "./request-digest.ts";
import type { Request, RequestId, RequestTerms, Vote } from "./request.ts";
import { tally, type People } from "./tally.ts";

/** A standing approval with what it rests on. */
export interface Basis {
  readonly request: Request;
  readonly grant: Grant;
  readonly state: GrantState;
  /** Those whose proofs still hold. */
  readonly votes: readonly Vote[];
  readonly people: People;
  /** How the plan reaches beyond the scope, as the end of a sentence; absent when it lies within. */
  readonly outside?: string;
}

type Run = Pick<RequestTerms, "requester" | "obligations" | "held">;

/**
 * Why a run is not covered by a standing approval, as the end of a sentence; undefined when it is. Its votes are counted
 * again, against what was asked then and against what policy asks of the run now. Its budget is the store's to count.
 */
export function notUnder(
  run: Run,
  cited: Omit<PurposeOf<"under-standing">, "kind">,
  basis: Basis,
  decision: Decision,
  now: number,
): string | undefined {
  const { request, grant, state, votes, people, outside } = basis;
  const terms = purposeOf(request, "standing");
  if (terms === undefined || request.id !== cited.standing) return "it is no standing approval";
  if (request.digest !== cited.digest || requestDigest(request) !== request.digest)
    return "it is not the one that was cited";
  if (request.state !== "approved" || state !== "issued" || grant.requestDigest !== request.digest) {
    return `it is ${request.state === "approved" ? state : request.state}`;
  }
  if (now >= terms.until) return `it ended at ${time(terms.until)}`;
  if (now < grant.notBefore) return `it holds from ${time(grant.notBefore)} on`;
  if (now >= grant.notAfter) return `it held until ${time(grant.notAfter)}`;
  const { name, uid } = request.requester;
  // Exactly: this lets somebody in, so no spelling counts as another.
  if (run.requester.name !== name || run.requester.uid !== uid) return `it is ${request.requester.name}'s`;
  if (outside !== undefined) return outside;
  if (run.obligations.ttlSeconds > request.obligations.ttlSeconds) return "its time box is longer";
  if (request.held?.level === "enforced" && run.held?.level !== "enforced") {
    return "it was approved for enforced sessions";
  }
  if (decision.effect === "deny") return "policy denies the scan";
  if (decision.requires.some((requirement) => "confirm" in requirement)) return "policy asks for a confirmation";
  if (tally(request, votes, people).kind !== "approved") return "its votes do not suffice any more";
  const asked = { ...request, requires: decision.requires };
  if (decision.effect !== "allow" && tally(asked, votes, people).kind !== "approved") {
    return "policy asks others than those who approved it";
  }
  return undefined;
}

/** Whether every rule that asks lets it run without asking, for at least so long. */
export function mayBreak(requires: readonly Requirement[], ttlSeconds: number): boolean {
  return requires.every(
    (requirement) => "confirm" in requirement || (requirement.breakGlass?.ttlSeconds ?? 0) >= ttlSeconds,
  );
}

/** The time box of a run past the rules that ask, in seconds; a problem's rule where one can't be broken. */
export function brokenBox(requires: readonly Requirement[]): number | { readonly rule: string } {
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (const requirement of requires) {
    if ("confirm" in requirement) continue;
    if (requirement.breakGlass === undefined) return { rule: requirement.rule };
    ttlSeconds = Math.min(ttlSeconds, requirement.breakGlass.ttlSeconds);
  }
  return ttlSeconds;
}

/** How long a requester may owe a review before the glass can't be broken again. */
export const reviewWithinMs = 24 * 3_600_000;

/** A run past those who would have been asked, which nobody has reviewed. */
export interface OwedReview {
  readonly request: RequestId;
  /** Login. */
  readonly requester: string;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly since: number;
}
