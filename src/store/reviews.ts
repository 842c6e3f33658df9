// Reviews that are owed for broken glass, read from the trail itself.
import type { RequestId } from "../core/approval/request.ts";
import type { OwedReview } from "../core/approval/standing.ts";
import type { Prepare } from "./database.ts";

/** What this login has run past those who would have been asked, and nobody has reviewed; the oldest first. */
export function owedReviews(statement: Prepare, requester?: string): readonly OwedReview[] {
  const rows = statement(
    `SELECT request, actor, time FROM events u WHERE type = 'break-glass.used' AND (:requester IS NULL OR actor = :requester)
       AND NOT EXISTS (SELECT 1 FROM events r WHERE r.request = u.request AND r.type = 'break-glass.reviewed')
     ORDER BY seq`,
  ).all({ requester: requester ?? null }) as { request: RequestId; actor: string; time: string }[];
  return rows.map(({ request, actor, time }) => ({ request, requester: actor, since: Date.parse(time) }));
}
