// Whether a grant may be used now, as far as the grant itself says. Votes, policy and the request's digest are looked
// at again beside it, in approval/run.ts; separate so that the runner can ask it too, which knows no policy.
import type { RequestTerms } from "../approval/request.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";
import type { Problem } from "../result.ts";
import { clockToleranceMs, longestSeconds, time } from "../time.ts";
import type { Grant, GrantState } from "./grant.ts";

export type GrantProblem = Problem<
  "grant-used" | "grant-lapsed" | "grant-revoked" | "grant-not-yet" | "grant-mismatch" | "grant-unbounded"
>;

/**
 * Checks that the grant is unused, of this time, bounded, and of exactly this request and this plan.
 *
 * @param planDigest  taken from the plan that is about to run, not from a record.
 * @param now  milliseconds since the Unix epoch, UTC. `notAfter` itself is too late.
 */
export function redeemable(
  grant: Grant,
  state: GrantState,
  terms: Pick<RequestTerms, "id" | "digest" | "obligations">,
  planDigest: PlanDigest,
  now: number,
): GrantProblem | undefined {
  if (state === "redeemed")
    return { code: "grant-used", message: "This permission has been used: it was for one run." };
  if (state === "revoked") return { code: "grant-revoked", message: "This permission was revoked." };
  if (state === "lapsed") return lapsed(grant);
  if (grant.request !== terms.id || grant.requestDigest !== terms.digest || grant.planDigest !== planDigest) {
    return { code: "grant-mismatch", message: "This permission is for another request or another plan." };
  }
  const { ttlSeconds, notBefore, notAfter } = grant;
  const bounded =
    Number.isSafeInteger(ttlSeconds) &&
    ttlSeconds >= 1 &&
    ttlSeconds <= longestSeconds &&
    ttlSeconds <= terms.obligations.ttlSeconds &&
    Number.isFinite(notBefore) &&
    Number.isFinite(notAfter);
  if (!bounded) return { code: "grant-unbounded", message: "This permission has no time box within its request's." };
  if (now < notBefore - clockToleranceMs) {
    return {
      code: "grant-not-yet",
      message: `This permission holds from ${time(notBefore)} on.`,
      hint: "If that is past, set the clock right.",
    };
  }
  if (now >= notAfter) return lapsed(grant);
  return undefined;
}

function lapsed(grant: Grant): GrantProblem {
  return {
    code: "grant-lapsed",
    message: `The scan had to start before ${time(grant.notAfter)}.`,
    hint: "Ask again.",
  };
}
