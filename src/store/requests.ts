// Requests and their votes as rows: the compare and the swap, and the ways of finding one.
import { requestIdPrefixes } from "../core/approval/ids.ts";
import type { Change, Expected } from "../core/approval/change.ts";
import type { Request, RequestId, Vote } from "../core/approval/request.ts";
import { leadsTo } from "../core/approval/transitions.ts";
import type { RequestFilter } from "../effects.ts";
import type { Prepare } from "./database.ts";
import { documentOf } from "./rows.ts";

interface RequestRow {
  readonly id: string;
  readonly state: string;
  readonly digest: string;
  readonly last_seq: number;
  readonly document: string;
}

const columns = "id, state, digest, last_seq, document";

/** A request, with the number of its last event: what tells a waiting process that something moved. */
export interface Found {
  readonly request: Request;
  readonly lastSeq: number;
}

function found(row: RequestRow): Found {
  const { id, state, digest } = row;
  return { request: documentOf<Request>(row.document, { id, state, digest }), lastSeq: row.last_seq };
}

export function requestById(statement: Prepare, id: RequestId): Found | undefined {
  const row = statement(`SELECT ${columns} FROM requests WHERE id = ?`).get(id) as RequestRow | undefined;
  return row === undefined ? undefined : found(row);
}

/** The number of a request's last event; undefined when there is no such request. */
export function lastSeq(statement: Prepare, id: RequestId): number | undefined {
  const row = statement("SELECT last_seq FROM requests WHERE id = ?").get(id) as
    Pick<RequestRow, "last_seq"> | undefined;
  return row?.last_seq;
}

/** At most this many candidates are listed for a prefix that fits too many. */
const candidates = 20;

/** Requests whose id begins so, in any spelling; a whole id is that request even if it begins another's. */
export function requestsByPrefix(statement: Prepare, prefix: string): readonly Found[] {
  const all = new Map<string, RequestRow>();
  for (const start of requestIdPrefixes(prefix)) {
    // `{` follows `z`: the alphabet's end. Nothing in a prefix has a meaning of its own here.
    const rows = statement(
      `SELECT ${columns} FROM requests WHERE id >= ? AND id < ? ORDER BY id LIMIT ${candidates}`,
    ).all(start, `${start}{`) as RequestRow[];
    for (const row of rows) {
      if (row.id === start) return [found(row)];
      all.set(row.id, row);
    }
  }
  return [...all.values()].map(found);
}

/** Newest first. */
export function listRequests(statement: Prepare, filter: RequestFilter): readonly Found[] {
  const where = [
    ...(filter.state === undefined ? [] : ["state = :state"]),
    ...(filter.requester === undefined ? [] : ["requester = :requester"]),
  ];
  const rows = statement(
    `SELECT ${columns} FROM requests ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
     ORDER BY opened_at DESC, last_seq DESC LIMIT :limit`,
  ).all({
    ...(filter.state !== undefined && { state: filter.state }),
    ...(filter.requester !== undefined && { requester: filter.requester }),
    limit: filter.limit ?? -1,
  }) as RequestRow[];
  return rows.map(found);
}

/** Whether the request is still as the writer saw it. */
export function isAsExpected(statement: Prepare, id: RequestId, expect: Expected | "new"): boolean {
  const row = statement("SELECT state, version, digest FROM requests WHERE id = ?").get(id) as Expected | undefined;
  if (expect === "new") return row === undefined;
  if (
    row === undefined ||
    row.state !== expect.state ||
    row.version !== expect.version ||
    row.digest !== expect.digest
  ) {
    return false;
  }
  if (expect.refusals !== undefined) {
    const { refusals } = statement(
      "SELECT count(*) AS refusals FROM events WHERE request = ? AND type = 'vote.refused'",
    ).get(id) as { refusals: number };
    if (refusals !== expect.refusals) return false;
  }
  if (expect.votes === undefined) return true;
  const counted = statement("SELECT count(*) AS votes FROM votes WHERE request = ?").get(id) as { votes: number };
  return counted.votes === expect.votes;
}

/** Whether nothing of this requester waits but what the writer knew of. */
export function knowsPending(statement: Prepare, requester: string | undefined, known: readonly RequestId[]): boolean {
  const rows = statement("SELECT id FROM requests WHERE state = 'pending' AND requester = ?").all(
    requester ?? "",
  ) as Pick<RequestRow, "id">[];
  const seen = new Set<string>(known);
  return rows.every(({ id }) => seen.has(id));
}

/** Writes the next request over the one that `isAsExpected` found, or as a new one. */
export function putRequest(
  statement: Prepare,
  { expect, next }: NonNullable<Change["request"]>,
  codeHash: string | undefined,
  seq: number,
): void {
  const from = expect === "new" ? "new" : expect.state;
  if (!leadsTo(from, next.state)) throw new Error(`no way from ${from} to ${next.state}`);
  if (expect === "new") {
    statement(
      `INSERT INTO requests (id, state, version, digest, requester, opened_at, last_seq, code_hash, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      next.id,
      next.state,
      next.version,
      next.digest,
      next.requester.name,
      next.openedAt,
      seq,
      codeHash ?? null,
      JSON.stringify(next),
    );
    return;
  }
  const swapped = statement(
    `UPDATE requests SET state = ?, version = ?, digest = ?, last_seq = ?, document = ?
     WHERE id = ? AND state = ? AND version = ? AND digest = ?`,
  ).run(
    next.state,
    next.version,
    next.digest,
    seq,
    JSON.stringify(next),
    next.id,
    expect.state,
    expect.version,
    expect.digest,
  );
  if (swapped.changes !== 1) throw new Error(`request ${next.id} moved inside its own transaction`);
}

export function codeHash(statement: Prepare, id: RequestId): string | undefined {
  const row = statement("SELECT code_hash FROM requests WHERE id = ?").get(id) as
    { code_hash: string | null } | undefined;
  return row?.code_hash ?? undefined;
}

export function putVote(statement: Prepare, vote: Vote): void {
  statement("INSERT INTO votes (request, version, voter, answer, document) VALUES (?, ?, ?, ?, ?)").run(
    vote.request,
    vote.version,
    vote.voter,
    vote.answer,
    JSON.stringify(vote),
  );
}

/** In the order they were cast. */
export function votesOn(statement: Prepare, id: RequestId): readonly Vote[] {
  const rows = statement(
    "SELECT request, version, voter, answer, document FROM votes WHERE request = ? ORDER BY number",
  ).all(id) as (Pick<Vote, "request" | "version" | "voter" | "answer"> & { document: string })[];
  return rows.map(({ document, ...row }) => documentOf<Vote>(document, row));
}
