// Runs under standing approvals as rows: counted in the transaction that issues a run's grant, so that however many ask
// at once, never more than the budget get one.
import type { Change } from "../core/approval/change.ts";
import { purposeOf } from "../core/approval/purpose.ts";
import type { RequestId } from "../core/approval/request.ts";
import type { Prepare } from "./database.ts";
import { requestById } from "./requests.ts";

type Use = NonNullable<Change["standing"]>;

/** How many runs were taken: those that started, and those whose permission can still be used at `now`. */
export function standingRuns(statement: Prepare, standing: RequestId, now: number): number {
  const row = statement(
    `SELECT count(*) AS runs FROM standing_runs s JOIN grants g ON g.id = s.grant_id
     WHERE s.standing = :standing AND (
       (g.state = 'issued' AND json_extract(g.document, '$.notAfter') > :now)
       OR g.state = 'redeemed'
       OR EXISTS (SELECT 1 FROM sessions e WHERE e.grant_id = g.id))`,
  ).get({ standing, now }) as { runs: number };
  return row.runs;
}

/** Why there is no run left under it, in words; undefined when there is one. */
export function overBudget(statement: Prepare, { standing }: Use, now: number): string | undefined {
  const found = requestById(statement, standing)?.request;
  const terms = found && purposeOf(found, "standing");
  if (found?.state !== "approved" || terms === undefined || now >= terms.until) {
    return `the standing approval ${standing} is over`;
  }
  const taken = standingRuns(statement, standing, now);
  return taken < terms.runs ? undefined : `the standing approval ${standing} has had its ${terms.runs} runs`;
}

export function putStandingRun(statement: Prepare, { standing, grant }: Use): void {
  statement("INSERT INTO standing_runs (grant_id, standing) VALUES (?, ?)").run(grant, standing);
}
