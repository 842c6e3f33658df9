// A request in one line of a listing.
import { cardOf } from "../core/approval/card.ts";
import { cardPlan } from "../core/approval/card-of-request.ts";
import type { Request } from "../core/approval/request.ts";

/** Kind and hosts, then the reason; the reason is empty where there is none. Not escaped. */
export function headlineOf(request: Request): readonly [what: string, reason: string] {
  const { headline } = cardOf(
    {
      requester: request.requester,
      plan: request.plan,
      requires: [],
      explanation: [],
      ...(request.background !== undefined && { background: request.background }),
      ...(request.purpose !== undefined && { purpose: request.purpose }),
    },
    cardPlan(request.plan, request.planDigest),
  );
  return [headline.slice(request.requester.name.length + 2), request.reason ?? ""];
}
