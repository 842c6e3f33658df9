// Reading what nmap wrote: the bytes of a plain file, reached by no other name and belonging to whom it should.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/**
 * The whole content; empty where there is no file. Throws for anything that is no plain file of its own.
 *
 * @param owner  uid that the file must have, where the session has an account of its own.
 */
export function readPlainFile(path: string, owner?: number): Uint8Array {
  let descriptor: number;
  try {
    // O_NONBLOCK: opening a pipe that somebody put there must not wait for a writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Uint8Array();
    throw error;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.nlink !== 1 || (owner !== undefined && stat.uid !== owner)) {
      throw new Error("a session's result is not a plain file of its own");
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
