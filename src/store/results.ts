// Results as rows: nmap's XML byte for byte, with the summary that was made of it.
import type { SessionId } from "../core/audit/event.ts";
import type { StoredResult } from "../core/grant/session-record.ts";
import type { Summary } from "../core/results/summary.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";

export function putResult(statement: Prepare, result: StoredResult): void {
  const { session, complete, summary, xml } = result;
  const bytes = Buffer.from(xml.buffer, xml.byteOffset, xml.byteLength);
  statement("INSERT INTO results (session, complete, summary, xml) VALUES (?, ?, ?, ?)").run(
    session,
    complete ? 1 : 0,
    JSON.stringify(summary),
    bytes,
  );
}

export function resultOf(statement: Prepare, session: SessionId): StoredResult | undefined {
  const row = statement("SELECT complete, summary, xml FROM results WHERE session = ?").get(session) as
    { complete: number; summary: string; xml: Buffer } | undefined;
  if (row === undefined) return undefined;
  return { session, xml: row.xml, complete: row.complete === 1, summary: documentOf<Summary>(row.summary, {}) };
}
