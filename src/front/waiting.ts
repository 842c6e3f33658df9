// Waiting for an answer: the requester's own word first, then everybody whom the rules name, at the terminal and
// elsewhere, until the request is decided, given up or taken back.
import { mayNeedCode } from "../broker/confirm-code.ts";
import { cancel, note, outcomeOf, settle } from "../broker/requests.ts";
import { castVote, votersOf } from "../broker/votes.ts";
import { frozenWords } from "../core/approval/freeze.ts";
import type { Request } from "../core/approval/request.ts";
import { isToBeAccepted, isToBeConfirmed } from "../core/approval/tally.ts";
import type { Approver, Effects } from "../effects.ts";
import type { Manner, Opened, Outcome } from "../messages.ts";

/** What the asking in the background left behind: a failure that has to end the waiting. */
interface Failed {
  cause?: unknown;
}

/**
 * Waits until the request is approved (`opened`) or over. The people are asked through every approver that the rules
 * name; the first answers that suffice count, through whichever door they came. A version that an approver made of it
 * is asked about anew.
 */
export async function awaitAnswer(opened: Opened, manner: Manner, fx: Effects): Promise<Opened | Outcome> {
  const { request } = opened;
  if (request.state !== "pending") return outcomeOf(request) ?? { ...opened, request };
  const frozen = await fx.store.freeze();
  if (frozen !== undefined) fx.person.say("note", `${frozenWords(frozen)}; until that is lifted nothing starts`);
  const over = new AbortController();
  const failed: Failed = {};
  const endsWith = (cause: unknown): void => {
    failed.cause = cause;
    over.abort();
  };
  let left: "cancelled" | "hang-up" | undefined;
  const unsubscribe = fx.person.onSignal((signal) => {
    left = signal === "interrupt" ? "cancelled" : "hang-up";
    over.abort();
  });
  let until = request.answerBy;
  let version: number | undefined;
  let asking: AbortController | undefined;
  let carrier: { turn(): Promise<number> } | undefined;
  try {
    for (;;) {
      const now = await settle(request.id, fx);
      if ("cause" in failed) throw failed.cause;
      if (now.state !== "pending") return await decided(now, opened, asking, fx);
      if (over.signal.aborted) return await leave(now, left, fx);
      if (now.version !== version) {
        asking?.abort();
        const confirmed = await confirmIfNeeded(now, over.signal, fx);
        if (confirmed === undefined) return await leave(now, left, fx);
        if (confirmed !== "go-on") return confirmed;
        if (version === undefined && manner.waitSeconds !== undefined) {
          until = fx.clock.now() + manner.waitSeconds * 1000;
        }
        version = now.version;
        const current = await settle(request.id, fx);
        if (current.state !== "pending" || current.version !== version) continue;
        if (manner.waitSeconds !== 0) {
          const { createCarrier } = await import("../broker/outbox.ts");
          carrier ??= createCarrier(request.id, over.signal, endsWith, fx);
          asking = new AbortController();
          const code = opened.code === undefined ? {} : { code: opened.code };
          const signal = AbortSignal.any([over.signal, asking.signal]);
          await askEverybody({ request: current, until, ...code }, signal, { failed, over }, fx);
        }
      }
      if (fx.clock.now() >= until) return { kind: "waiting", request: now, because: "not-yet" };
      const next = Math.min(until, now.answerBy, (await carrier?.turn()) ?? until);
      await fx.store.changed(request.id, over.signal, next).catch((cause: unknown) => {
        if (!over.signal.aborted) throw cause;
      });
    }
  } finally {
    unsubscribe();
    over.abort();
  }
}

/** The person may be looking elsewhere: a terminal rings, and says who let it run. */
async function decided(
  request: Request,
  opened: Opened,
  asking: AbortController | undefined,
  fx: Effects,
): Promise<Opened | Outcome> {
  if (asking !== undefined && fx.person.present) {
    asking.abort();
    fx.person.ring();
    if (request.state === "approved") {
      const votes = (await fx.store.votes(request.id)).filter(
        ({ version, answer }) => version === request.version && answer === "approve",
      );
      const by = votes.map(({ voter, reason }) => (reason === undefined ? voter : `${voter} (${reason})`));
      if (by.length > 0) fx.person.say("note", `approved by ${by.join(", ")}`);
    }
  }
  return outcomeOf(request) ?? { ...opened, request };
}

