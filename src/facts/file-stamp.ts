// Whether files are still what was read, by what the file system says of them: in one start a policy is looked at more
// than once, and reading a million networks again takes longer than all the rest.
import { statSync } from "node:fs";

/** Two changes this close together may bear the same time. */
const TICK_MS = 1000;

/**
 * Says the same again as long as none of these files was written to, replaced, or led elsewhere by a link. The time that
 * counts is the inode's own (`ctime`), which nobody can set. Undefined where it could say the same of other bytes: a
 * file is gone, or was changed so shortly before that a further change might not show.
 *
 * @param readAt  when reading them began, in milliseconds since the Unix epoch.
 */
export function stampOf(paths: readonly string[], readAt: number): string | undefined {
  const stamps: string[] = [];
  for (const path of paths) {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined || Number(found.ctimeNs / 1_000_000n) > readAt - TICK_MS) return undefined;
    stamps.push([found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(":"));
  }
  return stamps.join(" ");
}
