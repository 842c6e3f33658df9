// What was permitted under rules with limits: read for decisions, counted again and reserved in the transaction that
// issues the grant, so that two scans at the same moment can't both take the last place.
import type { Reservation } from "../core/approval/change.ts";
import type { Request, RequestId, RequestState } from "../core/approval/request.ts";
import type { GrantState } from "../core/grant/grant.ts";
import { fromDocument } from "../core/plan/document.ts";
import { needOf, overLimit } from "../core/policy/limits.ts";
import type { HistoryNeed, PastRun } from "../core/policy/limits.ts";
import { AddressSet } from "../core/sets/address-set.ts";
import type { Prepare } from "./database.ts";
import { requestById } from "./requests.ts";
import { unreachable } from "../core/result.ts";

interface UsageRow {
  readonly rule: string;
  readonly request: RequestId;
  readonly requester: string;
  readonly at: number;
  readonly not_after: number;
  readonly probes: number;
  readonly grant_state: GrantState;
  readonly request_state: RequestState["state"];
  readonly started: 0 | 1;
}

const columns = `u.grant_id, u.rule, u.request, u.requester, u.at, u.not_after, u.probes, g.state AS grant_state,
  r.state AS request_state, EXISTS (SELECT 1 FROM sessions s WHERE s.grant_id = u.grant_id) AS started`;

/** The runs that count: those since a time, and those that are still reserved or running. `except` is left out. */
export function history(
  statement: Prepare,
  need: HistoryNeed,
  now: number,
  except: RequestId | null = null,
): readonly PastRun[] {
  const rules = new Set(need.rules);
  const rows = statement(
    `SELECT ${columns} FROM usage u JOIN grants g ON g.id = u.grant_id JOIN requests r ON r.id = u.request
       WHERE u.at > :since AND u.request IS NOT :except
     UNION
     SELECT ${columns} FROM requests r JOIN usage u ON u.request = r.id JOIN grants g ON g.id = u.grant_id
       WHERE r.state IN ('approved', 'claimed', 'running') AND u.request IS NOT :except`,
  ).all({ since: need.since, except }) as UsageRow[];
  const targets = new Map<RequestId, AddressSet>();
  return rows.flatMap((row): readonly PastRun[] => {
    if (!rules.has(row.rule) || !counts(row, now)) return [];
    const { rule, requester, at, probes } = row;
    const open = row.grant_state === "issued" || row.request_state === "claimed" || row.request_state === "running";
    return [{ rule, requester, at, probes, open, ...(need.targets ? { targets: targetsOf(row.request) } : {}) }];
  });

  function targetsOf(id: RequestId): AddressSet {
    const known = targets.get(id);
    if (known !== undefined) return known;
    const found = requestById(statement, id);
    const set = found === undefined ? AddressSet.empty : fromDocument(found.request.plan).targets;
    targets.set(id, set);
    return set;
  }
}

/** A permission that was never used counts for nothing once it is gone. */
function counts(row: UsageRow, now: number): boolean {
  switch (row.grant_state) {
    case "issued":
      return row.not_after > now;
    case "redeemed":
      return true;
    case "lapsed":
      return false;
    case "revoked":
      return row.started === 1;
    default:
      return unreachable(row.grant_state);
  }
}

/** Which limit the reservation would exceed, in words; undefined where there is room for it. */
export function overReserved(statement: Prepare, reservation: Reservation, request: Request): string | undefined {
  const { uses, requester, at: now, probes } = reservation;
  const need = needOf(uses, now);
  if (need === undefined) return undefined;
  const past = history(statement, need, now, reservation.request);
  const targets = need.targets ? fromDocument(request.plan).targets : AddressSet.empty;
  for (const use of uses) {
    const because = overLimit(use, past, { requester, now, probes, targets });
    if (because !== undefined) return `rule ${use.rule}: ${because}`;
  }
  return undefined;
}

/** What a grant takes of its rules' limits; what it has taken before stays as it was. */
export function putReservation(statement: Prepare, reservation: Reservation): void {
  const { grant, request, requester, at, notAfter, probes } = reservation;
  for (const { rule } of reservation.uses) {
    statement(
      `INSERT INTO usage (grant_id, rule, request, requester, at, not_after, probes) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (grant_id, rule) DO NOTHING`,
    ).run(grant, rule, request, requester, at, notAfter, probes);
  }
}
