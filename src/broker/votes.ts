// One person's answer, judged and recorded: entitled, another person, bound to the digest that was seen.
import { idBytes } from "../core/approval/ids.ts";
import type { Step } from "../core/approval/change.ts";
import { withNews } from "../core/approval/outgoing.ts";
import type { Request } from "../core/approval/request.ts";
import { entitledVoters, type Missing } from "../core/approval/tally.ts";
import { castVote as cast } from "../core/approval/vote.ts";
import { isService } from "../core/policy/people.ts";
import type { Problem } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Ballot, Counted } from "../messages.ts";
import { peopleOf } from "./people.ts";
import { proven } from "./proven.ts";
import { settle, withQuestions } from "./requests.ts";

/** Counts a vote, or says why not. A race that another step won is tried again on what it left. */
export async function castVote(ballot: Ballot, fx: Effects): Promise<Counted> {
  const policy = await fx.policy.load();
  if (!policy.ok) {
    return refused(
      "policy-unusable",
      "the policy can't be read, so nobody is entitled to vote",
      "jit-nmap policy check",
    );
  }
  // A rule may let everyone vote: a service account is still nobody.
  if (ballot.answer !== "confirm" && isService(policy.value, ballot.voter))
    return refused("not-entitled", `${ballot.voter} is a service, which has no vote`);
  // `#uid` is an account without a name, or one in a user namespace, where anybody is any number.
  if (ballot.answer !== "confirm" && ballot.voter.startsWith("#"))
    return refused("not-entitled", `${ballot.voter} is no login, and has no vote`);
  const account = await fx.facts.account(ballot.voter);
  const voter = { name: ballot.voter, ...(account && { uid: account.uid }) };
  for (;;) {
    const request = await settle(ballot.request, fx);
    const people = await peopleOf(request.requires, policy.value, fx.facts);
    // Everyone may vote, says a rule: everyone there is. A name that is neither listed nor an account is nobody.
    if (ballot.answer !== "confirm" && account === undefined && !entitledVoters(request, people).includes(ballot.voter))
      return refused("not-entitled", `${ballot.voter} may not vote on request ${request.id}`);
    const proof = await proven(ballot, request, policy.value, fx);
    if (!proof.ok) return notCounted(proof.error);
    const votes = await fx.store.votes(request.id);
    const count = { votes, people, now: fx.clock.now(), bytes: fx.random.bytes(idBytes) };
    const done = cast(request, { ...ballot, ...proof.value, voter }, count);
    if (!done.ok) return done.error.code === "too-late" ? { kind: "too-late", request } : notCounted(done.error);
    const committed = await fx.store.commit(await withMessages(done.value.step, ballot, fx));
    if (committed.kind === "over-limit") {
      return refused("over-limit", `it can't be approved now: ${committed.because}`, "approve it later");
    }
    if (committed.kind === "committed") {
      return { kind: "counted", request: done.value.step.request.next, missing: done.value.missing.map(inWords) };
    }
  }
}

/** Others are asked when the requester has confirmed, and hear of a denial. */
async function withMessages(step: Step, { answer }: Ballot, fx: Pick<Effects, "policy" | "facts">): Promise<Step> {
  const told = withNews(step, step.request.next.obligations.notify);
  return answer === "confirm" ? withQuestions(told, fx) : told;
}

/** Logins that may vote on this request, the requester left out. */
export async function votersOf(request: Request, fx: Pick<Effects, "policy" | "facts">): Promise<readonly string[]> {
  const policy = await fx.policy.load();
  if (!policy.ok) return [];
  return entitledVoters(request, await peopleOf(request.requires, policy.value, fx.facts));
}

function refused(code: string, message: string, hint?: string): Counted {
  return { kind: "refused", problem: { code, message, ...(hint !== undefined && { hint }) } };
}

function notCounted(problem: Problem): Counted {
  return refused(problem.code, problem.message, problem.hint);
}

function inWords(missing: Missing): string {
  if ("confirm" in missing) return `${missing.rule}: the requester's confirmation`;
  return `${missing.rule}: ${Object.entries(missing.votes)
    .map(([set, count]) => `${count} of ${set}`)
    .join(", ")}`;
}
