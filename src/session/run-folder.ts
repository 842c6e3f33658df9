// The folder in which root keeps confined sessions and what it believes at its next start: nobody else can change it.
import { constants, lstatSync, mkdirSync } from "node:fs";
import { escapeText } from "../core/escape.ts";

export const ROOTS_FOLDER = "/run/jit-nmap";

/** Makes the folder where it is not there. Throws `misconfigured` where another account made it or can change it. */
export function privateFolder(folder: string, owner: number): string {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const { mode, uid } = lstatSync(folder);
  const isFolder = (mode & constants.S_IFMT) === constants.S_IFDIR;
  if (!isFolder || uid !== owner || (mode & 0o077) !== 0) {
    throw Object.assign(new Error(`${escapeText(folder)} is not a folder of this account alone`), {
      code: "misconfigured",
      hint: "remove it; it is made anew at the next start",
    });
  }
  return folder;
}
