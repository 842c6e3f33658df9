// How the store says that it can't be trusted with a scan: the closed list of effects.ts, and which of SQLite's codes
// and the system's mean which. Separate because opening, writing and reading all end here.
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { StoreFailure } from "../effects.ts";

const hints: Readonly<Record<StoreFailure["code"], string>> = {
  "store-read-only": "The state directory and the files in it must be writable.",
  "store-locked": "Another process holds the store; find out which, or try again.",
  "store-full": "Make room on that disk.",
  "store-newer-version": "Use the jit-nmap that wrote it, or a later one.",
  "store-corrupt": "Put the file aside and restore a backup.",
  "store-io": "See the cause; nothing was run.",
  "trail-broken": "Look at it with: jit-nmap audit verify",
};

/** Thrown by the store's methods; every one of them means that nothing was written. */
export class StoreError extends Error implements StoreFailure {
  readonly code: StoreFailure["code"];
  readonly hint: string;

  constructor(code: StoreFailure["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.code = code;
    this.hint = hints[code];
  }
}

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
};

/** Somebody else holds the lock, or is just recovering the write-ahead log: worth another attempt. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith("SQLITE_BUSY") || code === "SQLITE_PROTOCOL" || code === "SQLITE_LOCKED";
}

/** What a failure of SQLite or of the file system under `path` means; anything else (a defect) comes back as it is. */
export function storeErrorOf(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const as = (kind: StoreFailure["code"], says: string): StoreError =>
    new StoreError(kind, `The store ${path} ${says}.`, error);
  if (code.startsWith("SQLITE_READONLY") || code === "SQLITE_PERM" || ["EACCES", "EPERM", "EROFS"].includes(code)) {
    return as("store-read-only", "can't be written");
  }
  if (isBusy(error)) return as("store-locked", "is locked by another process");
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT") return as("store-full", "is on a full disk");
  // Our statements are right for the tables that we made: where one is missing, somebody took it away.
  if (
    code === "SQLITE_ERROR" &&
    error instanceof Error &&
    /^(?:no such (?:table|column)|table \S+ has no column)/.test(error.message)
  ) {
    return as("store-corrupt", "is damaged: a part of it is missing");
  }
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return as("store-corrupt", "is damaged");
  if (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_IOERR") || /^E[A-Z0-9]+$/.test(code)) {
    // Neither SQLite nor a recursive mkdir says which file it could not make and why: on a full or read-only disk the
    // journal's index or a missing directory looks like any other error.
    const directory = nearest(dirname(path));
    if (!writable(directory)) return as("store-read-only", "can't be written");
    return isFull(directory) ? as("store-full", "is on a full disk") : as("store-io", `failed (${code})`);
  }
  return error;
}

/** The directory, or of the ones above it the first that exists. */
function nearest(directory: string): string {
  const above = dirname(directory);
  return existsSync(directory) || above === directory ? directory : nearest(above);
}

function writable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function isFull(directory: string): boolean {
  try {
    return statfsSync(directory).bavail === 0;
  } catch {
    return false;
  }
}
