// The part of effects.ts that is about asking people: what an approver is given, what it answers, what proves an answer.
// Interfaces only, like all of it.
import type { Delivery } from "../core/approval/delivery.ts";
import type { Narrowing } from "../core/approval/narrowing.ts";
import type { Proof, SshProof } from "../core/approval/proof.ts";
import type { Request, Vote } from "../core/approval/request.ts";
import type { VoteStrength } from "../core/policy/decision.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Problem, Result } from "../core/result.ts";

/** What an approver is given: everything a voter may see, plus who may answer. */
export interface Question {
  readonly request: Request;
  /** Logins that may vote on this request, the requester left out. */
  readonly voters: readonly string[];
  /** The approver's name in the policy: what a vote has as `via`. */
  readonly name: string;
  /** The policy in force: how the voters are reached. */
  readonly policy: Policy;
  /** The entry of the outbox that it is; a question at the terminal is none. */
  readonly delivery?: Delivery;
  /** Where the page shows the request: for one person, a link that signs in as them, once. */
  readonly link?: string;
}

export interface Answer {
  readonly voter: string;
  readonly answer: "approve" | "deny";
  readonly strength: VoteStrength;
  readonly reason?: string;
  readonly proof?: Proof;
  readonly code?: string;
  /** Yes, but less. */
  readonly narrow?: Narrowing;
}

export interface Asked {
  /** None when nobody answered. */
  readonly answers: readonly Answer[];
  /** The answer comes later: when to ask again (milliseconds since the Unix epoch), with this word in `Delivery.look`. */
  readonly later?: { readonly at: number; readonly look: string };
}

/** Something to say that wants no answer. */
export type News = Pick<Question, "request" | "name" | "policy" | "link"> & { readonly delivery: Delivery };

/** A vote whose proof is in question. */
export interface Claim {
  readonly request: Request;
  readonly vote: Pick<Vote, "voter" | "answer" | "reason" | "via">;
  /** The policy in force: whose keys, services and voters count. */
  readonly policy: Policy;
}

/** What proves votes: checked when one is counted and again when its grant is redeemed. */
export interface Proofs {
  /**
   * How sure the proof makes it that this person gave this answer to this version of this request.
   *
   * Refused (`proof-wrong`) when it proves something else, or nothing; `proof-unchecked` when what checks it is missing
   * here. It never throws because of what is in the proof.
   */
  check(proof: Proof, claim: Claim): Promise<Result<VoteStrength, Problem<"proof-wrong" | "proof-unchecked">>>;
  /**
   * Signs a vote's text with the SSH key of the person at the keyboard that is one of these public keys: from the
   * agent, the home folder, or the file named. Undefined when none of them is at hand. May ask for a passphrase or a
   * touch.
   */
  sign(
    text: string,
    keys: readonly string[],
    file?: string,
  ): Promise<Result<SshProof | undefined, Problem<"not-signed">>>;
  /** Why `sign` would not sign with this file, as far as that is known without asking for a passphrase or a touch. */
  cannotSign(keys: readonly string[], file: string): Promise<Problem<"not-signed"> | undefined>;
}

/**
 * A way of asking people. It never decides: what it returns are answers, which the broker judges and records.
 *
 * `ask` resolves with the answers it got; with none when nobody answered. It rejects only when it could not ask,
 * and it stops asking, resolving with none, as soon as the signal aborts: somebody answered elsewhere, or the
 * request ended. What it rejects with is an error of one sentence; `isForGood` true says that trying again is no use.
 */
export interface Approver {
  readonly type: "prompt" | "email" | "webhook";
  ask(question: Question, signal: AbortSignal): Promise<Asked>;
  /** Says something that wants no answer; rejects when it could not. An approver without it has nobody to tell. */
  tell?(news: News, signal: AbortSignal): Promise<void>;
}
