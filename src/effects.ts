// Everything the pipeline may ask of the outside world, each with its contract, and nothing else. Interfaces only:
// live.ts has the real ones, the pipeline's test has fakes. What can fail by a person's or a machine's doing is said
// in the contract; everything else that is thrown is a defect and ends closed.
import type { Delegation } from "./core/approval/delegation.ts";
import type { Facts, FactsNeeded } from "./core/plan/facts.ts";
import type { InterfaceAddress } from "./core/policy/attached.ts";
import type { Requester } from "./core/policy/decision.ts";
import type { PolicyText } from "./core/policy/digest.ts";
import type { Approver as NamedApprover, Policy } from "./core/policy/policy.ts";
import type { Problem, Result } from "./core/result.ts";
import type { Approver, Proofs } from "./effects/asking.ts";
import type { Callbacks, ConfigSource } from "./effects/channels.ts";
import type { AskedFor, InputFiles, OutputFiles, Places } from "./effects/files.ts";
import type { Person } from "./effects/person.ts";
import type { Runner } from "./effects/runner.ts";
import type { Store } from "./effects/store.ts";

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
export type { Answer, Approver, Asked, Claim, News, Proofs, Question } from "./effects/asking.ts";
export type { AccessRecords, StoreFigures } from "./effects/access.ts";
export type { Call, Callbacks, ConfigSource, Outbox, SaidByService } from "./effects/channels.ts";
export type { AskedFor, InputFiles, OutputFiles, Places } from "./effects/files.ts";
export type { Person, Running, Waiting } from "./effects/person.ts";
export type { Held } from "./effects/held.ts";
export type { Acknowledge, Ended, HeldHere, Runner, Stops, Swept } from "./effects/runner.ts";
export type { Launch, LaunchProblem, RunningSession, SessionEnd, SessionFiles } from "./effects/session-host.ts";
export type { SessionHost, StagedSession, StopHow } from "./effects/session-host.ts";
export type { CommitResult, EarlierScans, EventFilter, RequestFilter } from "./effects/store.ts";
export type { Store, StoreFailure } from "./effects/store.ts";

export interface Effects {
  readonly places: Places;
  readonly clock: Clock;
  /** Seconds, those that the machine slept included: no setting of the clock moves it. */
  readonly uptime: () => number;
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
