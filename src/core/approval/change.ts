// One step of a request, as a value: what the pure transitions give and what the store applies whole or not at all.
import type { EventData, EventDraft } from "../audit/event.ts";
import type { AccessStep } from "./access.ts";
import type { Grant, GrantId, GrantState } from "../grant/grant.ts";
import type { SessionRecord, StoredResult } from "../grant/session-record.ts";
import type { LimitUse } from "../policy/decision.ts";
import type { DeliveryDraft, DeliveryStep } from "./delivery.ts";
import type { Request, RequestId, RequestState, Vote } from "./request.ts";

/** What the writer saw of a request: the compare in compare-and-swap. */
export interface Expected {
  readonly state: RequestState["state"];
  readonly version: number;
  readonly digest: string;
  /**
   * How many votes of the request the writer had counted. Two people who vote at the same moment leave state, version
   * and digest alone: without this, both would count one vote and a quorum of two would never be noticed.
   */
  readonly votes?: number;
  /** How many answers to it were refused, where that was counted: guesses of one moment count one after the other. */
  readonly refusals?: number;
}

/** One step of one request: all of it with its events in one transaction, or nothing. */
export interface Change {
  readonly request?: { readonly expect: Expected | "new"; readonly next: Request };
  /**
   * Only with a new request that waits: those of its requester that its writer saw waiting. Where there is another it is
   * lost, since it may have to join that one.
   */
  readonly knownPending?: readonly RequestId[];
  /** Hash of the confirm code; only with a new request. */
  readonly codeHash?: string;
  readonly vote?: Vote;
  readonly grant?: { readonly expect: GrantState | "new"; readonly grant: Grant; readonly next: GrantState };
  /** Counted against its rules' limits before anything is written; over one of them, nothing is. */
  readonly reserve?: Reservation;
  /** A run under a standing approval: counted against its budget before anything is written. */
  readonly standing?: { readonly standing: RequestId; readonly grant: GrantId };
  /** Stored when it is new; a stored one takes its `end`, once. */
  readonly session?: SessionRecord;
  readonly result?: StoredResult;
  /** Who can sign in at the page, and who is; never together with a step of a request. */
  readonly access?: AccessStep;
  /** Messages that this is the occasion for: they are on their way when it is on record, or it is not. */
  readonly deliveries?: readonly DeliveryDraft[];
  /** Ends or moves a claimed delivery; lost when the claim is. */
  readonly delivery?: DeliveryStep;
  /** The policy that decided it: on the trail before it where the one before was another. */
  readonly policy?: EventData["policy.loaded"];
  /** At least one, in the order they happened. */
  readonly events: readonly EventDraft[];
}

/** What a grant takes of the limits of the rules it rests on. */
export interface Reservation {
  readonly grant: GrantId;
  readonly request: RequestId;
  /** Login. */
  readonly requester: string;
  /** Milliseconds since the Unix epoch, UTC, both. */
  readonly at: number;
  readonly notAfter: number;
  readonly probes: number;
  readonly uses: readonly LimitUse[];
}

/** A change that moves a request; `request.next` is what it becomes. */
export type Step = Change & { readonly request: NonNullable<Change["request"]> };

/**
 * Two steps of the same request as one transaction, `second` made from what `first` leaves behind: an allowed scan is
 * opened, granted, claimed and started with a single wait for the disk, and no step is missing from the trail.
 */
export function together(first: Step, second: Step): Step {
  if (first.request.next.id !== second.request.next.id) throw new Error("two steps of different requests");
  const codeHash = first.codeHash ?? second.codeHash;
  const vote = only("vote", first.vote, second.vote);
  const grant =
    first.grant && second.grant ? { ...second.grant, expect: first.grant.expect } : (second.grant ?? first.grant);
  const session = second.session ?? first.session;
  const reserve = second.reserve ?? first.reserve;
  const standing = second.standing ?? first.standing;
  const result = only("result", first.result, second.result);
  const policy = second.policy ?? first.policy;
  const deliveries = [...(first.deliveries ?? []), ...(second.deliveries ?? [])];
  return {
    request: { expect: first.request.expect, next: second.request.next },
    ...(codeHash !== undefined && { codeHash }),
    ...(vote && { vote }),
    ...(grant && { grant }),
    ...(reserve && { reserve }),
    ...(standing && { standing }),
    ...(session && { session }),
    ...(result && { result }),
    ...(policy && { policy }),
    ...(deliveries.length > 0 && { deliveries }),
    events: [...first.events, ...second.events],
  };
}

function only<T>(what: string, first: T | undefined, second: T | undefined): T | undefined {
  if (first !== undefined && second !== undefined) throw new Error(`two steps that both bring a ${what}`);
  return first ?? second;
}
