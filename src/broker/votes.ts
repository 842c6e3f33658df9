// One person's answer, judged and recorded: entitled, another person, bound to the digest that was seen, proved as its
// channel can. What does not count is on the trail too.
import type { Step } from "../core/approval/change.ts";
import { together } from "../core/approval/change.ts";
import { idBytes } from "../core/approval/ids.ts";
import { narrowStep } from "../core/approval/narrow.ts";
import { purposeOf } from "../core/approval/purpose.ts";
import { endNoticesOf, withNews } from "../core/approval/outgoing.ts";
import type { Request } from "../core/approval/request.ts";
import { countsSomewhere, entitledVoters, isToBeConfirmed, type Missing, type People } from "../core/approval/tally.ts";
import { eventOf, step as stepTo } from "../core/approval/transitions.ts";
import { castVote as cast } from "../core/approval/vote.ts";
import { isService } from "../core/policy/people.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Requester } from "../core/policy/decision.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Ballot, Counted } from "../messages.ts";
import { codeOf, needsCode } from "./confirm-code.ts";
import { narrowedRequest } from "./narrow.ts";
import { peopleOf } from "./people.ts";
import { proven, type Proven } from "./proven.ts";
import { settle, withQuestions } from "./requests.ts";

/** Counts a vote, or says why not. A race that another step won is tried again on what it left. */
export async function castVote(ballot: Ballot, fx: Effects): Promise<Counted> {
  const policy = await fx.policy.load();
  if (!policy.ok) {
    const message = "the policy can't be read, so nobody is entitled to vote";
    return refused({ code: "policy-unusable", message, hint: "jit-nmap policy check" });
  }
  const account = await fx.facts.account(ballot.voter);
  for (;;) {
    const request = await settle(ballot.request, fx);
    const people = await peopleOf(request.requires, policy.value, fx);
    const judged = await judge(ballot, { request, people, policy: policy.value, account }, fx);
    if (!judged.ok) {
      const { error } = judged;
      if (error.code === "too-late") return { kind: "too-late", request };
      if (await isNoted(ballot, request, error, fx)) return refused(error);
      continue;
    }
    const committed = await fx.store.commit(await withMessages(judged.value.step, ballot, fx));
    if (committed.kind === "over-limit") {
      const message = `it can't be approved now: ${committed.because}`;
      return refused({ code: "over-limit", message, hint: "approve it later" });
    }
    if (committed.kind === "committed") {
      const { step, missing } = judged.value;
      return { kind: "counted", request: step.request.next, missing: missing.map(inWords) };
    }
  }
}

/** Others are asked when the requester has confirmed, or of what is left once that needs no word; and hear of a denial. */
async function withMessages(step: Step, { answer, narrow }: Ballot, fx: Effects): Promise<Step> {
  const { next } = step.request;
  const told = await withEndNotices(withNews(step, next.obligations.notify), fx);
  return answer === "confirm" || (narrow !== undefined && !isToBeConfirmed(next)) ? withQuestions(told, fx) : told;
}

/** Both sides of a standing approval hear of its end a week before. */
async function withEndNotices(step: Step, fx: Effects): Promise<Step> {
  const { next } = step.request;
  if (purposeOf(next, "standing") === undefined || next.state !== "approved") return step;
  const policy = await fx.policy.load();
  if (!policy.ok) return step;
  const people = await peopleOf(next.requires, policy.value, fx);
  const notices = endNoticesOf(next, policy.value, people, fx.clock.now());
  return notices.length === 0 ? step : { ...step, deliveries: [...(step.deliveries ?? []), ...notices] };
}

interface Given {
  readonly request: Request;
  readonly people: People;
  readonly policy: Policy;
  readonly account: Requester | undefined;
}

interface Cast {
  readonly step: Step;
  readonly missing: readonly Missing[];
}

/** A problem, with how many answers to the request were refused before, where that was counted. */
type Refused = Problem & { readonly refusals?: number };

async function judge(
  ballot: Ballot,
  { request, people, policy, account }: Given,
  fx: Effects,
): Promise<Result<Cast, Refused>> {
  const nobody = whyNobody(ballot, { request, people, policy, account });
  if (nobody !== undefined) return err({ code: "not-entitled", message: nobody });
  const narrower = ballot.narrow === undefined ? ok(request) : await lessOf(ballot, request, policy, fx);
  if (!narrower.ok) return narrower;
  const asked = narrower.value;
  const votes = await fx.store.votes(request.id);
  const voter = { name: ballot.voter, ...(account && { uid: account.uid }) };
  const now = fx.clock.now();
  const count = { votes, people, now, bytes: fx.random.bytes(idBytes) };
  // What can't count however it is proved is refused before anything is done to check it.
  const anyhow = cast(asked, { ...ballot, voter }, count);
  if (!anyhow.ok) return anyhow;
  const proof = await prove(ballot, asked, policy, fx);
  if (!proof.ok) return proof;
  const { refusals, ...proved } = proof.value;
  const done = cast(asked, { ...ballot, ...proved, voter }, count);
  if (!done.ok) return done;
  // A yes that counts nowhere would look like one: what it lacks is said at once.
  if (ballot.answer === "approve" && !countsSomewhere(asked, people, ballot.voter, proved.strength)) {
    const message = `a vote that is only ${proved.strength} does not count here`;
    return err({ code: "too-weak", message, hint: "sign it, with a key of yours that is in the policy" });
  }
  const { missing } = done.value;
  const step =
    asked === request
      ? done.value.step
      : together(narrowStep(request, asked, ballot.voter, votes.length, now), done.value.step);
  return ok({ step: refusals === undefined ? step : comparing(step, refusals), missing });
}

