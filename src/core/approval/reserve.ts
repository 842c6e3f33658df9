// What a grant takes of its rules' limits, to be counted and kept in the transaction that issues or uses it.
import type { Grant } from "../grant/grant.ts";
import type { LimitUse } from "../policy/decision.ts";
import type { Reservation } from "./change.ts";
import type { RequestTerms } from "./request.ts";

/**
 * Nothing where no rule has limits that look at the trail.
 *
 * @param now  when it is counted, milliseconds since the Unix epoch, UTC.
 */
export function reserve(
  terms: Pick<RequestTerms, "id" | "requester" | "plan">,
  uses: readonly LimitUse[] | undefined,
  grant: Grant,
  now: number,
): { readonly reserve?: Reservation } {
  if (uses === undefined || uses.length === 0) return {};
  const { id, requester, plan } = terms;
  const { probes } = plan.estimate;
  return {
    reserve: {
      grant: grant.id,
      request: id,
      requester: requester.name,
      at: now,
      notAfter: grant.notAfter,
      probes,
      uses,
    },
  };
}
