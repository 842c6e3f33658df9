// The requester's own scripts of a session: private copies of what was judged and approved, held against their hashes.
import { hash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LaunchProblem } from "../effects.ts";
import type { OwnScript } from "../core/plan/scan-plan.ts";
import { err, ok, type Result } from "../core/result.ts";
import { refusedScript } from "./own-scripts-refused.ts";

/**
 * Writes the scripts into a new folder and gives its path. I/O errors are thrown.
 *
 * @param readers  `everybody` where the folder above is closed, and another account reads it through a mount.
 */
export function putOwnScripts(
  folder: string,
  scripts: readonly OwnScript[],
  readers: "requester" | "everybody",
): Result<string, LaunchProblem> {
  mkdirSync(folder, { mode: 0o700 });
  for (const { name, digest, text } of scripts) {
    const path = join(folder, `${name}.nse`);
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) throw new Error(`no name of a script: ${JSON.stringify(name)}`);
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    if (`sha256:${hash("sha256", readFileSync(path), "hex")}` !== digest) {
      return err(refusedScript(`${name} is not what was judged`, "ask again"));
    }
    if (readers === "everybody") chmodSync(path, 0o444);
  }
  if (readers === "everybody") chmodSync(folder, 0o755);
  return ok(folder);
}
