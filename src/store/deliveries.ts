// The outbox as rows: written with what they tell of, claimed by one process at a time, and ended together with the
// request that was their occasion.
import type { Change } from "../core/approval/change.ts";
import type { Delivery, DeliveryDraft, DeliveryStep } from "../core/approval/delivery.ts";
import type { RequestId } from "../core/approval/request.ts";
import type { Prepare } from "./database.ts";

interface DeliveryRow {
  readonly number: number;
  readonly request: RequestId;
  readonly version: number;
  readonly kind: Delivery["kind"];
  readonly approver: string;
  readonly recipient: string | null;
  readonly text: string | null;
  readonly starts_at: number;
  readonly until: number;
  readonly state: Delivery["state"];
  readonly at: number;
  readonly failures: number;
  readonly because: string | null;
  readonly look: string | null;
}

const columns =
  "number, request, version, kind, approver, recipient, text, starts_at, until, state, at, failures, because, look";

function delivery(row: DeliveryRow): Delivery {
  const { recipient, text, starts_at: from, because, look, ...rest } = row;
  return {
    ...rest,
    from,
    ...(recipient !== null && { to: recipient }),
    ...(text !== null && { text }),
    ...(because !== null && { because }),
    ...(look !== null && { look }),
  };
}

export function putDeliveries(statement: Prepare, drafts: readonly DeliveryDraft[]): void {
  const insert = statement(
    `INSERT INTO deliveries (request, version, kind, approver, recipient, text, starts_at, until, state, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { request, version, kind, approver, to, text, from, until } of drafts) {
    const state = kind === "decided" ? "held" : "due";
    insert.run(request, version, kind, approver, to ?? null, text ?? null, from, until, state, from);
  }
}

/** Those of one claim, at most so many: the others are left to whoever comes next. */
const mostAtOnce = 20;

const open = "state IN ('due', 'looking')";
const ofRequest = (request: RequestId | undefined): string => (request === undefined ? "" : "AND request = :request");
const named = (request: RequestId | undefined): { request?: RequestId } => (request === undefined ? {} : { request });

export function claimDeliveries(
  statement: Prepare,
  { claim, now, until }: { readonly claim: string; readonly now: number; readonly until: number },
  request: RequestId | undefined,
): readonly Delivery[] {
  const rows = statement(
    `UPDATE deliveries SET claim = :claim, claimed_until = :until WHERE number IN (
       SELECT number FROM deliveries WHERE ${open} AND at <= :now AND claimed_until <= :now ${ofRequest(request)}
       ORDER BY at, number LIMIT ${mostAtOnce}) RETURNING ${columns}`,
  ).all({ claim, now, until, ...named(request) }) as DeliveryRow[];
  return rows.map(delivery).sort((left, right) => left.number - right.number);
}

/** When the first is to be taken up; a claimed one when its claim ends. */
export function nextDelivery(statement: Prepare, request: RequestId | undefined): number | undefined {
  const { next } = statement(
    `SELECT min(max(at, claimed_until)) AS next FROM deliveries WHERE ${open} ${ofRequest(request)}`,
  ).get(named(request)) as { next: number | null };
  return next ?? undefined;
}

export function deliveriesOf(statement: Prepare, request: RequestId): readonly Delivery[] {
  const rows = statement(`SELECT ${columns} FROM deliveries WHERE request = ? ORDER BY number`).all(request);
  return (rows as DeliveryRow[]).map(delivery);
}

/** Whether it is still this claim's, and not ended by what happened meanwhile. */
export function isClaimed(statement: Prepare, { number, claim }: DeliveryStep): boolean {
  return (
    statement(`SELECT 1 FROM deliveries WHERE number = ? AND claim = ? AND ${open}`).get(number, claim) !== undefined
  );
}

export function putDeliveryStep(statement: Prepare, { number, next, keep }: DeliveryStep): void {
  const { state, at, failures, because, look } = next;
  const release = keep === true ? "" : "claim = NULL, claimed_until = 0,";
  statement(
    `UPDATE deliveries SET state = ?, at = ?, failures = ?, because = ?, look = ?, ${release}
       reached = max(reached, ?) WHERE number = ?`,
  ).run(state, at, failures, because ?? null, look ?? null, state === "sent" || state === "looking" ? 1 : 0, number);
}

/**
 * Questions end when the request is decided or becomes another version; those whom one has reached, and the requester,
 * then hear how it was decided.
 */
export function endDeliveries(statement: Prepare, { expect, next }: NonNullable<Change["request"]>, now: number): void {
  if (expect === "new" || expect.state !== "pending") return;
  if (next.state === "pending" && next.version === expect.version) return;
  statement(
    `UPDATE deliveries SET state = 'dropped', claim = NULL
     WHERE request = ? AND ${open} AND kind IN ('question', 'reminder') AND (version < ? OR ?)`,
  ).run(next.id, next.version, next.state === "pending" ? 0 : 1);
  if (next.state === "pending") return;
  statement(
    `UPDATE deliveries AS d SET state = CASE WHEN d.recipient IS ? OR EXISTS (
         SELECT 1 FROM deliveries q WHERE q.request = d.request AND q.approver = d.approver
           AND q.recipient IS d.recipient AND q.kind = 'question' AND q.reached = 1)
       THEN 'due' ELSE 'dropped' END, at = ?
     WHERE d.request = ? AND d.kind = 'decided' AND d.state = 'held'`,
  ).run(next.requester.name, now, next.id);
}
