// Everything the pipeline may ask of the outside world, each with its contract, and nothing else. Interfaces only:
// live.ts has the real ones, the pipeline's test has fakes. What can fail by a person's or a machine's doing is said
// in the contract; everything else that is thrown is a defect and ends closed.
import type { Change } from "./core/approval/change.ts";
import type { Delegation } from "./core/approval/delegation.ts";
import type { Freeze } from "./core/approval/freeze.ts";
import type { Request, RequestId, RequestState, Vote } from "./core/approval/request.ts";
import type { OwedReview } from "./core/approval/standing.ts";
import type { Head, Verification } from "./core/audit/chain.ts";
import type { AuditEvent, Revocation, SessionEnding, SessionId } from "./core/audit/event.ts";
import type { Confinement } from "./core/confinement/confinement.ts";
import type { Grant, GrantState } from "./core/grant/grant.ts";
import type { SessionRecord, StoredResult } from "./core/grant/session-record.ts";
import type { Facts, FactsNeeded } from "./core/plan/facts.ts";
import type { InterfaceAddress } from "./core/policy/attached.ts";
import type { PolicyText } from "./core/policy/digest.ts";
import type { HistoryNeed, PastRun } from "./core/policy/limits.ts";
import type { Approver as NamedApprover, Policy } from "./core/policy/policy.ts";
import type { Requester } from "./core/policy/decision.ts";
import type { NmapIdentity, OwnScript } from "./core/plan/scan-plan.ts";
import type { Problem, Result } from "./core/result.ts";
import type { Progress } from "./core/results/progress.ts";
import type { AccessRecords, StoreFigures } from "./effects/access.ts";
import type { Approver, Proofs } from "./effects/asking.ts";
import type { Callbacks, ConfigSource, Outbox } from "./effects/channels.ts";
import type { AskedFor, InputFiles, OutputFiles, Places } from "./effects/files.ts";
import type { Person } from "./effects/person.ts";
import type { Held } from "./effects/held.ts";
import type { Runner, Swept } from "./effects/runner.ts";

export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  now(): number;
}

export interface Random {
  /** `count` bytes from the operating system's generator. */
  bytes(count: number): Uint8Array;
}

export type FactsProblem = Problem<"nmap-missing" | "nmap-unusable" | "nmap-too-old" | "nmap-data-unreadable">;

export interface FactFinder {
  /** Finds out what the plan needs. A name that does not resolve is a fact, not a failure. */
  find(needed: FactsNeeded): Promise<Result<Facts, FactsProblem>>;
  /** Who the operating system says is asking: the real uid, or under sudo that of its caller. */
  requester(): Requester;
  /** An account of this machine by login name, with its groups; undefined when there is none. */
  account(name: string): Promise<Requester | undefined>;
  /** Logins that belong to a group of the operating system; empty when there is no such group. */
  membersOf(group: string): Promise<readonly string[]>;
  /** Who hands their vote to whom by their own word, those whose time is over included. */
  delegations(): Promise<readonly Delegation[]>;
}

export interface PolicySource {
  /** The policy in force. Every mistake in its files is listed; a policy with one is not used (78). */
  load(): Promise<Result<Policy, readonly Problem[]>>;
}

/** Policies that are not in force, for those who write them. What is read here never decides a scan. */
export interface PolicyDrafts {
  /**
   * The policy in a folder or file.
   *
   * @param attached  what this machine is attached to, in place of what it really is.
   */
  load(path: string, attached?: readonly InterfaceAddress[]): Promise<Result<Policy, readonly Problem[]>>;
  /** The `*.cases.yaml` beside it, as they are; none is an empty list. */
  cases(path: string): Promise<Result<readonly PolicyText[], Problem>>;
}

export type { Change, Expected } from "./core/approval/change.ts";
export type { Head, Verification } from "./core/audit/chain.ts";
export type { SessionRecord, StoredResult } from "./core/grant/session-record.ts";

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
  readonly code:
    | "store-read-only"
    | "store-locked"
    | "store-full"
    | "store-newer-version"
    | "store-corrupt"
    | "store-io"
    | "trail-broken";
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

export interface Launch {
  readonly session: SessionId;
  /** Absolute path of nmap, then its arguments; private output paths are already in it. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `tee`: nmap's stdout is the XML, which is shown and kept (`-oX -`). */
  readonly stdout: "inherit" | "tee" | "discard";
  /** What the session may do, for a host that can hold it to that. */
  readonly confinement?: Confinement;
  /** Of the private copy of nmap's data that the plan reads; `data` was asked for it before. */
  readonly dataHash?: string;
}

/** Paths inside the session's private directory, made before the launch and removed by `discard`. */
export interface SessionFiles {
  readonly xml: string;
  readonly normal: string;
  readonly grepable: string;
  /** For target lists that are too long for a command line. */
  readonly targets: string;
}

export interface SessionEnd {
  readonly ending: SessionEnding;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly endedAt: number;
  /** Time from exec to the end, on a monotonic clock. */
  readonly seconds: number;
  /** What the kernel refused, in sentences; absent where nothing could be refused. */
  readonly violations?: readonly string[];
  /** What was taken back beside the grant; absent where the session had nothing of its own but processes. */
  readonly revocation?: Revocation;
}

