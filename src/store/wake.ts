// Tells waiting processes that a request moved: each waits on a socket of its own in the state directory, and who
// commits knocks on those of that request. Only a hint: what happened is read from the store, and who hears no knock
// looks once a second.
import { closeSync, constants, openSync, readdirSync, statSync, unlinkSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import type { RequestId } from "../core/approval/request.ts";
import { fileMode } from "./shared-files.ts";

/** The longest path that a Unix socket takes everywhere we run: 104 bytes with the zero. */
const longestPath = 100;

const prefixOf = (request: RequestId): string => `wake-${request}-`;

/**
 * Knocks for everybody who waits for the request. Returns at once: connecting to a Unix socket is done when `connect`
 * returns, so a process that leaves right after has knocked all the same. Never fails; a socket that nobody listens on
 * any more is removed.
 */
export async function wake(directory: string, request: RequestId, asOwner: AsOwner = plainly): Promise<void> {
  let names: string[];
  try {
    names = asOwner(() => readdirSync(directory)).filter((name) => name.startsWith(prefixOf(request)));
  } catch {
    return;
  }
  if (names.length === 0) return;
  const { connect } = await import("node:net");
  asOwner(() => {
    const short = shortened(directory);
    for (const name of names) {
      const socket = connect(short.path(name));
      socket.unref();
      socket.on("connect", () => socket.destroy());
      socket.on("error", (error) => {
        if ("code" in error && error.code === "ECONNREFUSED") {
          asOwner(() => {
            remove(join(directory, name));
          });
        }
      });
    }
    short.close();
  });
}

/** Does synchronous work with the rights of the one whose directory it is. */
export type AsOwner = <T>(work: () => T) => T;

const plainly: AsOwner = (work) => work();

/** Sockets of this process that still stand in a directory; one listener on `exit` serves them all. */
const standing = new Set<string>();

function removeAll(): void {
  for (const path of standing) remove(path);
}

/** Listens for knocks about one request until closed; any number of waits at once. */
export class WakeListener {
  #server: Server | undefined;
  #path: string | undefined;
  /** A knock that came while nobody waited. */
  #knocked = false;
  readonly #waits = new Set<() => void>();

  /** Resolves when it listens, or when it can't: then only the poll remains. */
  async listen(directory: string, request: RequestId, asOwner: AsOwner = plainly): Promise<void> {
    const { createServer } = await import("node:net");
    const { randomBytes } = await import("node:crypto");
    asOwner(() => {
      removeAbandoned(directory);
    });
    const name = `${prefixOf(request)}${process.pid}-${randomBytes(4).toString("hex")}`;
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.destroy();
      this.#knocked = this.#waits.size === 0;
      for (const finish of this.#waits) finish();
    });
    server.unref();
    try {
      const short = asOwner(() => shortened(directory));
      await new Promise<void>((resolve, reject) => {
        server.on("error", reject);
        // The socket is bound before `listen` returns.
        asOwner(() => {
          // Made with its mode: whoever may write the directory could put a link to a file of ours in its place before
          // a chmod by name.
          const before = process.umask(0o777 & ~fileMode(statSync(directory)));
          try {
            server.listen(short.path(name), resolve);
          } finally {
            process.umask(before);
          }
        });
      }).finally(() => {
        short.close();
      });
    } catch {
      return;
    }
    server.removeAllListeners("error");
    server.on("error", () => undefined);
    this.#server = server;
    this.#path = join(directory, name);
    if (standing.size === 0) process.once("exit", removeAll);
    standing.add(this.#path);
  }

  /** Whether somebody waits. */
  get isUsed(): boolean {
    return this.#waits.size > 0;
  }

  /** Resolves at the next knock, or at once when there was one while nobody waited; after `timeoutMs` at the latest. */
  async knock(timeoutMs: number, signal: AbortSignal): Promise<void> {
    // A signal that aborted before we listen to it says nothing any more.
    if (!this.#knocked && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", finish);
          this.#waits.delete(finish);
          resolve();
        };
        const timer = setTimeout(finish, timeoutMs);
        signal.addEventListener("abort", finish);
        this.#waits.add(finish);
      });
    }
    this.#knocked = false;
  }

  close(): void {
    this.#server?.close();
    this.#server = undefined;
    if (this.#path === undefined) return;
    remove(this.#path);
    standing.delete(this.#path);
    if (standing.size === 0) process.off("exit", removeAll);
    this.#path = undefined;
  }
}

/** A state directory may have a longer path than a socket takes: then it is reached through an open descriptor. */
function shortened(directory: string): { path: (name: string) => string; close: () => void } {
  const direct = (name: string): string => join(directory, name);
  if (Buffer.byteLength(directory) + 48 <= longestPath || process.platform !== "linux") {
    return { path: direct, close: () => undefined };
  }
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  return {
    path: (name) => `/proc/self/fd/${descriptor}/${name}`,
    close: () => {
      closeSync(descriptor);
    },
  };
}

/** Takes away the sockets of processes that were killed; their requests may never move again to have them found. */
function removeAbandoned(directory: string): void {
  try {
    for (const name of readdirSync(directory)) {
      const pid = Number(/^wake-r[0-9a-z]{10}-([1-9]\d*)-/.exec(name)?.[1]);
      if (pid > 1 && !isAlive(pid)) remove(join(directory, name));
    }
  } catch {
    // A directory that can't be read is told by the store.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else removed it.
  }
}