/** Why this voter is nobody who votes, whatever the rules say. */
function whyNobody({ answer, voter }: Ballot, { request, people, policy, account }: Given): string | undefined {
  if (answer === "confirm") return undefined;
  // A rule may let everyone vote: a service account is still nobody.
  if (isService(policy, voter)) return `${voter} is a service, which has no vote`;
  // `#uid` is an account without a name, or one in a user namespace, where anybody is any number.
  if (voter.startsWith("#")) return `${voter} is no login, and has no vote`;
  // Everyone may vote, says a rule: everyone there is. A name that is neither listed nor an account is nobody.
  const listed = entitledVoters(request, people).includes(voter);
  return account === undefined && !listed ? `${voter} may not vote on request ${request.id}` : undefined;
}

async function lessOf(
  ballot: Ballot,
  request: Request,
  policy: Policy,
  fx: Effects,
): Promise<Result<Request, Problem>> {
  if (ballot.answer !== "approve") return err({ code: "not-narrower", message: "only a yes can have conditions" });
  if (request.state !== "pending") return err({ code: "too-late", message: "it is no longer waiting" });
  return narrowedRequest(request, ballot.narrow ?? {}, policy, fx);
}

async function prove(
  ballot: Ballot,
  asked: Request,
  policy: Policy,
  fx: Effects,
): Promise<Result<Proven & { readonly refusals?: number }, Refused>> {
  const proof = await proven(ballot, asked, policy, fx);
  if (!proof.ok || !needsCode(ballot, policy)) return proof;
  const code = await codeOf(ballot, asked, fx);
  return code.ok ? ok({ ...proof.value, proof: { kind: "code" }, ...code.value }) : code;
}

const comparing = (step: Step, refusals: number): Step => {
  const { expect } = step.request;
  return expect === "new" ? step : { ...step, request: { ...step.request, expect: { ...expect, refusals } } };
};

/** Refusals that nobody could make on purpose to fill the trail: each is somebody's own, and at most a few. */
const noted: ReadonlySet<string> = new Set([
  "wrong-code",
  "proof-wrong",
  "proof-missing",
  "own-request",
  "not-entitled",
  "wrong-digest",
]);
/** And of each request no more than so many: whoever comes through a page may try as often as they like. */
const notedPerRequest = 50;

/** Puts on the trail that an answer did not count. False when somebody else's was put there first: look again. */
async function isNoted(ballot: Ballot, request: Request, problem: Refused, fx: Effects): Promise<boolean> {
  if (!noted.has(problem.code) || request.state !== "pending") return true;
  const before = await fx.store.events({ request: request.id });
  const refusals = problem.refusals ?? before.filter(({ type }) => type === "vote.refused").length;
  if (refusals >= notedPerRequest && problem.code !== "wrong-code") return true;
  const { voter, answer, via } = ballot;
  const data = { voter, answer, via, because: problem.code };
  const event = eventOf(request, fx.clock.now(), voter, "vote.refused", data);
  const same = stepTo(request, { state: "pending" });
  const step = comparing({ request: same, events: [event] }, refusals);
  return (await fx.store.commit(step)).kind === "committed";
}

/** Logins that may vote on this request, the requester left out. */
export async function votersOf(
  request: Request,
  fx: Pick<Effects, "policy" | "facts" | "clock">,
): Promise<readonly string[]> {
  const policy = await fx.policy.load();
  if (!policy.ok) return [];
  return entitledVoters(request, await peopleOf(request.requires, policy.value, fx));
}

function refused({ code, message, hint }: Problem): Counted {
  return { kind: "refused", problem: { code, message, ...(hint !== undefined && { hint }) } };
}

function inWords(missing: Missing): string {
  if ("accept" in missing) return "the requester's word that less will do";
  if ("confirm" in missing) return `${missing.rule}: the requester's confirmation`;
  return `${missing.rule}: ${Object.entries(missing.votes)
    .map(([set, count]) => `${count} of ${set}`)
    .join(", ")}`;
}
