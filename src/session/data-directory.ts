// Before a run: is the private copy of nmap's data still what the plan was made with? Asked of the file system file by
// file; content is read again only where a file looks different.
import { hash } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LaunchProblem } from "../effects.ts";
import { dataFolder, dataHash, MANIFEST, readManifest } from "../core/plan/data-manifest.ts";
import { err, ok } from "../core/result.ts";
import type { Result } from "../core/result.ts";

/** The copy's path, or why nothing may run with it. */
export function checkedData(stateDir: string, wanted: string): Result<string, LaunchProblem> {
  const directory = join(stateDir, "nmap-data", dataFolder(wanted));
  let text: string;
  try {
    text = readFileSync(join(directory, MANIFEST), "utf8");
  } catch {
    return changed("it is gone", directory);
  }
  const files = readManifest(text);
  if (files === undefined || dataHash(files) !== wanted) return changed("its list of files is another", directory);
  for (const { path, sha256, size, inode, modifiedMs, changedMs } of files) {
    const file = join(directory, path);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size !== size) return changed(`${path} is not what it was`, directory);
    if (stat.ino === inode && stat.mtimeMs === modifiedMs && stat.ctimeMs === changedMs) continue;
    // A home that was moved or restored looks new and holds the same.
    if (hash("sha256", readFileSync(file), "hex") !== sha256) return changed(`${path} is not what it was`, directory);
  }
  return ok(directory);
}

function changed(because: string, directory: string): Result<never, LaunchProblem> {
  return err({
    code: "nmap-data-changed",
    message: `The private copy of nmap's data can't be used: ${because}.`,
    hint: `remove ${directory} and ask again`,
  });
}
