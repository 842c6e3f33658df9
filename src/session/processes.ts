// What /proc says about processes, and the only place from which this program signals any: by group or by the mark
// that a session's processes carry, never a process that could be somebody else's. Synchronous: /proc answers at once, and nothing may slip
// in between looking and signalling.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { SessionId } from "../core/audit/event.ts";

export interface ProcessStat {
  readonly state: string;
  readonly group: number;
  readonly session: number;
  /** Clock ticks after boot: with the pid, the identity of a process until the next boot. */
  readonly startTime: string;
}

/** The process's line in /proc, or undefined when there is none. */
export function readStat(pid: number): ProcessStat | undefined {
  // Asked first because most are gone, and an exception costs ten times as much.
  if (!existsSync(`/proc/${pid}`)) return undefined;
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The name in brackets is the process's own choice and may hold anything, brackets and newlines included.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , group, session] = fields;
  const startTime = fields[19];
  if (state === undefined || group === undefined || session === undefined || startTime === undefined) return undefined;
  return { state, group: Number(group), session: Number(session), startTime };
}

/** Hundredths of a second since boot, suspended time included (CLOCK_BOOTTIME): no clock setting moves it. */
export function uptimeCentiseconds(): number {
  const text = readFileSync("/proc/uptime", "latin1");
  return Math.round(Number(text.slice(0, text.indexOf(" "))) * 100);
}

export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
}

/** A process that this program started as the leader of an own session, and so of an own group. */
export interface Leader {
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Whether the leader's number still means its group. It does while the leader is there, and also when no process has
 * the number: the kernel does not give it away as long as anything is left in the group.
 */
function stillOurs(leader: Leader): boolean {
  const now = readStat(leader.pid);
  return now === undefined || now.startTime === leader.startTime;
}

/** Signals the leader's whole group; false when there is nothing left to signal. */
export function signalGroup(leader: Leader, signal: "SIGINT" | "SIGTERM" | "SIGKILL"): boolean {
  // 0 and 1 would be everybody here and the whole machine; anything that is no pid is a defect.
  if (!Number.isSafeInteger(leader.pid) || leader.pid <= 1) throw new Error(`not a process group: ${leader.pid}`);
  if (!stillOurs(leader)) return false;
  try {
    process.kill(-leader.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Above this many candidates, listing /proc is cheaper than asking for each number. */
const ASKED_ONE_BY_ONE = 64;

/** Numbers of processes that may have been started after `pid`, without those that certainly were not where that is cheap to know. */
function candidates(pid: number): readonly number[] {
  // The last field of /proc/loadavg is the number given away last: after a short scan only a few lie between.
  const last = Number(readFileSync("/proc/loadavg", "latin1").trim().split(" ").at(-1));
  if (last >= pid && last - pid <= ASKED_ONE_BY_ONE) {
    return Array.from({ length: last - pid }, (_, index) => pid + 1 + index);
  }
  return readdirSync("/proc")
    .map(Number)
    .filter((entry) => entry > 1);
}

/** What a session's processes have in their environment, and their children from them. Not part of any digest. */
export const SESSION_MARK = "JIT_NMAP_SESSION";

/**
 * Whether a process carries the session's mark, is this account's own and started after the leader. Where it stands
 * says nothing: somebody else's shell may stand in the session's folder.
 */
function isMarked(pid: number, stat: ProcessStat, leader: Leader, session: SessionId): boolean {
  if (BigInt(stat.startTime) < BigInt(leader.startTime)) return false;
  try {
    if (statSync(`/proc/${pid}`).uid !== process.geteuid?.()) return false;
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
    return environment.includes(`${SESSION_MARK}=${session}`);
  } catch {
    return false;
  }
}

/** A child that forks faster than we look must not hold us for ever. */
const ROUNDS = 20;

/**
 * Kills what a session left behind: members of its group, of its session, and whatever carries its mark although it
 * left both. Returns how many were signalled.
 *
 * A process that starts a session of its own *and* empties its environment is not found; in a confined session the
 * process namespace ends that one too (security.md: this level is advisory).
 */
export function killRemainder(leader: Leader, session: SessionId): number {
  let killed = signalGroup(leader, "SIGKILL") ? 1 : 0;
  for (let round = 0; round < ROUNDS; round++) {
    let found = 0;
    const sessionIsOurs = stillOurs(leader);
    for (const pid of candidates(leader.pid)) {
      if (pid === process.pid || pid === leader.pid) continue;
      const stat = readStat(pid);
      if (stat === undefined || stat.state === "Z" || stat.state === "X") continue;
      const ours = (sessionIsOurs && stat.session === leader.pid) || isMarked(pid, stat, leader, session);
      if (!ours) continue;
      try {
        process.kill(pid, "SIGKILL");
        found += 1;
      } catch {
        // Gone in between, or not ours to signal: either way nothing more can be done here.
      }
    }
    if (found === 0) break;
    killed += found;
  }
  return killed;
}
