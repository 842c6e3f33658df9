// The session's account: a number that is in no password file, leased for one session. While the lease is there nobody
// else gets the number; signals reach its processes through the number alone, so never anybody else's.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { BOX } from "../../core/confinement/launch-chain.ts";
import type { UidRange } from "../../core/confinement/egress-rules.ts";
import { err, ok } from "../../core/result.ts";
import type { Result } from "../../core/result.ts";
import type { LaunchProblem } from "../../effects.ts";

/** Above every range that distributions, systemd and containers give away by themselves; below 2^31. */
export const SESSION_UIDS: UidRange = { first: 1_900_000_000, count: 1000 };

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

/** Why the range can't be used here: somebody has a number of it for good. */
export function rangeProblem(range: UidRange = SESSION_UIDS, etc = "/etc"): string | undefined {
  const inside = (uid: number, count = 1): boolean => uid < range.first + range.count && uid + count > range.first;
  const rowsOf = (file: string): readonly (readonly string[])[] => {
    try {
      return readFileSync(join(etc, file), "utf8")
        .split("\n")
        .map((line) => line.split(":"));
    } catch {
      return [];
    }
  };
  for (const [name, , uid] of rowsOf("passwd"))
    if (uid !== undefined && inside(Number(uid))) return `the account ${name ?? ""} has the uid ${uid}`;
  for (const [name, first, count] of rowsOf("subuid"))
    if (first !== undefined && inside(Number(first), Number(count)))
      return `/etc/subuid gives ${name ?? ""} uids from ${first} on`;
  return undefined;
}

/**
 * Leases a uid under which nothing runs; making its folder is the lock. The lease ends with `release`.
 *
 * @param folder  root's alone; one folder for all sessions of the machine.
 */
export function leaseUid(folder: string, range: UidRange = SESSION_UIDS): Result<number, LaunchProblem> {
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

/** Words of a command that signals every process of the account, wherever it forked to; never the one who sends. */
function signalWords(uid: number, signal: "INT" | "TERM" | "KILL"): readonly string[] {
  const account = [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  const rights = ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"];
  return [...account, ...rights, "--", "/bin/sh", "-c", `kill -${signal} -1`];
}

/** Resolves when the signal has been sent. */
export function signalAccount(setpriv: string, uid: number, signal: "INT" | "TERM" | "KILL"): Promise<void> {
  // As root or as anybody with a name, `kill -1` would be the end of much more than a session.
  if (!isSessionUid(uid)) throw new Error(`not an account of a session: ${uid}`);
  return new Promise((resolve) => {
    const child = spawn(setpriv, signalWords(uid, signal), { cwd: "/", env: {}, stdio: "ignore" });
    child.once("error", () => {
      resolve();
    });
    child.once("exit", () => {
      resolve();
    });
  });
}

export function isSessionUid(uid: number, { first, count }: UidRange = SESSION_UIDS): boolean {
  return Number.isSafeInteger(uid) && uid >= first && uid < first + count;
}

/** Whether anything runs under the uid; what has ended and waits for its parent is nothing. */
export function isRunning(uid: number): boolean {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    if (statSync(`/proc/${entry}`, { throwIfNoEntry: false })?.uid !== uid) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      if (!/^\) [ZX]/.test(stat.slice(stat.lastIndexOf(")")))) return true;
    } catch {
      // It ended while we looked.
    }
  }
  return false;
}

/**
 * Ends the shell inside that would end the session at its first time box (launch-chain.ts): the box was moved, and that
 * shell can't be told. Only processes of the account are looked at; one that looks like it is the session's own too.
 */
export function disarmBox(uid: number): void {
  if (!isSessionUid(uid)) throw new Error(`not an account of a session: ${uid}`);
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || statSync(`/proc/${entry}`, { throwIfNoEntry: false })?.uid !== uid) continue;
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, "latin1").split("\0");
      if (words[2] === BOX) process.kill(Number(entry), "SIGKILL");
    } catch {
      // It ended while we looked.
    }
  }
}

/** What forks faster than it is killed must not hold us for ever: the account may have 64 processes. */
const ROUNDS = 50;

/** Kills everything that runs under the uid; true when nothing is left, `killed` whether there was something. */
export async function clearAccount(setpriv: string, uid: number): Promise<{ clear: boolean; killed: boolean }> {
  if (!isRunning(uid)) return { clear: true, killed: false };
  for (let round = 0; round < ROUNDS; round++) {
    await signalAccount(setpriv, uid, "KILL");
    if (!isRunning(uid)) return { clear: true, killed: true };
    // A killed process is there until its parent or the end of its namespace has taken it away.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { clear: !isRunning(uid), killed: true };
}
