// Which messages an occasion calls for: the question to those who may vote, what a rule's `notify` wants told. As drafts
// that go into the outbox together with the step that is the occasion.
import type { EventDraft } from "../audit/event.ts";
import type { Notify } from "../policy/decision.ts";
import type { Policy } from "../policy/policy.ts";
import { time } from "../time.ts";
import type { Step } from "./change.ts";
import type { DeliveryDraft, DeliveryKind } from "./delivery.ts";
import { purposeOf } from "./purpose.ts";
import type { Request, RequestTerms } from "./request.ts";
import { entitledVoters, type People } from "./tally.ts";

/** What is told and not asked is worth a day of trying. */
const newsMs = 24 * 3_600_000;

type Of = Pick<RequestTerms, "id" | "version" | "requester" | "requires" | "answerBy">;

/**
 * The questions of a request that waits for votes: one to each person who is asked by mail, one to each service that is
 * asked; a reminder by mail when half of the time is over; and word of how it was decided, to them and to the requester.
 */
export function questionsOf(
  request: Of,
  policy: Pick<Policy, "approvers" | "contacts">,
  people: People,
  now: number,
): readonly DeliveryDraft[] {
  const { id, version, requester, answerBy } = request;
  const draft = (kind: DeliveryKind, approver: string, to?: string, from = now): DeliveryDraft => ({
    ...{ request: id, version, kind, approver, from },
    until: kind === "decided" ? answerBy + newsMs : answerBy,
    ...(to !== undefined && { to }),
  });
  const drafts: DeliveryDraft[] = [];
  for (const [name, voters] of askedThrough(request, people)) {
    const type = policy.approvers.get(name)?.type;
    if (type === "webhook") drafts.push(draft("question", name), draft("decided", name));
    if (type !== "email") continue;
    const half = now + (answerBy - now) / 2;
    for (const to of voters) {
      if (policy.contacts.get(to)?.mail === undefined) continue;
      drafts.push(draft("question", name, to), draft("reminder", name, to, half), draft("decided", name, to));
    }
    if (policy.contacts.get(requester.name)?.mail !== undefined) drafts.push(draft("decided", name, requester.name));
  }
  return drafts;
}

/** Each approver that the rules name with those who are asked through it, in the order of the rules. */
function askedThrough(request: Of, people: People): ReadonlyMap<string, ReadonlySet<string>> {
  const asked = new Map<string, Set<string>>();
  for (const requirement of request.requires) {
    if (!("votes" in requirement)) continue;
    const voters = entitledVoters({ requester: request.requester, requires: [requirement] }, people);
    for (const name of requirement.via) asked.set(name, new Set([...(asked.get(name) ?? []), ...voters]));
  }
  return asked;
}

/** Word of what went past those who would have been asked: to each by mail, to each service. */
export function alertsOf(
  request: Of,
  via: readonly string[],
  policy: Pick<Policy, "approvers" | "contacts">,
  people: People,
  given: { readonly now: number; readonly text: string },
): readonly DeliveryDraft[] {
  const { now, text } = given;
  const base = {
    request: request.id,
    version: request.version,
    kind: "alert",
    from: now,
    until: now + newsMs,
    text,
  } as const;
  return via.flatMap((approver): readonly DeliveryDraft[] => {
    const type = policy.approvers.get(approver)?.type;
    if (type === "webhook") return [{ ...base, approver }];
    if (type !== "email") return [];
    const skipped = entitledVoters(request, people).filter((to) => policy.contacts.get(to)?.mail !== undefined);
    return skipped.map((to) => ({ ...base, approver, to }));
  });
}

/** How long before a standing approval ends both sides hear of it. */
const endNoticeMs = 7 * 24 * 3_600_000;

/** Word to whom it is for and to those who were asked, a week before a standing approval ends. */
export function endNoticesOf(
  request: Request,
  policy: Pick<Policy, "approvers" | "contacts">,
  people: People,
  now: number,
): readonly DeliveryDraft[] {
  const standing = purposeOf(request, "standing");
  if (standing === undefined || request.state !== "approved") return [];
  const { id, version, requester } = request;
  const text = `Unless it was ended before, this standing approval ends at ${time(standing.until)}; then ${requester.name} has to ask again.`;
  const from = Math.max(now, standing.until - endNoticeMs);
  const base = { request: id, version, kind: "notice", from, until: standing.until, text } as const;
  return [...askedThrough(request, people)].flatMap(([approver, voters]): readonly DeliveryDraft[] => {
    const type = policy.approvers.get(approver)?.type;
    if (type === "webhook") return [{ ...base, approver }];
    if (type !== "email") return [];
    const reached = [...voters, requester.name].filter((to) => policy.contacts.get(to)?.mail !== undefined);
    return reached.map((to) => ({ ...base, approver, to }));
  });
}

const occasions: ReadonlyMap<EventDraft["type"], Notify["on"][number]> = new Map([
  ["session.started", "started"],
  ["session.ended", "ended"],
  ["request.denied", "denied"],
] as const);

/** Whether there may be messages about it: asked of every scan, so it looks at the request alone. */
export const hasMessages = ({ effect, obligations }: Pick<RequestTerms, "effect" | "obligations">): boolean =>
  effect === "ask" || obligations.notify !== undefined;

/** The step with what the rules' `notify` wants told of it. */
export function withNews(step: Step, notify: readonly Notify[] | undefined): Step {
  if (notify === undefined) return step;
  const { next } = step.request;
  const drafts = step.events.flatMap((event) => {
    const occasion = occasions.get(event.type);
    return occasion === undefined ? [] : newsOf(next, occasion, notify, Date.parse(event.time));
  });
  return drafts.length === 0 ? step : { ...step, deliveries: [...(step.deliveries ?? []), ...drafts] };
}

function newsOf(
  { id, version }: Pick<Request, "id" | "version">,
  kind: Notify["on"][number],
  notify: readonly Notify[],
  now: number,
): readonly DeliveryDraft[] {
  const via = new Set(notify.filter(({ on }) => on.includes(kind)).flatMap((each) => each.via));
  return [...via].map((approver) => ({ request: id, version, kind, approver, from: now, until: now + newsMs }));
}
