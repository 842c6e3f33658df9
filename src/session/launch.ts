// Starting nmap so that no moment exists in which it runs unguarded: a shell in an own session waits at a gate, the
// guard learns its pid and opens the gate, and only then the shell becomes nmap by exec (same pid, same session).
// A confined launch puts its chain of programs (bwrap, setpriv) before nmap in `argv`; the rest stays as it is.
import { spawn } from "node:child_process";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Duplex } from "node:stream";
import type { SessionId } from "../core/audit/event.ts";
import type { Launch, LaunchProblem } from "../effects.ts";
import { err, ok } from "../core/result.ts";
import type { Result } from "../core/result.ts";
import { GUARD } from "./guard.ts";
import { readStat, SESSION_MARK, signalGroup } from "./processes.ts";
import type { Leader } from "./processes.ts";

const SHELL = "/bin/sh";

/** How long after the deadline the guard acts: our own timer goes first, so that nothing is signalled twice. */
const GUARD_AFTER_CENTISECONDS = 30;

/** Where the gate is in the waiting shell, and leash and gate in the guard. */
const GATE = 3;

export interface Launched {
  readonly session: SessionId;
  readonly leader: Leader;
  readonly child: ChildProcess;
  readonly guard: ChildProcess;
  readonly guardLeader: Leader;
  /** Resolves to true when the guard stands, to false when it ended before. */
  readonly armed: Promise<boolean>;
  /** Has the guard open the gate. `deadline`: hundredths of a second of /proc/uptime. */
  readonly open: (deadline: number) => void;
  /** Tells the guard a later one. */
  readonly moveDeadline: (deadline: number) => void;
}

export interface Place {
  /** An empty directory of the session's own, which nmap gets as working directory. */
  readonly workingDirectory: string;
  /** Called with nmap's pid before anything of nmap has run. */
  readonly note: (leader: Leader) => void;
  readonly cage?: Cage;
}

/** What stands between the shell and nmap in a confined session. */
export interface Cage {
  /** The command that makes the cage, nmap's own words at its end. */
  readonly argv: readonly string[];
  /** An open descriptor that the cage gets as CAGE_DESCRIPTOR. */
  readonly descriptor: number;
  /** The guard's further arguments (guard.ts). */
  readonly guard: readonly string[];
  /** What the waiting shell does before anything else, in its own words. */
  readonly first: string;
}

export const CAGE_DESCRIPTOR = 4;

/**
 * Starts the guard, and the shell that becomes nmap when `open` is called. A problem means that nothing of nmap ran and
 * nothing is left running.
 *
 * nmap gets: the environment of `launch` and the session's mark, an empty standard input, no descriptor beyond 2 that leads
 * anywhere, no core files, umask 077 (its files are in the private directory).
 */
export function launch(launch: Launch, place: Place): Result<Launched, LaunchProblem> {
  const foreign = foreignDescriptors();
  if (!foreign.ok) return foreign;
  const nothing = openSync("/dev/null", "r+");
  try {
    // Descriptors that our own parent forgot to close are covered: what is there then leads nowhere.
    const cover = (stdio: (StdioPart | undefined)[]): StdioOptions => {
      for (const descriptor of foreign.value) stdio[descriptor] ??= nothing;
      return Array.from(stdio, (part) => part ?? "ignore");
    };
    const child = spawn(
      SHELL,
      ["-c", `${place.cage?.first ?? ""}${gate(launch.env)}`, "sh", ...(place.cage?.argv ?? launch.argv)],
      {
        detached: true,
        cwd: place.workingDirectory,
        env: { ...launch.env, [SESSION_MARK]: launch.session },
        stdio: cover(["ignore", stdoutPart(launch.stdout), "inherit", "pipe", place.cage?.descriptor]),
      },
    );
    const pid = child.pid;
    if (pid === undefined) return failed(child, "nmap could not be started");
    const startTime = readStat(pid)?.startTime;
    if (startTime === undefined) throw new Error("/proc does not show our own child");
    const leader = { pid, startTime };
    const gateEnd = child.stdio[GATE] as unknown as Duplex;
    // Whoever loses the race for the gate gets EPIPE; that the gate is shut is seen by the child's end.
    gateEnd.on("error", () => undefined);
    try {
      place.note(leader);
      const mark = `${SESSION_MARK}=${launch.session}`;
      const words = ["jit-nmap-guard", String(pid), startTime, mark, ...(place.cage?.guard ?? [])];
      const guard = spawn(SHELL, ["-c", GUARD, ...words], {
        detached: true,
        cwd: "/",
        env: { PATH: "/usr/bin:/bin" },
        stdio: cover(["ignore", "ignore", "ignore", "pipe", gateEnd]),
      });
      if (guard.pid === undefined) {
        signalGroup(leader, "SIGKILL");
        return failed(guard, "the session's guard could not be started");
      }
      const guardStart = readStat(guard.pid)?.startTime;
      if (guardStart === undefined) throw new Error("/proc does not show our own child");
      return ok({
        session: launch.session,
        leader,
        child,
        guard,
        guardLeader: { pid: guard.pid, startTime: guardStart },
        armed: untilArmed(guard),
        open(deadline) {
          leashOf(guard).write(`go ${deadline + GUARD_AFTER_CENTISECONDS}\n`);
        },
        moveDeadline(deadline) {
          leashOf(guard).write(`until ${deadline + GUARD_AFTER_CENTISECONDS}\n`);
        },
      });
    } catch (error) {
      signalGroup(leader, "SIGKILL");
      throw error;
    } finally {
      gateEnd.destroy();
    }
  } finally {
    closeSync(nothing);
  }
}