async function leave(request: Request, left: "cancelled" | "hang-up" | undefined, fx: Effects): Promise<Outcome> {
  // A closed terminal is not a person's word: the request stays and can still be answered and run.
  if (left !== "cancelled") return { kind: "waiting", request, because: "hang-up" };
  return cancel(request.id, request.requester, fx);
}

/**
 * The requester's own word comes before anybody else is asked (policy.md, small print): the confirmation that a rule
 * wants, or that less will do than was asked for.
 */
async function confirmIfNeeded(
  request: Request,
  signal: AbortSignal,
  fx: Effects,
): Promise<Outcome | "go-on" | undefined> {
  if (!isToBeConfirmed(request)) return "go-on";
  const votes = (await fx.store.votes(request.id)).filter(({ version }) => version === request.version);
  if (votes.some(({ answer }) => answer === "confirm")) return "go-on";
  if (!fx.person.present) return { kind: "waiting", request, because: "no-terminal" };
  const byRule = request.requires.some((requirement) => "confirm" in requirement);
  if (isToBeAccepted(request)) {
    const by = votes.find(({ answer }) => answer === "approve")?.voter ?? "an approver";
    fx.person.say("note", `${by} left less of it than was asked for`);
  }
  const yes = await (byRule ? fx.person.confirm(request, signal) : fx.person.accept(request, signal));
  if (yes === undefined) return undefined;
  if (!yes) return cancel(request.id, request.requester, fx);
  const { id, digest, requester } = request;
  const via = "prompt";
  const counted = await castVote(
    { request: id, digest, voter: requester.name, answer: "confirm", strength: "asserted", via },
    fx,
  );
  // Too late, or of a version that is gone by now: the next look says what became of it.
  if (counted.kind !== "refused" || counted.problem.code === "wrong-digest") return "go-on";
  return { kind: "not-understood", problem: counted.problem };
}

interface Asking {
  readonly request: Request;
  readonly until: number;
  readonly code?: string;
}

interface Ends {
  readonly failed: Failed;
  readonly over: AbortController;
}

async function askEverybody(
  { request, until, code }: Asking,
  signal: AbortSignal,
  ends: Ends,
  fx: Effects,
): Promise<void> {
  const voters = await votersOf(request, fx);
  const policy = await fx.policy.load();
  const needed = code !== undefined && policy.ok && mayNeedCode(request, policy.value) ? { code } : {};
  if (fx.person.present) fx.person.showWaiting({ request, voters, until, ...needed }, signal);
  if (!policy.ok) {
    fx.person.say("error", "the policy can't be read any more, so nobody is asked here: jit-nmap policy check");
    return;
  }
  const names = request.requires.flatMap((requirement) => ("via" in requirement ? requirement.via : []));
  for (const name of new Set(names)) {
    const named = policy.value.approvers.get(name);
    // Everybody else is asked by the outbox.
    if (named !== undefined && named.type !== "prompt") continue;
    const found = named === undefined ? undefined : await fx.approver(named);
    if (found?.ok !== true || (found.value.type === "prompt" && !fx.person.present)) {
      const because = found?.ok === false ? found.error.message : "not available here";
      await note(request, { type: "approver.failed", data: { approver: name, because } }, fx);
      continue;
    }
    await note(request, { type: "approver.asked", data: { approver: name, voters } }, fx);
    const question = { request, voters, name, policy: policy.value };
    void askOne(found.value, question, signal, fx).catch((cause: unknown) => {
      // What the trail or the program could not do, no approver could help: the waiting ends with it.
      ends.failed.cause = cause;
      ends.over.abort();
    });
  }
}

async function askOne(
  approver: Approver,
  question: Parameters<Approver["ask"]>[0],
  signal: AbortSignal,
  fx: Effects,
): Promise<void> {
  const { request, name } = question;
  const asked = await approver.ask(question, signal).catch(async (cause: unknown) => {
    if (signal.aborted) return undefined;
    const because = cause instanceof Error ? cause.message : String(cause);
    await note(request, { type: "approver.failed", data: { approver: name, because } }, fx);
    fx.person.say("error", `${name} could not be asked: ${because}`);
    return undefined;
  });
  for (const answer of asked?.answers ?? []) {
    const counted = await castVote({ request: request.id, digest: request.digest, via: name, ...answer }, fx);
    if ("problem" in counted) fx.person.say("error", counted.problem.message);
  }
}
