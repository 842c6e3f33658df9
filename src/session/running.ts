// A session that runs: its time box, its ways to be stopped, and how it ended. One of two that hold the deadline; the
// other is the guard (guard.ts), which needs nothing of this.
import type { RunningSession, SessionEnd, StopHow } from "../effects.ts";
import type { SessionEnding } from "../core/audit/event.ts";
import type { Launched } from "./launch.ts";
import type { Teed } from "./tee.ts";
import { killRemainder, signalGroup, uptimeCentiseconds } from "./processes.ts";

/** From TERM to KILL at the end of the time box. */
const KILL_AFTER_MS = 1000;
/** From INT to TERM when nmap may finish its output. */
const TERM_AFTER_MS = 2000;
/** From INT to KILL when others ended it: a revoked scan is gone within a second, the way to here included. */
const PROMPTLY_MS = 500;
/** How often the clock is looked at: a machine that slept through the deadline ends the session this soon. */
const LOOK_EVERY_MS = 1000;

/** How this kind of session is reached and what is left of it at its end. */
export interface Hands {
  /** Asks nmap to end and keep its output. */
  interrupt(): void;
  terminate(): void;
  kill(): void;
  /** Once nmap is gone: ends whatever is left, and says what was taken back and what was refused meanwhile. */
  clear(): Promise<Pick<SessionEnd, "revocation" | "violations">>;
  /** The end of the box is later now: hundredths of a second of /proc/uptime. */
  extend?(deadline: number): void;
}

export interface TimeBox {
  /** How long before the deadline the session is told to end, in hundredths of a second. */
  readonly early?: number;
  /** When the gate was opened, and when the time is up: hundredths of a second of /proc/uptime. */
  readonly opened: number;
  readonly deadline: number;
  /** When the session began, by process.hrtime.bigint(): `performance` would load more of Node than all of this. */
  readonly startedAt: bigint;
  /** What nmap prints to us, where it does. */
  readonly shown: Teed | undefined;
}

/** Reaches a session that runs under this account: by its process group, and by its mark. */
function handsOf({ child, leader, session }: Launched): Hands {
  return {
    interrupt() {
      child.kill("SIGINT");
    },
    terminate() {
      signalGroup(leader, "SIGTERM");
    },
    kill() {
      signalGroup(leader, "SIGKILL");
    },
    clear() {
      killRemainder(leader, session);
      return Promise.resolve({});
    },
  };
}

export function watchSession(launched: Launched, box: TimeBox, hands: Hands = handsOf(launched)): RunningSession {
  const { child, guard, guardLeader } = launched;
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
    hands.kill();
  };
  const terminate = (): void => {
    hands.terminate();
    later(KILL_AFTER_MS, kill);
  };
  const look = (): void => {
    const leftMs = (deadline - (box.early ?? 0) - uptimeCentiseconds()) * 10;
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

  const ended = new Promise<SessionEnd>((resolve, reject) => {
    const finish = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      const seconds = Number(process.hrtime.bigint() - box.startedAt) / 1e9;
      const endedAt = Date.now();
      over = true;
      for (const timer of timers) clearTimeout(timer);
      const cleared = hands.clear();
      signalGroup(guardLeader, "SIGKILL");
      // The guard acts on the deadline when we could not: its signal is then our time box, not nmap's death.
      const byGuard = (signal !== null || exitCode !== 0) && uptimeCentiseconds() >= deadline;
      const ending = reason ?? (byGuard ? "time-box" : signal !== null ? "signalled" : "exited");
      // Output that could not be kept or shown (a full disk): the result is not to be trusted, but the end is on record.
      // Whoever ended it waits for its end on record, and the requester may be nobody who reads.
      if (ending === "revoked" || ending === "lost" || ending === "violation") box.shown?.letGo();
      const drained = (box.shown?.drained ?? Promise.resolve()).then(
        () => ending,
        () => "lost" as const,
      );
      void Promise.all([drained, cleared]).then(([how, left]) => {
        resolve({ ending: how, exitCode, signal, endedAt, seconds, ...left });
      }, reject);
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
      hands.interrupt();
      if (how === "promptly") later(PROMPTLY_MS, kill);
      else later(TERM_AFTER_MS, terminate);
    },
    extend(ttlSeconds) {
      const end = box.opened + Math.ceil(ttlSeconds * 100);
      if (over || reason !== undefined || !(end > deadline)) return;
      hands.extend?.(end);
      // The guard before us: it must never act on the old one after we have let it pass.
      launched.moveDeadline(end);
      deadline = end;
    },
  };
}
