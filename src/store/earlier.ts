// What a login was let scan before, for whoever decides on its next request. Its own file because it is bounded in every
// way: an account that scans each minute, or a million networks at a time, must not make anybody wait.
import type { Request, RequestId, RequestState } from "../core/approval/request.ts";
import type { EarlierScans } from "../effects.ts";
import type { Prepare } from "./database.ts";
import { requestById } from "./requests.ts";

/** Of a login's requests so many are looked at. */
const window = 2000;
/** So many are read. */
const most = 50;
/** Bytes of documents that are read in all; the first is read whatever its size. */
const mostBytes = 4 << 20;

const letThrough = (
  ["approved", "claimed", "running", "finished", "failed", "killed", "lapsed"] satisfies RequestState["state"][]
)
  .map((state) => `'${state}'`)
  .join(", ");

const voted = "AND EXISTS (SELECT 1 FROM votes WHERE votes.request = latest.id AND answer IN ('approve', 'confirm'))";

/** The newest first, by the index of requesters. */
export function earlierScans(statement: Prepare, requester: string, which: "voted" | "any"): EarlierScans {
  const rows = statement(
    `SELECT id, size FROM (
       SELECT id, state, octet_length(document) AS size, opened_at, last_seq FROM requests
       WHERE requester = :requester ORDER BY opened_at DESC, last_seq DESC LIMIT ${window}
     ) AS latest
     WHERE state IN (${letThrough}) ${which === "voted" ? voted : ""}
     ORDER BY opened_at DESC, last_seq DESC LIMIT ${most + 1}`,
  ).all({ requester }) as { id: RequestId; size: number }[];
  const { total } = statement(
    `SELECT count(*) AS total FROM (SELECT 1 FROM requests WHERE requester = ? LIMIT ${window + 1})`,
  ).get(requester) as { total: number };
  const requests: Request[] = [];
  let bytes = 0;
  for (const { id, size } of rows.slice(0, most)) {
    bytes += size;
    if (requests.length > 0 && bytes > mostBytes) break;
    const found = requestById(statement, id);
    if (found !== undefined) requests.push(found.request);
  }
  return { requests, whole: total <= window && requests.length === rows.length };
}
