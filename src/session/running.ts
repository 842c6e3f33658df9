// A session that runs: its time box, its ways to be stopped, and how it ended. One of two that hold the deadline; the
// other is the guard (guard.ts), which needs nothing of this.
import type { RunningSession, SessionEnd, StopHow } from "../effects.ts";
import type { SessionEnding } from "../core/audit/event.ts";
import type { Launched } from "./launch.ts";
import { killRemainder, signalGroup, uptimeCentiseconds } from "./processes.ts";

/** From TERM to KILL at the end of the time box. */
const KILL_AFTER_MS = 1000;
/** From INT to TERM when nmap may finish its output. */
const TERM_AFTER_MS = 2000;
/** From INT to KILL when others ended it: a revoked scan is gone within a second, the way to here included. */
const PROMPTLY_MS = 500;
/** How often the clock is looked at: a machine that slept through the deadline ends the session this soon. */
const LOOK_EVERY_MS = 1000;

export interface TimeBox {
  /** When the gate was opened, and when the time is up: hundredths of a second of /proc/uptime. */
  readonly opened: number;
  readonly deadline: number;
  /** When the session began, by process.hrtime.bigint(): `performance` would load more of Node than all of this. */
  readonly startedAt: bigint;
  /** Resolves when all that nmap printed to us has been dealt with. */
  readonly drained: Promise<void>;
}

export function watchSession(launched: Launched, box: TimeBox): RunningSession {
  const { child, guard, guardLeader, leader } = launched;
  const timers = new Set<NodeJS.Timeout>();
  let reason: SessionEnding | undefined;
  let over = false;
  let { deadline } = box;

  const later = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!over) act();
    }, ms);
    timers.add(timer);
  };
  const kill = (): void => {
    signalGroup(leader, "SIGKILL");
  };
  const terminate = (): void => {
    signalGroup(leader, "SIGTERM");
    later(KILL_AFTER_MS, kill);
  };
  const look = (): void => {
    const leftMs = (deadline - uptimeCentiseconds()) * 10;
    if (leftMs > 0) {
      later(Math.min(leftMs, LOOK_EVERY_MS), look);
      return;
    }
    reason ??= "time-box";
    terminate();
  };
  look();

  // Without its guard a session would outlive us: it ends, rather than going on with one keeper less.
  const guardGone = (): void => {
    if (over) return;
    reason ??= uptimeCentiseconds() >= deadline ? "time-box" : "lost";
    kill();
  };
  if (guard.exitCode !== null || guard.signalCode !== null) guardGone();
  else guard.once("exit", guardGone);

  const ended = new Promise<SessionEnd>((resolve) => {
    const finish = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      const seconds = Number(process.hrtime.bigint() - box.startedAt) / 1e9;
      const endedAt = Date.now();
      over = true;
      for (const timer of timers) clearTimeout(timer);
      killRemainder(leader, launched.session);
      signalGroup(guardLeader, "SIGKILL");
      // The guard acts on the deadline when we could not: its signal is then our time box, not nmap's death.
      const byGuard = (signal !== null || exitCode !== 0) && uptimeCentiseconds() >= deadline;
      const ending = reason ?? (byGuard ? "time-box" : signal !== null ? "signalled" : "exited");
      // Output that could not be kept or shown (a full disk): the result is not to be trusted, but the end is on record.
      box.drained.then(
        () => {
          resolve({ ending, exitCode, signal, endedAt, seconds });
        },
        () => {
          resolve({ ending: "lost", exitCode, signal, endedAt, seconds });
        },
      );
    };
    // It may have ended while the guard was still reporting.
    if (child.exitCode !== null || child.signalCode !== null) finish(child.exitCode, child.signalCode);
    else child.once("exit", finish);
  });

  return {
    ended,
    stop(how: StopHow, ending) {
      if (over) return;
      reason ??= ending;
      if (how === "now") {
        kill();
        return;
      }
      child.kill("SIGINT");
      if (how === "promptly") later(PROMPTLY_MS, kill);
      else later(TERM_AFTER_MS, terminate);
    },
    extend(ttlSeconds) {
      const end = box.opened + Math.ceil(ttlSeconds * 100);
      if (over || reason !== undefined || !(end > deadline)) return;
      // The guard first: it must never act on the old one after we have let it pass.
      launched.moveDeadline(end);
      deadline = end;
    },
  };
}
