// Sessions as rows: written when one starts, completed once when it ends.
import type { RequestId } from "../core/approval/request.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";

interface SessionRow {
  readonly id: string;
  readonly request: string;
  readonly grant_id: string;
  readonly document: string;
}

/** A new session is stored; one that is stored takes its end, once. */
export function putSession(statement: Prepare, session: SessionRecord): void {
  const endedAt = session.end?.endedAt ?? null;
  const document = JSON.stringify(session);
  const known = statement("SELECT 1 FROM sessions WHERE id = ?").get(session.id) !== undefined;
  if (!known) {
    statement(
      "INSERT INTO sessions (id, request, grant_id, started_at, ended_at, document) VALUES (?, ?, ?, ?, ?, ?)",
    ).run(session.id, session.request, session.grant, session.startedAt, endedAt, document);
    return;
  }
  const ended = statement(
    "UPDATE sessions SET ended_at = ?, document = ? WHERE id = ? AND grant_id = ? AND ended_at IS NULL",
  ).run(endedAt, document, session.id, session.grant);
  if (ended.changes !== 1) throw new Error(`session ${session.id} had ended already`);
}

/** In the order they started. */
export function sessionsOf(statement: Prepare, request: RequestId): readonly SessionRecord[] {
  const rows = statement(
    "SELECT id, request, grant_id, document FROM sessions WHERE request = ? ORDER BY started_at, rowid",
  ).all(request);
  return rows.map((row) => record(row as SessionRow));
}

/** Sessions without an end, oldest first. */
export function openSessions(statement: Prepare): readonly SessionRecord[] {
  const rows = statement(
    "SELECT id, request, grant_id, document FROM sessions WHERE ended_at IS NULL ORDER BY started_at, rowid",
  ).all();
  return rows.map((row) => record(row as SessionRow));
}

function record({ id, request, grant_id: grant, document }: SessionRow): SessionRecord {
  return documentOf<SessionRecord>(document, { id, request, grant });
}
