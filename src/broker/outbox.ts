// Messages on their way: takes up what is due, hands it to its approver, and puts what became of it on the trail. Run by
// the command that waits, by those that end something, and by `serve`; whoever claims a message first sends it.
import { messageId, retryAfterMs, type Delivery, type DeliveryStep } from "../core/approval/delivery.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import { eventOf, itself } from "../core/approval/transitions.ts";
import type { EventData } from "../core/audit/event.ts";
import { isTrailFailure } from "../core/audit/trail-failure.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Approver, Asked, Effects } from "../effects.ts";
import { linkFor } from "./sign-in.ts";
import { castVote, votersOf } from "./votes.ts";

/** No attempt takes longer: a claim that is older was left behind by a process that ended. Milliseconds. */
const claimMs = 60_000;
/** An answer that is not there yet is looked for again at the earliest so much later. */
const soonestLookMs = 1_000;

/**
 * Tries every message that is due, each once and all at the same time; of one request, or of all.
 *
 * Resolves when the last is sent, failed or taken off by the signal. Rejects with the store's failure alone.
 */
export async function carryDue(signal: AbortSignal, fx: Effects, request?: RequestId): Promise<void> {
  if (signal.aborted) return;
  const now = fx.clock.now();
  const claim = Buffer.from(fx.random.bytes(16)).toString("hex");
  const due = await fx.store.outbox.claim(claim, now, now + claimMs, request);
  await Promise.all(due.map((delivery) => carry({ delivery, claim, signal }, fx)));
}

interface Carrying {
  readonly delivery: Delivery;
  readonly claim: string;
  readonly signal: AbortSignal;
}

async function carry(carrying: Carrying, fx: Effects): Promise<void> {
  const { delivery, signal } = carrying;
  const found = await fx.store.findRequest(delivery.request);
  if (found.kind !== "found") throw new Error(`delivery ${messageId(delivery)} is of no request`);
  const { request } = found;
  const now = fx.clock.now();
  const isQuestion = delivery.kind === "question" || delivery.kind === "reminder";
  if (isQuestion && (request.state !== "pending" || request.version !== delivery.version || now >= request.answerBy))
    return put(carrying, { state: "dropped", at: now }, fx);
  const policy = await fx.policy.load();
  if (!policy.ok) return failed(carrying, request, new Error("the policy can't be read"), fx);
  try {
    const approver = await approverOf(delivery, policy.value, fx);
    if (isQuestion) await ask(approver, carrying, { request, policy: policy.value }, fx);
    else await tell(approver, carrying, { request, policy: policy.value }, fx);
  } catch (cause) {
    // Nobody's fault: whoever comes next takes it up where it was.
    if (signal.aborted && !isTrailFailure(cause)) return put(carrying, { state: delivery.state, at: now }, fx);
    return failed(carrying, request, cause, fx);
  }
}

async function approverOf({ approver: name }: Delivery, policy: Policy, fx: Effects): Promise<Approver> {
  const named = policy.approvers.get(name);
  if (named === undefined) throw new Error(`the policy has no approver ${name} any more`);
  const approver = await fx.approver(named);
  if (!approver.ok) throw new Error(approver.error.message);
  return approver.value;
}

interface About {
  readonly request: Request;
  readonly policy: Policy;
}

async function ask(approver: Approver, carrying: Carrying, { request, policy }: About, fx: Effects): Promise<void> {
  const { delivery, signal } = carrying;
  const { approver: name, to } = delivery;
  const entitled = await votersOf(request, fx);
  // Who left the policy since it was filed is not asked any more.
  if (to !== undefined && !entitled.includes(to)) return put(carrying, { state: "dropped", at: fx.clock.now() }, fx);
  const voters = to === undefined ? entitled : [to];
  const link = await pageLink(request, to, fx);
  const question = { request, voters, name, policy, delivery, ...(link !== undefined && { link }) };
  const asked = await approver.ask(question, signal);
  // It may have been sent or not: who comes next sends it, with the same name.
  if (isOver(signal) && asked.answers.length === 0)
    return put(carrying, { state: delivery.state, at: fx.clock.now() }, fx);
  const isAnswer = delivery.state === "looking";
  const now = fx.clock.now();
  const next: DeliveryStep["next"] =
    asked.later === undefined
      ? { state: "sent", at: now, failures: 0 }
      : { state: "looking", at: Math.max(asked.later.at, now + soonestLookMs), failures: 0, look: asked.later.look };
  // Answers are counted when it is on record that they were asked for: should this process end in between, it is asked
  // once more, and the same answer is no second vote.
  const hasAnswers = asked.answers.length > 0;
  const first: DeliveryStep["next"] = hasAnswers ? { state: "looking", at: now, failures: 0 } : next;
  if (!isAnswer) {
    const data = { approver: name, voters, ...(delivery.kind === "reminder" && { again: true as const }) };
    await settle(carrying, request, first, { type: "approver.asked", data }, fx, hasAnswers);
  }
  await count(asked, request, delivery, fx);
  if (isAnswer || hasAnswers) await fx.store.outbox.put({ ...stepOf(carrying), next });
}

const isOver = (signal: AbortSignal): boolean => signal.aborted;

