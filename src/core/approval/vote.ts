// One person's answer to a pending request, and what follows from it at once: nothing yet, approval with its grant, or
// the end. The vote and what it causes are one step, so that there is never an approval without its vote on record.
import { issueGrant } from "../grant/issue.ts";
import { err, ok, unreachable } from "../result.ts";
import type { Problem, Result } from "../result.ts";
import { time } from "../time.ts";
import type { Step } from "./change.ts";
import { grantIssued } from "./open.ts";
import { isRequester, personKey } from "./person.ts";
import type { Voter } from "./person.ts";
import type { VoteStrength } from "../policy/decision.ts";
import type { Proof } from "./proof.ts";
import { purposeOf } from "./purpose.ts";
import type { Request, RequestState, Vote } from "./request.ts";
import { reserve } from "./reserve.ts";
import { isToBeConfirmed, mayVote, tally } from "./tally.ts";
import type { Missing, People } from "./tally.ts";
import { eventOf, inDoubt, step } from "./transitions.ts";

export interface GivenVote {
  readonly voter: Voter;
  readonly answer: "approve" | "deny" | "confirm";
  /** The digest that the voter saw. */
  readonly digest: string;
  readonly strength: VoteStrength;
  readonly via: string;
  readonly reason?: string;
  /** Checked already. */
  readonly proof?: Proof;
}

/** What the votes are counted with. */
export interface Count {
  /** All votes of the request so far, from the store. */
  readonly votes: readonly Vote[];
  readonly people: People;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly now: number;
  /** At least `idBytes` of ids.ts from the operating system's generator: the grant's id, should this vote decide. */
  readonly bytes: Uint8Array;
}

export interface CastVote {
  readonly step: Step;
  /** What is still to be answered; empty when this vote decided. */
  readonly missing: readonly Missing[];
}

export type VoteProblem = Problem<
  | "too-late"
  | "wrong-digest"
  | "own-request"
  | "not-entitled"
  | "already-voted"
  | "nothing-to-confirm"
  | "record-from-the-future"
>;

/**
 * Casts a vote, or the requester's own confirmation, and says what it did.
 *
 * Refused are: a request that is no longer pending or whose time to answer is over; another digest than the request's;
 * the requester approving or denying under any name; anybody not entitled; a second vote of the same kind by the same
 * person. Who approved may still deny; a confirmation is the requester's alone.
 */
export function castVote(request: Request, given: GivenVote, count: Count): Result<CastVote, VoteProblem> {
  const problem = refusal(request, given, count);
  if (problem !== undefined) return err(problem);
  const { now } = count;
  const vote: Vote = {
    request: request.id,
    version: request.version,
    digest: request.digest,
    voter: given.voter.name,
    answer: given.answer,
    strength: given.strength,
    via: given.via,
    ...(given.reason !== undefined && { reason: given.reason.toWellFormed() }),
    ...(given.proof !== undefined && { proof: given.proof }),
    castAt: now,
  };
  const cast = eventOf(request, now, vote.voter, "vote.cast", {
    voter: vote.voter,
    answer: vote.answer,
    strength: vote.strength,
    via: vote.via,
    version: vote.version,
    requestDigest: vote.digest,
    ...(vote.reason !== undefined && { reason: vote.reason }),
    ...(vote.proof !== undefined && { proof: vote.proof }),
  });
  const move = (state: RequestState): Step["request"] => step(request, state, count.votes.length);
  const counted = tally(request, [...count.votes, vote], count.people);
  switch (counted.kind) {
    case "waiting":
      return ok({ step: { request: move({ state: "pending" }), vote, events: [cast] }, missing: counted.missing });
    case "denied": {
      const because = counted.because === "" ? "no reason given" : counted.because;
      const denied = eventOf(request, now, vote.voter, "request.denied", { by: counted.by, because });
      const next = move({ state: "denied", endedAt: now, by: counted.by, because });
      return ok({ step: { request: next, vote, events: [cast, denied] }, missing: [] });
    }
    case "approved": {
      const grant = issueGrant(request, now, count.bytes);
      const startBy = time(grant.notAfter);
      const approved = eventOf(request, now, vote.voter, "request.approved", { by: counted.by, startBy });
      return ok({
        step: {
          request: move({ state: "approved", decidedAt: now, startBy: grant.notAfter }),
          vote,
          grant: { expect: "new", grant, next: "issued" },
          ...reserve(request, request.obligations.limits, grant, now),
          events: [cast, approved, grantIssued(request, now, grant), ...standingAdded(request, now, vote.voter)],
        },
        missing: [],
      });
    }
    default:
      return unreachable(counted);
  }
}

function standingAdded(request: Request, now: number, by: string): readonly Step["events"][number][] {
  const standing = purposeOf(request, "standing");
  if (standing === undefined) return [];
  const { runs, until } = standing;
  return [eventOf(request, now, by, "standing.added", { for: request.requester.name, runs, until: time(until) })];
}

function refusal(request: Request, { answer, voter, digest }: GivenVote, count: Count): VoteProblem | undefined {
  if (request.state !== "pending") {
    return { code: "too-late", message: `Request ${request.id} is no longer waiting: it is ${request.state}.` };
  }
  const doubt = inDoubt(request.openedAt, count.now);
  if (doubt !== undefined) return doubt;
  if (count.now >= request.answerBy) {
    return { code: "too-late", message: `Request ${request.id} had to be answered by ${time(request.answerBy)}.` };
  }
  if (digest !== request.digest) {
    return {
      code: "wrong-digest",
      message: "This answer is to something else than what is asked now.",
      hint: `Look at it again: jit-nmap show ${request.id}`,
    };
  }
  const self = isRequester(request.requester, voter);
  if (answer === "confirm") {
    if (!isToBeConfirmed(request))
      return { code: "nothing-to-confirm", message: `Request ${request.id} asks for no confirmation.` };
    // Exactly the requester's login: a confirmation lets something run, so a similar name is not enough.
    if (!self || voter.name !== request.requester.name) {
      return { code: "not-entitled", message: `Only ${request.requester.name} can confirm request ${request.id}.` };
    }
  } else {
    if (self) return { code: "own-request", message: "Nobody approves or denies their own request." };
    if (!mayVote(request, count.people, voter.name)) {
      return { code: "not-entitled", message: `${voter.name} may not vote on request ${request.id}.` };
    }
  }
  const twice = count.votes.some(
    (vote) =>
      vote.version === request.version && vote.answer === answer && personKey(vote.voter) === personKey(voter.name),
  );
  return twice
    ? { code: "already-voted", message: `${voter.name} has already answered request ${request.id}.` }
    : undefined;
}
