// Where the runner makes, starts and ends its sessions: as the requester, or confined by root. The broker asks the
// runner (runner.ts), never this.
import type { Revocation, SessionEnding, SessionId } from "../core/audit/event.ts";
import type { Confinement } from "../core/confinement/confinement.ts";
import type { NmapIdentity, OwnScript } from "../core/plan/scan-plan.ts";
import type { Problem, Result } from "../core/result.ts";
import type { Progress } from "../core/results/progress.ts";
import type { Held } from "./held.ts";
import type { Swept } from "./runner.ts";

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