type StdioPart = "ignore" | "inherit" | "pipe" | number | Duplex;

function stdoutPart(stdout: Launch["stdout"]): StdioPart {
  return stdout === "tee" ? "pipe" : stdout === "discard" ? "ignore" : "inherit";
}

/** What a shell adds to its environment on its own, and Node under coverage. */
const ADDED_BY_OTHERS = ["PWD", "OLDPWD", "SHLVL", "_", "NODE_V8_COVERAGE"];

/** The waiting shell: end of file at the gate means that nobody guards, so nothing starts. */
function gate(env: Launch["env"]): string {
  const unset = ADDED_BY_OTHERS.filter((name) => !Object.hasOwn(env, name)).join(" ");
  return `read -r go <&${GATE} && [ "$go" = go ] || exit 70; exec ${GATE}<&-; unset go ${unset}; ulimit -c 0; umask 077; exec "$@"`;
}

const leashOf = (guard: ChildProcess): Duplex => guard.stdio[3] as unknown as Duplex;

function untilArmed(guard: ChildProcess): Promise<boolean> {
  const leash = leashOf(guard);
  leash.on("error", () => undefined);
  // Neither the guard nor the leash may keep this program alive; nmap does.
  guard.unref();
  return new Promise((resolve) => {
    leash.once("data", () => {
      resolve(true);
      (leash as Duplex & { unref(): void }).unref();
    });
    // Not the guard's exit, which may be noticed before its last words are read.
    leash.once("close", () => {
      resolve(false);
    });
  });
}

/** The highest descriptor that is covered rather than refused: the table given to the child is as long. */
const HIGHEST = 4096;

/**
 * Descriptors above 2 that a child would get. Node marks its own close-on-exec, and at its start those of its parent up
 * to the first gap above 15; what lies beyond the gap stays open in every child.
 */
function foreignDescriptors(): Result<readonly number[], LaunchProblem> {
  const found: number[] = [];
  for (const entry of readdirSync("/proc/self/fd")) {
    const descriptor = Number(entry);
    if (descriptor <= 15) continue;
    let flags: string;
    try {
      // Node's own event loop, which is always close-on-exec: asking for the name is much cheaper than for the flags.
      if (/^anon_inode:\[event(poll|fd)\]$/.test(readlinkSync(`/proc/self/fd/${descriptor}`))) continue;
      flags = readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1");
    } catch {
      continue; // the one that listed the directory
    }
    const octal = /^flags:\s*([0-7]+)$/m.exec(flags)?.[1];
    if (octal !== undefined && (Number.parseInt(octal, 8) & 0o2000000) !== 0) continue;
    if (descriptor > HIGHEST) {
      return err({
        code: "session-io",
        message: `This program was started with descriptor ${descriptor} left open, and nmap must not get it.`,
        hint: "close it in the program that starts jit-nmap",
      });
    }
    found.push(descriptor);
  }
  return ok(found);
}

function failed(child: ChildProcess, what: string): Result<never, LaunchProblem> {
  // The reason arrives as an event on the next turn; without a listener it would end this program.
  child.on("error", () => undefined);
  return err({ code: "guard-missing", message: `${what}: ${SHELL} can't be executed.` });
}
