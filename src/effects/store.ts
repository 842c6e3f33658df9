// The store as the broker sees it: the requests, the grants, the sessions, and the trail that all of them are on.
import type { Change } from "../core/approval/change.ts";
import type { Delegation } from "../core/approval/delegation.ts";
import type { Freeze } from "../core/approval/freeze.ts";
import type { Request, RequestId, RequestState, Vote } from "../core/approval/request.ts";
import type { OwedReview } from "../core/approval/standing.ts";
import type { Head, Verification } from "../core/audit/chain.ts";
import type { AuditEvent, SessionId } from "../core/audit/event.ts";
import type { TrailFailureCode } from "../core/audit/trail-failure.ts";
import type { Grant, GrantState } from "../core/grant/grant.ts";
import type { SessionRecord, StoredResult } from "../core/grant/session-record.ts";
import type { HistoryNeed, PastRun } from "../core/policy/limits.ts";
import type { AccessRecords, StoreFigures } from "./access.ts";
import type { Outbox } from "./channels.ts";

/** `lost` when somebody else moved the request first: nothing was written, `current` is what won. */
export type CommitResult =
  | { readonly kind: "committed"; readonly events: readonly AuditEvent[] }
  | { readonly kind: "lost"; readonly current: Request | undefined }
  /** What it wanted to reserve is taken (Change.reserve): nothing was written. `because`: which limit, with both numbers. */
  | { readonly kind: "over-limit"; readonly because: string }
  /** It would have redeemed a grant or started a session while everything is frozen: nothing was written. */
  | { readonly kind: "frozen"; readonly freeze: Freeze };

export interface RequestFilter {
  readonly state?: RequestState["state"];
  readonly requester?: string;
  /** Newest first; at most this many. */
  readonly limit?: number;
}

export interface EarlierScans {
  readonly requests: readonly Request[];
  /** False where older ones were left out. */
  readonly whole: boolean;
}

export interface EventFilter {
  readonly request?: RequestId;
  /** First sequence number wanted, from 1. */
  readonly from?: number;
  readonly limit?: number;
}

/** Thrown by every method when the trail can't be read or written (74): `code` says which way. */
export interface StoreFailure {
  readonly code: TrailFailureCode;
}

/** Asynchronous, so that another engine can stand behind it. A promise that resolved is durable on disk. */
export interface Store {
  commit(change: Change): Promise<CommitResult>;
  /** Any unique prefix; `ambiguous` lists the candidates. */
  findRequest(
    prefix: string,
  ): Promise<
    | { readonly kind: "found"; readonly request: Request }
    | { readonly kind: "none" }
    | { readonly kind: "ambiguous"; readonly ids: readonly RequestId[] }
  >;
  listRequests(filter: RequestFilter): Promise<readonly Request[]>;
  /**
   * Requests of this login that were let through and not revoked, the newest first; `voted`: only those that somebody
   * said yes to, the requester's own confirmation included. Bounded in number and bytes.
   */
  earlierScans(requester: string, which: "voted" | "any"): Promise<EarlierScans>;
  votes(request: RequestId): Promise<readonly Vote[]>;
  /** The latest word of each who hands their vote on, those whose time is over included. */
  delegations(): Promise<readonly Delegation[]>;
  codeHash(request: RequestId): Promise<string | undefined>;
  /** The freeze in force, from the trail; undefined when there is none. */
  freeze(): Promise<Freeze | undefined>;
  /** How many runs were taken under a standing approval: started, or still permitted at `now` (milliseconds). */
  standingRuns(standing: RequestId, now: number): Promise<number>;
  /** Broken glass that nobody has reviewed, of this login or of everybody; the oldest first. */
  owedReviews(requester?: string): Promise<readonly OwedReview[]>;
  grant(request: RequestId): Promise<{ readonly grant: Grant; readonly state: GrantState } | undefined>;
  sessions(request: RequestId): Promise<readonly SessionRecord[]>;
  /** What was permitted under rules with limits, and still counts at `now` (milliseconds); `except` is left out. */
  history(need: HistoryNeed, now: number, except?: RequestId): Promise<readonly PastRun[]>;
  /** Sessions without an end: running now, or left by a crash. */
  openSessions(): Promise<readonly SessionRecord[]>;
  result(session: SessionId): Promise<StoredResult | undefined>;
  events(filter: EventFilter): Promise<readonly AuditEvent[]>;
  readonly access: AccessRecords;
  /** Counted without reading a record. */
  figures(): Promise<StoreFigures>;
  readonly outbox: Outbox;
  /** Reads the whole trail again. `known`: heads that were noted outside and must still be in it. */
  verify(known?: readonly Head[]): Promise<Verification>;
  /**
   * Resolves when the request has changed since it was last read here: woken by the writer's COMMIT, or seen at a look
   * once a second. At `until` (milliseconds since the Unix epoch; by default in a second) it resolves all the same.
   * Rejects with the signal's reason when it aborts.
   */
  changed(request: RequestId, signal: AbortSignal, until?: number): Promise<void>;
}
