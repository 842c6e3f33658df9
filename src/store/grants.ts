// Grants as rows: what was permitted stays as it was written, only the state moves, and only forward.
import type { Change } from "../core/approval/change.ts";
import type { RequestId } from "../core/approval/request.ts";
import type { Grant, GrantState } from "../core/grant/grant.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";

type GrantChange = NonNullable<Change["grant"]>;

/** Whether the grant is still as the writer saw it. */
export function isGrantAsExpected(statement: Prepare, { expect, grant }: GrantChange): boolean {
  const row = statement("SELECT state FROM grants WHERE id = ?").get(grant.id) as { state: GrantState } | undefined;
  return expect === "new" ? row === undefined : row?.state === expect;
}

export function putGrant(statement: Prepare, { expect, grant, next }: GrantChange): void {
  if (expect === "new") {
    statement("INSERT INTO grants (id, request, state, document) VALUES (?, ?, ?, ?)").run(
      grant.id,
      grant.request,
      next,
      JSON.stringify(grant),
    );
    return;
  }
  const swapped = statement("UPDATE grants SET state = ? WHERE id = ? AND state = ?").run(next, grant.id, expect);
  if (swapped.changes !== 1) throw new Error(`grant ${grant.id} moved inside its own transaction`);
}

/** The grant of a request's latest version. */
export function grantOf(
  statement: Prepare,
  request: RequestId,
): { readonly grant: Grant; readonly state: GrantState } | undefined {
  const row = statement(
    "SELECT id, request, state, document FROM grants WHERE request = ? ORDER BY rowid DESC LIMIT 1",
  ).get(request) as { id: string; request: string; state: GrantState; document: string } | undefined;
  if (row === undefined) return undefined;
  return { grant: documentOf<Grant>(row.document, { id: row.id, request: row.request }), state: row.state };
}
