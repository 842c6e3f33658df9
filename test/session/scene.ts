// What the session tests share: private state directories, stand-ins for nmap, and a look at the processes of this
// machine that does not use our own code.
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { SessionId } from "../../src/core/audit/event.ts";
import type { SessionEnd } from "../../src/effects.ts";

/** A private directory, gone after the test. */
export function privateDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "jit-nmap-session-")));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

const sessions: SessionId[] = [];
export function freshSession(): SessionId {
  const session = `s${String(process.pid).padStart(7, "0")}${String(sessions.length).padStart(3, "0")}` as SessionId;
  sessions.push(session);
  return session;
}

/** Whether a command line names one of the sessions made here: a guard's does. */
const namesSession = (command: string): boolean => sessions.some((session) => command.includes(session));

/** An executable shell script that stands in for nmap. */
export function script(directory: string, body: string): string {
  const path = join(directory, "fake-nmap");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

export interface Seen {
  readonly pid: number;
  readonly session: number;
  readonly command: string;
  readonly cwd: string;
}

/** All processes that are not zombies, by /proc alone. */
export function processes(): readonly Seen[] {
  const seen: Seen[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z" || state === "X") continue;
      const command = readFileSync(`/proc/${entry}/cmdline`, "latin1").replaceAll("\0", " ");
      seen.push({ pid: Number(entry), session: Number(session), command, cwd: readlinkSync(`/proc/${entry}/cwd`) });
    } catch {
      // It ended while we looked.
    }
  }
  return seen;
}

/** Everything that belongs to sessions of this state directory: nmap, its children, guards and their sleeps. */
export function remains(stateDir: string): readonly Seen[] {
  const all = processes();
  const direct = all.filter(
    ({ command, cwd }) =>
      cwd.startsWith(stateDir) ||
      ((command.includes(stateDir) || (command.includes("jit-nmap-guard") && namesSession(command))) &&
        !command.includes("wrapper.ts")),
  );
  const found = new Set(direct.map(({ session }) => session));
  return all.filter((seen) => direct.includes(seen) || (found.has(seen.session) && seen.pid !== process.pid));
}

export function guards(): readonly Seen[] {
  return processes().filter(({ command }) => command.includes("jit-nmap-guard") && namesSession(command));
}

/** Resolves to the seconds it took until the condition held. */
export async function until(condition: () => boolean): Promise<number> {
  const begin = performance.now();
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return (performance.now() - begin) / 1000;
}

export interface Wrapper {
  readonly process: ChildProcess;
  readonly stateDir: string;
  readonly session: SessionId;
  /** nmap's pid, from the note that a later run would find. */
  readonly nmapPid: number;
  /** By performance.now(), before anything of it began. */
  readonly begunAt: number;
  readonly ended: Promise<SessionEnd>;
}

/** Starts a session in a process of its own and resolves when it runs. */
export async function startWrapper(
  argv: readonly string[],
  ttlSeconds: number,
  options: {
    readonly stateDir?: string;
    readonly foreignDescriptor?: number;
    readonly extendTo?: number;
    /** What SIGUSR2 adds to its wall clock. */
    readonly stepMs?: number;
    /** A command that becomes what stands behind it. */
    readonly by?: readonly string[];
  } = {},
): Promise<Wrapper> {
  const stateDir = options.stateDir ?? privateDirectory();
  const session = freshSession();
  const stdio: ("ignore" | "pipe" | "inherit")[] = ["ignore", "ignore", "pipe"];
  if (options.foreignDescriptor !== undefined) {
    while (stdio.length < options.foreignDescriptor) stdio.push("ignore");
    stdio.push("pipe");
  }
  const { extendTo, stepMs, by = [] } = options;
  const stepped = stepMs === undefined ? [] : ["--import", join(import.meta.dirname, "stepped-clock.ts")];
  const program = [process.execPath, ...stepped, join(import.meta.dirname, "wrapper.ts")];
  const [file = "", ...words] = [...by, ...program, stateDir, session, String(ttlSeconds), "discard", ...argv];
  const env = {
    ...(extendTo !== undefined && { EXTEND_TO: String(extendTo) }),
    ...(stepMs !== undefined && { STEP_MS: String(stepMs) }),
  };
  const begunAt = performance.now();
  const child = spawn(file, words, { stdio, env });
  onTestFinished(() => {
    child.kill("SIGKILL");
    for (const { pid } of remains(stateDir)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
  });
  if (child.stderr === null) throw new Error("no standard error");
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error("the wrapper ended without a word");
    return JSON.parse(line.value);
  };
  const first = (await next()) as { started?: true };
  if (first.started !== true) throw new Error(`the session did not start: ${JSON.stringify(first)}`);
  const lease = JSON.parse(readFileSync(join(stateDir, "sessions", session, "lease"), "utf8")) as {
    leader: { pid: number };
  };
  // The gate is opened by the guard, a moment after the program asked for it.
  const { pid: nmapPid } = lease.leader;
  await until(() => !processes().some(({ pid, command }) => pid === nmapPid && command.includes("read -r go")));
  const ended = next() as Promise<SessionEnd>;
  ended.catch(() => undefined);
  return { process: child, stateDir, session, nmapPid, begunAt, ended };
}

export const nmapPath = execFileSync("/bin/sh", ["-c", "command -v nmap"], {
  encoding: "utf8",
  env: { PATH: "/usr/bin:/usr/local/bin" },
}).trim();
