// Where the policy stands on this machine and what its files are: found and read here, understood elsewhere.
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { err, ok } from "../core/result.ts";
import type { Problem, Result } from "../core/result.ts";
import type { PolicyBytes } from "./policy-cache.ts";

export interface PolicyPlace {
  /** As it was named: a folder or a file. */
  readonly origin: string;
  readonly folder: string;
  /** Of the policy's files in it, sorted. */
  readonly names: readonly string[];
}

/** The first that exists is the policy; one that exists and can't be used is an error, never skipped. */
export function findPolicy(candidates: readonly string[]): Result<PolicyPlace, Problem> {
  for (const candidate of candidates) {
    try {
      // A link that leads nowhere exists: somebody meant it to be the policy.
      if (lstatSync(candidate, { throwIfNoEntry: false }) === undefined) continue;
      const stat = statSync(candidate);
      const isFolder = stat.isDirectory();
      guard(candidate, stat, dirname(candidate));
      const folder = isFolder ? candidate : dirname(candidate);
      const names = isFolder ? readdirSync(candidate).filter(isPolicyName).sort() : [basename(candidate)];
      if (names.length === 0) {
        return err({
          code: "policy-missing",
          message: `the folder ${candidate} has no policy: nothing is allowed`,
          hint: "put a file such as policy.yaml in it, or remove the folder to use the shipped policy",
        });
      }
      return ok({ origin: candidate, folder, names });
    } catch (error) {
      return err(unreadable(candidate, error));
    }
  }
  return err({
    code: "policy-missing",
    message: "there is no policy: nothing is allowed",
    hint: `looked for ${candidates.join(", ")}`,
  });
}

export function readPolicy({ origin, folder, names }: PolicyPlace): Result<readonly PolicyBytes[], Problem> {
  try {
    return ok(names.map((name) => ({ name, bytes: readPlainFile(join(folder, name)) })));
  } catch (error) {
    return err(unreadable(origin, error));
  }
}

/** Those of the named files that can be read; the parser reports the others where they are named. */
export function readNetworkFiles(folder: string, names: readonly string[]): readonly PolicyBytes[] {
  return names.flatMap((name) => {
    try {
      return [{ name, bytes: readPlainFile(join(folder, name)) }];
    } catch {
      return [];
    }
  });
}

function isPolicyName(name: string): boolean {
  return /\.ya?ml$/.test(name) && !/\.cases\.ya?ml$/.test(name) && !name.startsWith(".");
}

/**
 * The bytes of a regular file: a pipe or a device could keep the scan waiting for ever. Judged as it was opened: its name
 * may be another file's by then.
 */
function readPlainFile(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error(`${path} is not a file`);
    guard(path, stat, dirname(path));
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Nobody is ruled by what a stranger wrote: it is root's, our own, or its folder's owner's, who could put anything there.
 * A group that shares the folder may be allowed to write it; `doctor` tells that.
 */
function guard(path: string, { uid, mode }: Stats, folder: string): void {
  const isOurs = uid === 0 || uid === process.geteuid?.() || uid === statSync(folder).uid;
  if (!isOurs)
    throw new Error(
      `${path} belongs to another account (uid ${uid}): it has to be root's, your own, or its folder's owner's`,
    );
  if ((mode & 0o002) !== 0) throw new Error(`${path} can be changed by everybody: chmod o-w ${path}`);
}

function unreadable(origin: string, error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "policy-unreadable", message: `the policy ${origin} can't be read: ${reason}` };
}
