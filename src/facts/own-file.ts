// Files that this program keeps for itself between two starts. Apart from what stands in them, because what is believed
// without being looked at again must have been written by this account and nobody else.
import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/**
 * Opens a regular file of this account that nobody else can write; opened once, judged as opened. Undefined for any
 * other file; what the file system refuses is thrown.
 */
export function openOwnFile(path: string): number | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { uid, mode } = fstatSync(file);
    const isPlain = (mode & constants.S_IFMT) === constants.S_IFREG;
    if (isPlain && uid === process.geteuid?.() && (mode & 0o022) === 0) return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
  closeSync(file);
  return undefined;
}

/** The bytes of such a file. */
export function readOwnFile(path: string): Buffer | undefined {
  const file = openOwnFile(path);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Renamed into place under a name that nobody could guess and take first: two starts at once never see half a file. */
export function writeOwnFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, content, { mode: 0o600, flag: "wx" });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
