// The ceiling's file: root's words on what may run on this machine. Nobody else may be able to write it; where it is
// wrong, nothing runs.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { parseCeiling, type Ceiling } from "../core/confinement/ceiling.ts";
import { changeableByOthers } from "./root-owned.ts";

export const CEILING_FILE = "/etc/jit-nmap/ceiling.json";

/**
 * Undefined where there is no file, or none that this account may read: then the runner alone holds to it. Throws
 * `misconfigured` for one that others could have written, or that says nothing.
 */
export function readCeiling(path = CEILING_FILE): Ceiling | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || (code === "EACCES" && process.geteuid?.() !== 0)) return undefined;
    throw misconfigured(path, "it can't be read");
  }
  try {
    const { uid, mode } = fstatSync(descriptor);
    const isPlain = (mode & constants.S_IFMT) === constants.S_IFREG;
    if (!isPlain || uid !== 0 || (mode & 0o022) !== 0) throw misconfigured(path, "others than root could write it");
    if (changeableByOthers(path) !== undefined) throw misconfigured(path, "others than root could exchange it");
    const ceiling = parseCeiling(readFileSync(descriptor, "utf8"));
    if (!ceiling.ok) throw misconfigured(path, ceiling.error);
    return ceiling.value;
  } finally {
    closeSync(descriptor);
  }
}

function misconfigured(path: string, because: string): Error {
  const hint = "put it right as root, or remove it";
  return Object.assign(new Error(`${path} is no ceiling: ${because}`), { code: "misconfigured", hint });
}