/** The answers are judged like any other; what is not counted is on record with the approver that brought it. */
async function count({ answers }: Asked, request: Request, delivery: Delivery, fx: Effects): Promise<void> {
  for (const answer of answers) {
    const counted = await castVote(
      { request: request.id, digest: request.digest, via: delivery.approver, ...answer },
      fx,
    );
    if (counted.kind !== "refused") continue;
    const data = { approver: delivery.approver, because: `its answer was not counted: ${counted.problem.message}` };
    await fx.store.commit({ events: [eventOf(request, fx.clock.now(), itself, "approver.failed", data)] });
  }
}

async function tell(approver: Approver, carrying: Carrying, { request, policy }: About, fx: Effects): Promise<void> {
  const { delivery, signal } = carrying;
  const { approver: name, kind, to } = delivery;
  const link = await pageLink(request, undefined, fx);
  await approver.tell?.({ request, name, policy, delivery, ...(link !== undefined && { link }) }, signal);
  const data = { approver: name, of: kind, ...(to !== undefined && { to }) };
  const next = { state: "sent", at: fx.clock.now(), failures: 0 } as const;
  await settle(carrying, request, next, { type: "approver.told", data }, fx);
}

/** Where the page shows the request; for one person a link that signs in as them, once. Undefined without a page. */
async function pageLink(request: Request, to: string | undefined, fx: Effects): Promise<string | undefined> {
  const configuration = await fx.config.load();
  const publicUrl = configuration.ok ? configuration.value.publicUrl : undefined;
  if (publicUrl === undefined) return undefined;
  const path = to === undefined ? `/r/${request.id}` : await linkFor({ person: to, by: itself }, request, fx);
  return publicUrl + path;
}

/** Not sent: tried again after a while, until there is no time left for it. */
async function failed(carrying: Carrying, request: Request, cause: unknown, fx: Effects): Promise<void> {
  // It ends the command (74).
  if (isTrailFailure(cause)) throw cause;
  const { delivery } = carrying;
  const because = cause instanceof Error ? cause.message : String(cause);
  const now = fx.clock.now();
  const failures = delivery.failures + 1;
  const at = now + retryAfterMs(failures);
  const isForGood =
    (cause instanceof Error && "isForGood" in cause && cause.isForGood === true) || at >= delivery.until;
  // What was asked once is only looked for from here on.
  const { look } = delivery;
  const again = { state: delivery.state, at, failures, because, ...(look !== undefined && { look }) };
  const next = isForGood ? ({ state: "failed", at: now, failures, because } as const) : again;
  await settle(
    carrying,
    request,
    next,
    { type: "approver.failed", data: { approver: delivery.approver, because } },
    fx,
  );
  if (delivery.kind !== "question" || failures > 1) return;
  const whom = delivery.to === undefined ? "" : ` (${delivery.to})`;
  fx.person.say("error", `${delivery.approver} could not be asked${whom}: ${because}`);
}

const stepOf = ({ delivery, claim }: Carrying): Pick<DeliveryStep, "number" | "claim"> => ({
  number: delivery.number,
  claim,
});

function put(carrying: Carrying, next: Pick<Delivery, "state" | "at">, fx: Effects): Promise<void> {
  const { failures, because, look } = carrying.delivery;
  const same = { failures, ...(because !== undefined && { because }), ...(look !== undefined && { look }) };
  return fx.store.outbox.put({ ...stepOf(carrying), next: { ...same, ...next } });
}

type Noted = {
  readonly [T in "approver.asked" | "approver.told" | "approver.failed"]: {
    readonly type: T;
    readonly data: EventData[T];
  };
}["approver.asked" | "approver.told" | "approver.failed"];

/** The end or next turn of a message with its event. Lost when its occasion is gone, or another process has it: no harm. */
async function settle(
  carrying: Carrying,
  request: Request,
  next: DeliveryStep["next"],
  { type, data }: Noted,
  fx: Effects,
  keep = false,
): Promise<void> {
  const event = eventOf(request, fx.clock.now(), itself, type, data);
  await fx.store.commit({ delivery: { ...stepOf(carrying), next, ...(keep && { keep }) }, events: [event] });
}

/** How long a message that is under way when nmap has ended may take: cut off, it might be sent twice. */
const graceMs = 2_000;

/** Sends what is due about a scan while it runs. `end` takes off what is still under way then: it stays due. */
export function carryMeanwhile(request: Request, fx: Effects): { end(): Promise<void> } {
  const over = new AbortController();
  // A trail that fails says so in the steps of the scan itself.
  const carried = carryDue(over.signal, fx, request.id).catch(() => undefined);
  return {
    async end() {
      const late = setTimeout(() => {
        over.abort();
      }, graceMs);
      await carried;
      clearTimeout(late);
    },
  };
}

/** Sends what is due while somebody waits for the request, without keeping them. */
export interface Carrier {
  /** When to come back, milliseconds since the Unix epoch. */
  turn(): Promise<number>;
}

/** While a message is under way, the one who waits looks again after so many milliseconds. */
const underWayMs = 1_000;

/** @param onFailure  hears of a trail that can't be written: the waiting has to end with it. */
export function createCarrier(
  request: RequestId,
  signal: AbortSignal,
  onFailure: (cause: unknown) => void,
  fx: Effects,
): Carrier {
  let isUnderWay = false;
  return {
    async turn() {
      const now = fx.clock.now();
      if (isUnderWay) return now + underWayMs;
      const next = await fx.store.outbox.nextAt(request);
      if (next === undefined || next > now) return next ?? Number.POSITIVE_INFINITY;
      isUnderWay = true;
      void carryDue(signal, fx, request)
        .catch(onFailure)
        .finally(() => (isUnderWay = false));
      return now + underWayMs;
    },
  };
}
