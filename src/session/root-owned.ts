// Whether a file is root's alone, with all that leads to it: what root starts or copies for somebody else must not be
// something that somebody else can exchange.
import { constants, lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The first part of the path that others than root can change, links followed; undefined where it is root's alone. */
export function changeableByOthers(path: string): string | undefined {
  try {
    // Where it stands, and where it leads: either could be exchanged.
    for (const one of [join(realpathSync(dirname(path)), basename(path)), realpathSync(path)]) {
      for (let at = one; ; at = dirname(at)) {
        if (isChangeable(at)) return at;
        if (at === dirname(at)) break;
      }
    }
    return undefined;
  } catch {
    return path;
  }
}

function isChangeable(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  if (uid !== 0) return true;
  // The mode of a link says nothing; in a sticky folder nobody else can exchange what is root's.
  const kind = mode & constants.S_IFMT;
  const isSticky = kind === constants.S_IFDIR && (mode & 0o1000) !== 0;
  return kind !== constants.S_IFLNK && !isSticky && (mode & 0o022) !== 0;
}
