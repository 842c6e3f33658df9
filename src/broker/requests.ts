// The record of a request: filed, joined, settled by the clock, taken back.
import { cancel as cancelStep, overdue, revoke } from "../core/approval/endings.ts";
import type { Step } from "../core/approval/change.ts";
import { ownPartOf } from "../core/approval/own-part.ts";
import { joinable, openingBytes, openRequest, type Opening } from "../core/approval/open.ts";
import { alertsOf, questionsOf, withNews } from "../core/approval/outgoing.ts";
import { isAnswered, purposeOf } from "../core/approval/purpose.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import { eventOf, isOver, itself } from "../core/approval/transitions.ts";
import type { EventData } from "../core/audit/event.ts";
import type { Decision, Requester } from "../core/policy/decision.ts";
import { fromDocument } from "../core/plan/document.ts";
import { unreachable } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Judged, Opened, Outcome } from "../messages.ts";
import { peopleOf } from "./people.ts";
import { whyUnreachable } from "./reachable.ts";

/** Somebody else took the last place under a rule's limit since the line was judged: it has to be judged again. */
export interface Crowded {
  readonly kind: "crowded";
}

/** Files a judged line. A denied one is kept too, ended; the same line that is waiting already is joined. */
export async function open(judged: Judged, fx: Effects): Promise<Opened | Outcome | Crowded> {
  for (;;) {
    const opened = await openOrJoin(judged, fx);
    // The same line, or another one of this person, was filed in this moment: it is seen now.
    if (opened !== "overtaken") return opened;
  }
}

async function openOrJoin(judged: Judged, fx: Effects): Promise<Opened | Outcome | Crowded | "overtaken"> {
  const { ask, decision } = judged;
  const opening = openingOf(judged, fx);
  let knownPending: Pick<Step, "knownPending"> = {};
  if ((decision.effect === "ask" || decision.effect === "confirm") && !isAnswered(judged)) {
    const pending = await fx.store.listRequests({ state: "pending", requester: ask.requester.name });
    knownPending = { knownPending: pending.map(({ id }) => id) };
    const waiting = joinable(pending, opening);
    if (waiting) return { kind: "opened", request: waiting, joined: true };
    const policy = await fx.policy.load();
    if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
    const people = await peopleOf(decision.requires, policy.value, fx);
    const asked = { requester: ask.requester, requires: decision.requires };
    const problem = await whyUnreachable(asked, people, policy.value, fx);
    if (problem !== undefined) return { kind: "unavailable", problem };
  }
  const opened = openRequest({ ...opening, ...(await withBackground(opening, fx)) });
  if (!opened.ok) return { kind: "not-understood", problem: opened.error };
  const { request, step, code } = opened.value;
  // First: a note without a request is nothing, a request without a note does not run.
  if (request.state !== "denied") await fx.asked.note(request.id, ownPartOf(request));
  const committed = await fx.store.commit({ ...(await withMessages(step, decision, fx)), ...knownPending });
  if (committed.kind === "over-limit") return { kind: "crowded" };
  if (committed.kind === "lost" && committed.current === undefined) return "overtaken";
  if (committed.kind !== "committed") throw new Error("a new request was lost: its id is taken");
  if (request.state === "denied") return { kind: "denied", request, judged };
  return { kind: "opened", request, joined: false, ...(code !== undefined && { code }) };
}

/** What the people who are asked, or told, will read beside the terms. */
async function withBackground(opening: Opening, fx: Effects): Promise<Pick<Opening, "background">> {
  const { decision, requester, plan, planDigest, purpose } = opening;
  if (decision.effect === "allow" || decision.effect === "deny" || purpose?.kind === "under-standing") return {};
  const policy = await fx.policy.load();
  if (!policy.ok) return {};
  const ttlSeconds = opening.ttlSeconds ?? decision.obligations.ttlSeconds;
  const asked = {
    requester,
    planDigest,
    effect: decision.effect,
    obligations: { ...decision.obligations, ttlSeconds },
  };
  const of = { ...asked, ...(purpose !== undefined && { purpose }) };
  // Off the path of a scan that nobody is asked about.
  const { backgroundOf } = await import("./background.ts");
  const background = await backgroundOf(of, fromDocument(plan), policy.value, fx);
  return background === undefined ? {} : { background };
}

/** The first step with the messages that go out with it. Where a confirmation comes first, people are asked after it. */
async function withMessages(
  step: Step,
  decision: Decision,
  fx: Pick<Effects, "policy" | "facts" | "clock">,
): Promise<Step> {
  const told = withNews(step, step.request.next.obligations.notify);
  if (purposeOf(step.request.next, "break-glass") !== undefined) return withAlerts(told, decision, fx);
  const isFirst = !decision.requires.some((requirement) => "confirm" in requirement);
  return decision.effect === "ask" && isFirst ? withQuestions(told, fx) : told;
}

