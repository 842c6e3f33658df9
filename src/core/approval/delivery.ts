// One message that has to reach somebody: an entry of the outbox, written in the transaction that gave the occasion.
// Separate from the request, because a message that fails moves nothing.
import type { RequestId } from "./request.ts";

/**
 * What is said: please vote; please, still; how the request was decided; what a rule's `notify` wants told; something
 * that went past those who would have been asked (break-glass); a sentence of its own.
 */
export type DeliveryKind = "question" | "reminder" | "decided" | "started" | "ended" | "denied" | "alert" | "notice";

export interface DeliveryDraft {
  readonly request: RequestId;
  /** Of the request: a question about an earlier version is not asked any more. */
  readonly version: number;
  readonly kind: DeliveryKind;
  /** The approver, as the policy names it. */
  readonly approver: string;
  /** The login it is for; absent where the approver is a service that speaks for all its people. */
  readonly to?: string;
  /**
   * When to send it first, and until when to try; milliseconds since the Unix epoch, UTC. A `decided` waits until the
   * request is decided, and goes only to its requester and to whom the question has reached.
   */
  readonly from: number;
  readonly until: number;
  /** The sentence of a `notice` or `alert`. */
  readonly text?: string;
}

/**
 * `held`: its occasion has not come; `due`: to be sent at `at`; `looking`: it was sent, and its answer is looked for at
 * `at`; the rest are ends. `dropped`: there was no more occasion.
 */
export type DeliveryState = "held" | "due" | "looking" | "sent" | "failed" | "dropped";

export interface Delivery extends DeliveryDraft {
  /** Counts within the store. */
  readonly number: number;
  readonly state: DeliveryState;
  /** When it is taken up next, milliseconds since the Unix epoch, UTC. */
  readonly at: number;
  /** How often it was tried without success. */
  readonly failures: number;
  /** Why the last attempt failed. */
  readonly because?: string;
  /** What the approver said to look for its answer by. */
  readonly look?: string;
}

/** The end, or the next turn, of a delivery that this process has claimed: nothing is written when the claim is lost. */
export interface DeliveryStep {
  readonly number: number;
  readonly claim: string;
  readonly next: Pick<Delivery, "state" | "at" | "failures" | "because" | "look">;
  /** The claim stays: there is another step to come. */
  readonly keep?: true;
}

const firstRetryMs = 5_000;
const longestRetryMs = 5 * 60_000;

/** How long to leave it after so many failures, in milliseconds: 5 s, 15 s, 45 s, … at most 5 minutes. */
export const retryAfterMs = (failures: number): number =>
  Math.min(longestRetryMs, firstRetryMs * 3 ** Math.max(0, Math.min(failures, 10) - 1));

/** The one name of a message for whoever gets it, the same at each attempt (Standard Webhooks, `webhook-id`). */
export const messageId = ({ request, number }: Pick<Delivery, "request" | "number">): string => `${request}.${number}`;
