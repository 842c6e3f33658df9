// A crew of worker processes, and places for stores that are gone when the test is.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openStore } from "../../src/store/store.ts";
import type { OpenedStore } from "../../src/store/store.ts";
import type { Task } from "./worker.ts";

/** A directory of its own for one test. */
export function freshDirectory(mode = 0o700): string {
  const directory = mkdtempSync(join(tmpdir(), "jit-nmap-store-"));
  chmodSync(directory, mode);
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** An opened store that is closed when the test is over. */
export function storeAt(path: string, lockBoundMs?: number): OpenedStore {
  const store = openStore(path, { ...(lockBoundMs !== undefined && { lockBoundMs }) });
  onTestFinished(() => store.close());
  return store;
}

export interface Worker {
  readonly process: ChildProcess;
  ask(task: Task): Promise<unknown>;
}

/** Processes that have started. Who makes them ends them: `dismiss`, or `worker` for one that its test ends. */
export async function crew(size: number): Promise<readonly Worker[]> {
  return Promise.all(Array.from({ length: size }, () => recruit()));
}

export function dismiss(workers: readonly Worker[]): void {
  for (const each of workers) each.process.kill("SIGKILL");
}

/** One process, ended when the test is over. */
export async function worker(): Promise<Worker> {
  const one = await recruit();
  onTestFinished(() => {
    dismiss([one]);
  });
  return one;
}

async function recruit(): Promise<Worker> {
  const child = fork(join(import.meta.dirname, "worker.ts"), [], {
    // Sixty-four processes that compile the same files need not all do it.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "jit-nmap-test-compiled") },
  });
  await said(child);
  return {
    process: child,
    ask: (task) => {
      const reply = said(child);
      child.send(task);
      return reply;
    },
  };
}

function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      child.off("exit", onExit);
      const reply = message as { readonly done?: unknown; readonly failed?: string };
      if (reply.failed === undefined) resolve(reply.done);
      else reject(new Error(reply.failed));
    };
    const onExit = (code: number | null, signal: string | null): void => {
      child.off("message", onMessage);
      reject(new Error(`the worker ended with ${code ?? signal ?? "nothing"}`));
    };
    child.once("message", onMessage);
    child.once("exit", onExit);
  });
}
