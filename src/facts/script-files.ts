// What the files of scripts are: their hashes, and whether they reach beyond the targets. Remembered by how a file
// looks, so that -sC reads 125 files once and not at every start.
import { hash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FactsProblem } from "../effects.ts";
import type { ScriptFile } from "../core/plan/facts.ts";
import { reachOf } from "../core/plan/script-reach.ts";
import { err, ok, type Result } from "../core/result.ts";
import { readOwnFile, writeOwnFile } from "./own-file.ts";

/** What was found, and what the file looked like then. */
type Remembered = readonly [look: string, digest: string, beforeTargets: boolean, addsTargets: boolean];

/**
 * Looks at the named scripts of a directory.
 *
 * @param names  without `.nse`.
 * @param note   where it is remembered. That it can't be written costs time, nothing else.
 */
export function readScriptFiles(
  directory: string,
  names: readonly string[],
  note: string,
): Result<ReadonlyMap<string, ScriptFile>, FactsProblem> {
  const known = remembered(note, directory);
  const files = new Map<string, ScriptFile>();
  let learned = false;
  for (const name of names) {
    const path = join(directory, `${name}.nse`);
    try {
      const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
      const look = [dev, ino, size, mtimeMs, ctimeMs].join(" ");
      let found = known.get(name);
      if (found?.[0] !== look) {
        found = [look, ...lookInto(readFileSync(path))];
        known.set(name, found);
        learned = true;
      }
      const [, digest, beforeTargets, addsTargets] = found;
      files.set(name, { digest, beforeTargets, addsTargets });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return err({
        code: "nmap-data-unreadable",
        message: `nmap's own script ${path} can't be read (${code}).`,
        hint: "reinstall nmap",
      });
    }
  }
  if (learned) remember(note, directory, known);
  return ok(files);
}

function lookInto(content: Uint8Array): [digest: string, beforeTargets: boolean, addsTargets: boolean] {
  const { beforeTargets, addsTargets } = reachOf(Buffer.from(content).toString("latin1"));
  return [`sha256:${hash("sha256", content, "hex")}`, beforeTargets, addsTargets];
}

function remembered(note: string, directory: string): Map<string, Remembered> {
  try {
    const value = JSON.parse(readOwnFile(note)?.toString("utf8") ?? "null") as {
      directory?: unknown;
      scripts?: unknown;
    } | null;
    if (value?.directory !== directory || !Array.isArray(value.scripts)) return new Map();
    return new Map((value.scripts as readonly unknown[]).filter(isRemembered).map(([name, ...rest]) => [name, rest]));
  } catch {
    return new Map();
  }
}

function isRemembered(row: unknown): row is readonly [string, ...Remembered] {
  if (!Array.isArray(row)) return false;
  const [name, look, digest, beforeTargets, addsTargets] = row as readonly unknown[];
  return (
    typeof name === "string" &&
    typeof look === "string" &&
    typeof digest === "string" &&
    /^sha256:[0-9a-f]{64}$/.test(digest) &&
    typeof beforeTargets === "boolean" &&
    typeof addsTargets === "boolean"
  );
}

function remember(note: string, directory: string, known: ReadonlyMap<string, Remembered>): void {
  try {
    const scripts = [...known].map(([name, rest]) => [name, ...rest]);
    writeOwnFile(note, JSON.stringify({ directory, scripts }));
  } catch {
    // Looked at again next time.
  }
}