export type StopHow = "gently" | "promptly" | "now";

export interface RunningSession {
  readonly ended: Promise<SessionEnd>;
  /**
   * `gently`: nmap may finish its output (SIGINT, then TERM, then KILL); `promptly`: the same within half a second, for
   * an end that others asked for; `now`: KILL for the whole group.
   */
  stop(how: StopHow, ending: SessionEnding): void;
  /**
   * Moves the end of the time box: so many seconds from the session's start, in all. Never earlier than it is, and
   * nothing once the session is ending.
   */
  extend(ttlSeconds: number): void;
}

/** A session before its beginning: it gets ready while people are asked and the trail is written. */
export interface StagedSession {
  /** Whether all that it needs is still there: what waits for hours can be killed by somebody meanwhile. */
  stands(): boolean;
  /**
   * Lets nmap run, guarded. The time box counts from here and holds whatever happens to this process.
   *
   * @param violated  called while it runs, about a second after the kernel refused something: with a sentence for each
   *   destination that was not told before, and some twenty in all; the whole with its sums comes with the end.
   */
  open(
    ttlSeconds: number,
    violated?: (violations: readonly string[]) => void,
  ): Promise<Result<RunningSession, LaunchProblem>>;
  /** Ends it instead: nothing of nmap has run. */
  drop(): Promise<void>;
}

export type LaunchProblem = Problem<
  | "nmap-missing"
  | "nmap-unusable"
  | "nmap-data-changed"
  | "guard-missing"
  | "session-io"
  | "egress-refused"
  | "own-script-refused"
>;

/** Where the runner makes, starts and ends its sessions. The broker asks the runner, never this. */
export interface SessionHost {
  /** What will hold a session that is started now. */
  level(): Promise<Held>;
  prepare(session: SessionId): Promise<SessionFiles>;
  /** Writes the file of targets, for nmap alone to read. */
  putTargets(session: SessionId, words: string): Promise<void>;
  /**
   * Writes private copies of the requester's own scripts, `NAME.nse` each, and gives their folder. Refused where they
   * would run with rights that are not the requester's.
   */
  putScripts(session: SessionId, scripts: readonly OwnScript[]): Promise<Result<string, LaunchProblem>>;
  /**
   * The directory with the private copy of nmap's data of this hash, every file in it as it was when it was made.
   *
   * @param nmap  absolute path of the nmap whose data it is.
   */
  data(wanted: NonNullable<NmapIdentity["data"]>, nmap: string): Promise<Result<string, LaunchProblem>>;
  /** Starts a shell that is to become nmap, and its guard: nothing of nmap runs before `open`. */
  stage(launch: Launch): Promise<Result<StagedSession, LaunchProblem>>;
  /** nmap's answer about itself, to our own output: without rights, input or network use; gives its exit code. */
  tell(argv: readonly string[], env: Launch["env"]): Promise<Result<number, LaunchProblem>>;
  /** Bytes of a private file (empty when nmap wrote none), read without following links. */
  read(session: SessionId, file: keyof SessionFiles): Promise<Uint8Array>;
  /** How far nmap is, by what it has written so far; undefined when this host has no folder of the session. */
  progress(session: SessionId): Promise<Progress | undefined>;
  /** Removes the private directory. */
  discard(session: SessionId): Promise<void>;
  /**
   * Ends whatever still runs of a session that a crash left, and takes back what it had; `discard` removes its files,
   * once it is on record.
   */
  sweep(session: SessionId): Promise<Swept>;
  /** Sessions with a folder on this host whose program is gone; some may never have come on record. */
  abandoned(): Promise<readonly SessionId[]>;
}

export type { Answer, Approver, Asked, Claim, News, Proofs, Question } from "./effects/asking.ts";
export type { AccessRecords, StoreFigures } from "./effects/access.ts";
export type { Call, Callbacks, ConfigSource, Outbox, SaidByService } from "./effects/channels.ts";
export type { AskedFor, InputFiles, OutputFiles, Places } from "./effects/files.ts";
export type { Person, Running, Waiting } from "./effects/person.ts";
export type { Held } from "./effects/held.ts";
export type { Swept, Acknowledge, Ended, HeldHere, Runner, Stops } from "./effects/runner.ts";

export interface Effects {
  readonly places: Places;
  readonly clock: Clock;
  readonly uptime: () => number; // Seconds, those that the machine slept included: no setting of the clock moves it.
  readonly random: Random;
  readonly facts: FactFinder;
  readonly policy: PolicySource;
  readonly drafts: PolicyDrafts;
  readonly config: ConfigSource;
  readonly callbacks: Callbacks;
  readonly store: Store;
  readonly runner: Runner;
  readonly inputs: InputFiles;
  readonly outputs: OutputFiles;
  readonly asked: AskedFor;
  readonly person: Person;
  /** The approver that the policy names so, made as config.yaml says; a problem when it is not configured. */
  approver(named: NamedApprover): Promise<Result<Approver, Problem>>;
  readonly proofs: Proofs;
}
