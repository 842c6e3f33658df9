// Holds the tables against the events: every record must be what the trail says. Separate from the chain's own check,
// which is pure and needs no tables.
import { hash } from "node:crypto";
import type { Prepare } from "./database.ts";

export interface WrongRow {
  /** Which one, for a person: `vote 3 (alice on r…)`. */
  readonly row: string;
  readonly because: string;
}

/** Finds the first row of one kind that the trail does not vouch for: its name. */
interface Check {
  readonly because: string;
  /** Gives rows with one column, `row`. */
  readonly sql: string;
}

const of = (type: string, request: string): string =>
  `SELECT 1 FROM events e WHERE e.request = ${request} AND e.type = '${type}'`;
/** A member of an event's data equals an expression, absent ones included. */
const same = (member: string, expression: string): string => `AND json_extract(e.data, '$.${member}') IS ${expression}`;
const inDocument = (alias: string, member: string): string => `json_extract(${alias}.document, '$.${member}')`;

const checks: readonly Check[] = [
  {
    because: "the trail does not know this passkey",
    sql: `SELECT 'passkey of ' || p.person AS row FROM passkeys p WHERE NOT EXISTS (SELECT 1 FROM events e
      WHERE e.type = 'passkey.added' ${same("person", "p.person")} ${same("credential", "p.id")}
        ${same("publicKey", "p.public_key")})`,
  },
  {
    because: "the trail says that it was opened otherwise, or does not know it",
    sql: `SELECT 'request ' || r.id AS row FROM requests r WHERE r.requester IS NOT ${inDocument("r", "requester.name")}
      OR r.digest IS NOT ${inDocument("r", "digest")} OR r.version IS NOT ${inDocument("r", "version")}
      OR NOT EXISTS (${of("request.opened", "r.id")} ${same("requester.name", "r.requester")}
        ${same("requester.uid", inDocument("r", "requester.uid"))} ${same("reason", inDocument("r", "reason"))}
        ${same("cwd", inDocument("r", "cwd"))}
        AND (r.version > 1 OR (json_extract(e.data, '$.requestDigest') IS r.digest
          ${same("planDigest", inDocument("r", "planDigest"))})))
      OR (r.version > 1 AND NOT EXISTS (${of("request.narrowed", "r.id")} ${same("version", "r.version")}
        ${same("requestDigest", "r.digest")} ${same("planDigest", inDocument("r", "planDigest"))}))`,
  },
  {
    because: "the trail says that policy answered otherwise",
    sql: `SELECT 'request ' || r.id AS row FROM requests r WHERE NOT EXISTS (${of("request.judged", "r.id")}
        ${same("effect", inDocument("r", "effect"))} ${same("policyDigest", inDocument("r", "policyDigest"))})`,
  },
  {
    because: "its state is not one that the trail led to",
    sql: `SELECT 'request ' || r.id AS row FROM requests r
      WHERE r.state IS NOT ${inDocument("r", "state")}
        OR (r.state IN ('claimed', 'running', 'finished', 'failed', 'killed') AND NOT EXISTS (${of("grant.redeemed", "r.id")}))
        OR (r.state = 'approved' AND NOT EXISTS (${of("grant.issued", "r.id")}))
        OR (r.state IN ('pending', 'approved') AND EXISTS (${of("grant.redeemed", "r.id")}))`,
  },
  {
    because: "it names an event that is not there",
    sql: `SELECT 'request ' || r.id AS row FROM requests r WHERE r.last_seq > (SELECT coalesce(max(seq), 0) FROM events)`,
  },
  {
    because: "the trail does not know this vote",
    sql: `SELECT 'vote ' || v.number || ' (' || v.voter || ' on ' || v.request || ')' AS row FROM votes v
      WHERE v.voter IS NOT ${inDocument("v", "voter")} OR v.answer IS NOT ${inDocument("v", "answer")}
        OR NOT EXISTS (${of("vote.cast", "v.request")} ${same("voter", "v.voter")} ${same("answer", "v.answer")}
          ${same("version", "v.version")} ${same("requestDigest", inDocument("v", "digest"))}
          ${same("strength", inDocument("v", "strength"))} ${same("proof.kind", inDocument("v", "proof.kind"))}
          ${same("proof.signature", inDocument("v", "proof.signature"))})`,
  },
  {
    because: "the trail does not know this grant",
    sql: `SELECT 'grant ' || g.id AS row FROM grants g WHERE NOT EXISTS (${of("grant.issued", "g.request")}
        ${same("grant", "g.id")} ${same("requestDigest", inDocument("g", "requestDigest"))}
        ${same("planDigest", inDocument("g", "planDigest"))} ${same("ttlSeconds", inDocument("g", "ttlSeconds"))})`,
  },
  {
    because: "its state is not one that the trail led to",
    sql: `SELECT 'grant ' || g.id AS row FROM grants g
      WHERE (g.state <> 'issued' AND NOT EXISTS (${of("grant.", "g.request").replace("= 'grant.'", "= 'grant.' || g.state")}
          ${same("grant", "g.id")}))
        OR (g.state = 'issued' AND EXISTS (${of("grant.redeemed", "g.request")} ${same("grant", "g.id")}))`,
  },
  {
    because: "it is not counted under the standing approval that the trail says it rests on",
    sql: `SELECT 'request ' || e.request AS row FROM events e WHERE e.type = 'request.approved'
      AND json_extract(e.data, '$.standing') IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM standing_runs s JOIN grants g ON g.id = s.grant_id
        WHERE g.request = e.request AND s.standing = json_extract(e.data, '$.standing'))`,
  },
  {
    because: "the trail does not know this session",
    sql: `SELECT 'session ' || s.id AS row FROM sessions s WHERE NOT EXISTS (${of("session.started", "s.request")}
        ${same("session", "s.id")} ${same("grant", "s.grant_id")})
        OR (s.ended_at IS NOT NULL) IS NOT EXISTS (${of("session.ended", "s.request")} ${same("session", "s.id")})`,
  },
];

/** The first row that the trail does not vouch for; undefined when there is none. */
export function heldAgainst(statement: Prepare): WrongRow | undefined {
  for (const { because, sql } of checks) {
    const found = statement(`${sql} LIMIT 1`).get() as { row: string } | undefined;
    if (found !== undefined) return { row: found.row, because };
  }
  return wrongResult(statement);
}

function wrongResult(statement: Prepare): WrongRow | undefined {
  const results = statement(
    `SELECT r.session AS session, r.xml AS xml, (SELECT json_extract(e.data, '$.sha256') FROM events e
       WHERE e.request = s.request AND e.type = 'result.stored' AND json_extract(e.data, '$.session') = r.session) AS sha256
     FROM results r LEFT JOIN sessions s ON s.id = r.session`,
  );
  for (const result of results.iterate() as IterableIterator<{ session: string; xml: Buffer; sha256: string | null }>) {
    const row = `result of session ${result.session}`;
    if (result.sha256 === null) return { row, because: "the trail does not know this result" };
    if (hash("sha256", result.xml) !== result.sha256) return { row, because: "it is not the one that was stored" };
  }
  return undefined;
}
