// nmap's data as the runner's program uses it: copies of its own, made from what root installed. What the broker judged
// with is asked for by its hash alone.
import { dirname, join } from "node:path";
import { realpathSync } from "node:fs";
import type { LaunchProblem, SessionHost } from "../effects.ts";
import { err, type Result } from "../core/result.ts";
import { dataCopy } from "../facts/data-copy.ts";
import { checkedData } from "../session/data-directory.ts";
import { changeableByOthers } from "../session/root-owned.ts";

/** @param folder  root's alone; the copies lie in it. */
export function ownData(folder: string): SessionHost["data"] {
  return ({ hash, level }, nmap) => {
    const known = checkedData(folder, hash);
    return Promise.resolve(known.ok ? known : made(folder, nmap, level, hash));
  };
}

function made(
  folder: string,
  nmap: string,
  level: Parameters<typeof dataCopy>[1],
  hash: string,
): Result<string, LaunchProblem> {
  const other =
    changeableByOthers(nmap) ?? changeableByOthers(join(dirname(realpathSync(nmap)), "..", "share", "nmap"));
  if (other !== undefined) return err(notRoots(other));
  const copy = dataCopy(nmap, level, folder);
  if (!copy.ok) return err({ ...copy.error, code: "nmap-data-changed" });
  if (copy.value.hash === hash) return checkedData(folder, hash);
  const message = "nmap's data on this machine is not what the scan was judged with.";
  return err({ code: "nmap-data-changed", message, hint: "ask again" });
}

export function notRoots(path: string): LaunchProblem {
  const message = `nmap can't be run by root for others: ${path} can be changed by others than root.`;
  return { code: "nmap-unusable", message, hint: "use the nmap of the distribution" };
}
