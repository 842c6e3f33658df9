// The session's account: a number that is in no password file, leased for one session. While the lease is there nobody
// else gets the number; signals reach its processes through the number alone, so never anybody else's.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { BOX } from "../../core/confinement/launch-chain.ts";
import { isSessionUid, type UidRange } from "../../core/confinement/session-uids.ts";
import { err, ok } from "../../core/result.ts";
import type { Result } from "../../core/result.ts";
import type { LaunchProblem } from "../../effects.ts";

/** Uids of all processes that run, whoever they belong to. */
function uidsInUse(): ReadonlySet<number> {
  const used = new Set<number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = statSync(`/proc/${entry}`, { throwIfNoEntry: false });
    if (stat !== undefined) used.add(stat.uid);
  }
  return used;
}

/** Files that give numbers away, each with the fields of a row: the name, the first number, how many where not one. */
const GIVEN_AWAY = [
  { file: "passwd", what: "the account", first: 2 },
  { file: "group", what: "the group", first: 2 },
  { file: "subuid", what: "/etc/subuid, to", first: 1, count: 2 },
  { file: "subgid", what: "/etc/subgid, to", first: 1, count: 2 },
] as const;

/** Why the range can't be used here: somebody has a number of it for good. */
export function rangeProblem(range: UidRange, etc = "/etc"): string | undefined {
  const inside = (first: number, count: number): boolean =>
    first < range.first + range.count && first + count > range.first;
  for (const { file, what, first, ...other } of GIVEN_AWAY) {
    for (const row of rowsOf(join(etc, file))) {
      const [number, count] = [row[first], "count" in other ? row[other.count] : "1"];
      if (number === undefined || number === "" || count === undefined) continue;
      if (inside(Number(number), Number(count))) return `${number} is given away (${what} ${row[0] ?? ""})`;
    }
  }
  return undefined;
}

function rowsOf(file: string): readonly (readonly string[])[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return []; // none, as subuid on machines without containers
  }
}

/**
 * Leases a uid under which nothing runs; making its folder is the lock. The lease ends with `release`.
 *
 * @param folder  root's alone; one folder for all sessions of the machine.
 */
export function leaseUid(folder: string, range: UidRange): Result<number, LaunchProblem> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const busy = uidsInUse();
  const leased = new Set(readdirSync(folder));
  const free: number[] = [];
  for (let uid = range.first; uid < range.first + range.count; uid++) {
    if (!busy.has(uid) && !leased.has(String(uid))) free.push(uid);
  }
  while (free.length > 0) {
    const [uid = 0] = free.splice(randomInt(free.length), 1);
    try {
      mkdirSync(join(folder, String(uid)), { mode: 0o700 });
      return ok(uid);
    } catch (error) {
      // Another session was quicker.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  const message = `All ${range.count} accounts for sessions are in use.`;
  return err({ code: "session-io", message, hint: "end other scans, or run jit-nmap sweep" });
}

export function releaseUid(folder: string, uid: number): void {
  rmSync(join(folder, String(uid)), { recursive: true, force: true });
}

/** Words of a command for setpriv that runs a line of shell as the account, without any right. */
function wordsAs(uid: number, line: string): readonly string[] {
  // As root or as anybody with a name, `kill -1` would be the end of much more than a session.
  if (!isSessionUid(uid)) throw new Error(`not an account of a session: ${uid}`);
  const account = [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  const rights = ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"];
  return [...account, ...rights, "--", "/bin/sh", "-c", line];
}

/**
 * Signals every process of the account, wherever it forked to; never the one who sends. Resolves when that is done.
 */
export function signalAccount(setpriv: string, uid: number, signal: "INT" | "TERM" | "KILL"): Promise<void> {
  const words = wordsAs(uid, `kill -${signal} -1`);
  return new Promise((resolve) => {
    const child = spawn(setpriv, words, { cwd: "/", env: {}, stdio: "ignore" });
    child.once("error", () => {
      resolve();
    });
    child.once("exit", () => {
      resolve();
    });
  });
}

/** What runs under these accounts; what has ended and waits for its parent is nothing. */
export function processesOf(
  isOurs: (uid: number) => boolean,
): readonly { readonly pid: number; readonly uid: number }[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const uid = statSync(`/proc/${entry}`, { throwIfNoEntry: false })?.uid;
    if (uid === undefined || !isOurs(uid)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      return /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(")"))) ? [] : [{ pid: Number(entry), uid }];
    } catch {
      return []; // It ended while we looked.
    }
  });
}

/** How many processes the account has. */
export const countProcesses = (uid: number): number => processesOf((one) => one === uid).length;

/**
 * Moves the box that ends the session should everybody outside be gone or stopped: the shell inside (launch-chain.ts) can't
 * be told, so it is ended, and one of the account beside the cage takes its place. Only processes of the account are
 * looked at; one that looks like it is the session's own too.
 */
export function moveBox(setpriv: string, uid: number, seconds: number): void {
  const old = boxesOf(uid);
  const box = spawn(setpriv, wordsAs(uid, `sleep ${seconds} && kill -KILL -1`), {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: "ignore",
    // Whoever ends this program with its group leaves it standing.
    detached: true,
  });
  box.on("error", () => undefined);
  box.unref();
  for (const pid of old) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended while we looked.
    }
  }
}

/** Pids of the account's shells that end it after some time. */
function boxesOf(uid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && statSync(`/proc/${entry}`, { throwIfNoEntry: false })?.uid === uid)
    .filter((entry) => {
      try {
        const [, , line = ""] = readFileSync(`/proc/${entry}/cmdline`, "latin1").split("\0");
        return line === BOX || /^sleep \d+ && kill -KILL -1$/.test(line);
      } catch {
        return false; // It ended while we looked.
      }
    })
    .map(Number);
}

/** What forks faster than it is killed must not hold us for ever: the account may have 64 processes. */
const ROUNDS = 50;

/** Kills everything that runs under the uid; `clear` when nothing is left, `killed`: how many there were. */
export async function clearAccount(setpriv: string, uid: number): Promise<{ clear: boolean; killed: number }> {
  const killed = countProcesses(uid);
  if (killed === 0) return { clear: true, killed };
  for (let round = 0; round < ROUNDS; round++) {
    await signalAccount(setpriv, uid, "KILL");
    if (countProcesses(uid) === 0) return { clear: true, killed };
    // A killed process is there until its parent or the end of its namespace has taken it away.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { clear: countProcesses(uid) === 0, killed };
}
