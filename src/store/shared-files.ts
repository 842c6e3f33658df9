// Who may open the store's files: whoever may write the directory they lie in, and nobody else. Separate because
// SQLite copies the database's mode to its journal, so that everything depends on how the first file is made.
import {
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { StoreError } from "./store-error.ts";

/** Read and write for each class that may write the directory: 0700 gives 0600, 0775 gives 0660, 1777 gives 0666. */
export function fileMode(directory: Stats): number {
  const group = (directory.mode & 0o020) === 0 ? 0 : 0o060;
  const others = (directory.mode & 0o002) === 0 ? 0 : 0o006;
  return 0o600 | group | others;
}

/** Makes the directory (0700) and an empty file for the database where they are missing. */
export function prepareFiles(path: string): void {
  const directory = dirname(path);
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before !== undefined) {
    // A link would let somebody else choose the file that we, perhaps as root, write to.
    if (!before.isFile()) throw new StoreError("store-io", `The store ${path} is not a regular file.`);
    return;
  }
  makeDirectory(directory);
  const held = statSync(directory);
  let file: number;
  try {
    file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return;
    throw error;
  }
  try {
    giveTo(held, (uid, gid) => {
      fchownSync(file, uid, gid);
    });
    fchmodSync(file, fileMode(held));
  } finally {
    closeSync(file);
  }
  const entry = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  fsyncSync(entry);
  closeSync(entry);
}

/** Lets the directory's group into the journal: SQLite copies the mode from the database, but not the group. */
export function shareJournal(path: string): void {
  const directory = statSync(dirname(path));
  if ((directory.mode & 0o020) === 0) return;
  for (const name of [`${path}-wal`, `${path}-shm`]) {
    const file = lstatSync(name, { throwIfNoEntry: false });
    if (file === undefined || file.gid === directory.gid || file.uid !== process.geteuid?.()) continue;
    giveTo(directory, (_, gid) => {
      // Whoever may write the directory may put a link in its place meanwhile, to a file of ours that is none of theirs.
      lchownSync(name, -1, gid);
    });
  }
}

function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first === undefined || process.geteuid?.() !== 0) return;
  // Under sudo the state is the person's: what root makes in their home belongs to them.
  const parent = statSync(dirname(first));
  let made = first;
  for (const name of ["", ...relative(first, directory).split(sep)]) {
    made = join(made, name);
    chownSync(made, parent.uid, parent.gid);
  }
}

/** Root gives files to the directory's owner; others can give them to its group, if they are in it. */
function giveTo(directory: Stats, chown: (uid: number, gid: number) => void): void {
  if (process.geteuid?.() === 0) {
    chown(directory.uid, directory.gid);
    return;
  }
  if ((directory.mode & 0o020) === 0) return;
  try {
    chown(-1, directory.gid);
  } catch (error) {
    // Not in that group: others may then still have their share by the third digit.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
  }
}