/** The step with word to everybody who would have been asked, through the approvers that the rules name for it. */
async function withAlerts(
  step: Step,
  { requires }: Decision,
  fx: Pick<Effects, "policy" | "facts" | "clock">,
): Promise<Step> {
  const policy = await fx.policy.load();
  const { next } = step.request;
  if (!policy.ok) return step;
  const people = await peopleOf(next.requires, policy.value, fx);
  const via = requires.flatMap((one) => ("votes" in one ? (one.breakGlass?.alert ?? []) : []));
  const now = Date.parse(step.events.at(-1)?.time ?? "");
  const text = `${next.requester.name} runs this without asking, in an emergency: ${next.reason ?? ""}. A review is owed: jit-nmap review ${next.id}`;
  const alerts = alertsOf(next, [...new Set(via)], policy.value, people, { now, text });
  return alerts.length === 0 ? step : { ...step, deliveries: [...(step.deliveries ?? []), ...alerts] };
}

/** The step with the questions that go to the people whom its request now waits for. */
export async function withQuestions(step: Step, fx: Pick<Effects, "policy" | "facts" | "clock">): Promise<Step> {
  const policy = await fx.policy.load();
  const { next } = step.request;
  if (!policy.ok || policy.value.approvers.size === 0 || next.state !== "pending") return step;
  const people = await peopleOf(next.requires, policy.value, fx);
  const now = Date.parse(step.events.at(-1)?.time ?? "");
  const questions = questionsOf(next, policy.value, people, now);
  return questions.length === 0 ? step : { ...step, deliveries: [...(step.deliveries ?? []), ...questions] };
}

/** What a request is opened with, at this moment. */
export function openingOf(judged: Judged, fx: Pick<Effects, "clock" | "random">): Opening {
  const { ask, profile, plan, planDigest, decision, held, purpose } = judged;
  return {
    requester: ask.requester,
    cwd: ask.cwd,
    typed: ask.words,
    ...(ask.reason !== undefined && { reason: ask.reason }),
    ...(ask.ttlSeconds !== undefined && { ttlSeconds: ask.ttlSeconds }),
    ...(ask.notBefore !== undefined && { notBefore: ask.notBefore }),
    ...(ask.acceptsNarrower !== undefined && { acceptsNarrower: ask.acceptsNarrower }),
    ...(held !== undefined && { held }),
    ...(profile !== undefined && { profile }),
    ...(purpose !== undefined && { purpose }),
    plan,
    planDigest,
    decision,
    now: fx.clock.now(),
    bytes: fx.random.bytes(openingBytes),
  };
}

/** The request as it stands now: what the clock ended meanwhile is ended first. */
export async function settle(id: RequestId, fx: Pick<Effects, "store" | "clock">): Promise<Request> {
  for (;;) {
    const found = await fx.store.findRequest(id);
    if (found.kind !== "found") throw new Error(`request ${id} is gone from the store`);
    const { request } = found;
    const held = request.state === "approved" ? await fx.store.grant(id) : undefined;
    const step = overdue(request, held?.grant, fx.clock.now());
    if (step === undefined) return request;
    await fx.store.commit(step);
  }
}

/** What a request is to its requester once it is decided; undefined while it may still start. */
export function outcomeOf(request: Request): Outcome | undefined {
  switch (request.state) {
    case "approved":
      return undefined;
    case "pending":
      return { kind: "waiting", request, because: "not-yet" };
    case "denied":
      return { kind: "denied", request };
    case "cancelled":
    case "expired":
    case "lapsed":
    case "revoked":
      return { kind: request.state, request };
    case "claimed":
    case "running":
    case "finished":
    case "failed":
    case "killed":
      return { kind: "used", request };
    default:
      return unreachable(request);
  }
}

/** The requester takes a request back: a pending one is cancelled, of an approved one the unused grant is revoked. */
export async function cancel(id: RequestId, who: Requester, fx: Effects): Promise<Outcome> {
  for (;;) {
    const request = await settle(id, fx);
    const now = fx.clock.now();
    const held = request.state === "approved" ? await fx.store.grant(id) : undefined;
    const own = request.requester.name === who.name && request.requester.uid === who.uid;
    const step =
      held !== undefined && own
        ? revoke(request, held, who.name, "taken back by the requester", now)
        : cancelStep(request, who, now);
    if (!step.ok)
      return isOver(request.state) && own ? (outcomeOf(request) ?? notPossible(step.error)) : notPossible(step.error);
    const committed = await fx.store.commit(step.value);
    if (committed.kind === "committed")
      return outcomeOf(step.value.request.next) ?? notPossible({ code: "lost", message: "" });
  }
}

function notPossible(problem: Extract<Outcome, { kind: "not-understood" }>["problem"]): Outcome {
  return { kind: "not-understood", problem };
}

type Noted = {
  readonly [T in "approver.asked" | "approver.failed"]: { readonly type: T; readonly data: EventData[T] };
}["approver.asked" | "approver.failed"];

/** Puts a remark about a request on the trail that moves nothing. */
export async function note(request: Request, noted: Noted, fx: Pick<Effects, "store" | "clock">): Promise<void> {
  await fx.store.commit({ events: [eventOf(request, fx.clock.now(), itself, noted.type, noted.data)] });
}
