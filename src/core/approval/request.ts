// The record that waits for people. One shape per state; the only ways from one to the next are the functions in
// transitions.ts, and the store applies each as one compare-and-swap with its events.
import type { SessionLevel } from "../audit/event.ts";
import type { PlanDocument } from "../plan/document.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";
import type { Decision, Effect, Obligations, Requester, Requirement, VoteStrength } from "../policy/decision.ts";
import type { Background } from "./background.ts";
import type { Proof } from "./proof.ts";
import type { Purpose } from "./purpose.ts";

declare const requestId: unique symbol;
/** `r` and ten Crockford base-32 characters, lower case. */
export type RequestId = string & { readonly [requestId]: true };

declare const requestDigest: unique symbol;
/** `sha256:<hex>` over plan digest, requester, reason, TTL, clocks, obligations, policy digest, version and nonce. */
export type RequestDigest = string & { readonly [requestDigest]: true };

/** What holds a session to its plan, and in one clause why it is not more. */
export interface HeldBy {
  readonly level: SessionLevel;
  readonly because?: string;
}

/** What was asked; never changes within a version. Times are milliseconds since the Unix epoch, UTC. */
export interface RequestTerms {
  readonly id: RequestId;
  /** Counts from 1; a narrowed request is a new version with a new digest, and earlier votes lapse. */
  readonly version: number;
  readonly nonce: string;
  readonly requester: Requester;
  readonly reason?: string;
  /** Directory where it was asked: relative output paths are those of this directory. */
  readonly cwd: string;
  /** The one profile of the policy that the line was made of, nothing but targets beside it. */
  readonly profile?: string;
  /** Absent for one scan that is asked for as usual. */
  readonly purpose?: Purpose;
  readonly plan: PlanDocument;
  readonly planDigest: PlanDigest;
  readonly policyDigest: string;
  /** A request that policy denied is kept too: it opens already ended. */
  readonly effect: Effect;
  readonly requires: readonly Requirement[];
  readonly obligations: Obligations;
  readonly explanation: Decision["explanation"];
  /** For people who decide; absent where nobody does, and in requests of older versions of this program. */
  readonly background?: Background;
  readonly openedAt: number;
  /** Unanswered after this, the request expires. */
  readonly answerBy: number;
  /** How long an approval stays usable once given, in seconds. */
  readonly startWithinSeconds: number;
  /** Not to be started earlier, however soon it is approved. */
  readonly notBefore?: number;
  /** Not to be started then or later: an approver's condition. */
  readonly notAfter?: number;
  /** The requester agreed beforehand to run what an approver leaves of it. */
  readonly acceptsNarrower?: true;
  /** What will hold its session, as it was known where it was asked; absent where nobody could say. */
  readonly held?: HeldBy;
  readonly digest: RequestDigest;
}

export type RequestState =
  | { readonly state: "pending" }
  | { readonly state: "approved"; readonly decidedAt: number; readonly startBy: number }
  | { readonly state: "claimed"; readonly decidedAt: number; readonly claimedAt: number }
  | { readonly state: "running"; readonly decidedAt: number; readonly startedAt: number }
  | { readonly state: "finished" | "failed" | "killed" | "revoked"; readonly endedAt: number; readonly because: string }
  | { readonly state: "denied"; readonly endedAt: number; readonly by: string; readonly because: string }
  | { readonly state: "cancelled" | "expired" | "lapsed"; readonly endedAt: number };

export type Request = RequestTerms & RequestState;

export interface Vote {
  readonly request: RequestId;
  readonly version: number;
  /** The digest the voter saw; a vote for another digest is refused. */
  readonly digest: RequestDigest;
  readonly voter: string;
  readonly answer: "approve" | "deny" | "confirm";
  /** How sure it is who voted, as far as `proof` and the channel carry. */
  readonly strength: VoteStrength;
  /** The approver (channel) it came through: `prompt`, `command`, … */
  readonly via: string;
  readonly reason?: string;
  readonly proof?: Proof;
  readonly castAt: number;
}
