// The runner as the broker sees it: what may be asked of whoever runs sessions, in this process or in one apart.
import type { Revocation, SessionId } from "../core/audit/event.ts";
import type { Terms } from "../core/confinement/confinement.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import type { Problem, Result } from "../core/result.ts";
import type { Order, Report } from "../messages.ts";
import type { Held } from "./held.ts";
import type { RunningSession, SessionHost } from "./session-host.ts";

/** Subscribes to whatever may end a session early, or let it last longer; returns the unsubscriber. */
export type Stops = (session: Pick<RunningSession, "stop" | "extend">) => () => void;

export type Ended = Extract<Report, { kind: "ended" | "failed" }>;

/** Puts a report on the trail; `refused`: it may not start, or nobody can say any more that it may go on. */
export type Acknowledge = (report: Report) => Promise<"on-record" | "refused">;

export interface HeldHere extends Held {
  /** The longest time box that a session can come to, in seconds: what is given beyond that is not kept. */
  readonly longestSeconds: number;
}

/** What a sweep found of one session. */
export type Swept =
  /** The process that started it is alive and keeps it, or another sweep is at it: nothing was touched. */
  | { readonly kind: "running" }
  /** This host has no folder of it, so it says nothing about it (another account's, or root's by sudo). */
  | { readonly kind: "not-here" }
  | { readonly kind: "over"; readonly revocation: Revocation };

/**
 * Runs orders, one grant each. Two implementations keep this contract: `runHere` (runner.ts) in this process, and a
 * program of its own that holds the rights which this one has not (apart/).
 */
export interface Runner extends Pick<SessionHost, "tell" | "read" | "progress" | "discard" | "sweep" | "abandoned"> {
  /** What will hold a session that is started now. */
  level(): Promise<HeldHere>;
  /** A scan is about to be judged: what takes its time to start may start meanwhile. It may be denied all the same. */
  expect(): void;
  /**
   * Makes a session ready for a plan in the time that people take to answer; nothing of nmap runs. What `execute` is
   * then asked for must be for this session and plan, or it is made anew.
   */
  standBy(session: SessionId, plan: PlanDocument, terms: Terms): Promise<Result<SessionId, Problem>>;
  /**
   * Ends a session that another process of this machine runs, whatever became of who ordered it; a sweep then finds it
   * over. False where this process has not the right to, or there is none.
   */
  endElsewhere(session: SessionId): Promise<boolean>;
  /** Undoes what stands ready, where no order has taken it; nothing otherwise. */
  standDown(session: SessionId): Promise<void>;
  /**
   * Runs one order to its end, or not at all where the broker refuses its start. Resolves when nmap and everything of
   * its session are gone and the trail says so. Rejects when a report could not be put on record: then nothing of it
   * runs any more, and a sweep finds what is left.
   *
   * @param meanwhile  called once nmap runs: what is needed after its end can be loaded in its time.
   */
  execute(order: Order, acknowledge: Acknowledge, stops: Stops, meanwhile: () => void): Promise<Ended>;
}
