// Our own folders (trail, policies, private files of sessions), which no output of a scan may reach: not under another
// name, and not through another mount. Told by device and inode, because a path can lead to the same file in many ways.
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Says whether a file with this real path lies in one of the folders, or is one of them or of the files in them. */
export type Protection = (realPath: string) => boolean;

/** Folders that do not exist protect nothing: who would write there has to make them first. */
export function protectionOf(folders: readonly string[]): Protection {
  let own: ReadonlySet<string> | undefined;
  return (realPath) => {
    // Looked at when asked: most scans write no file of the requester's.
    own ??= new Set(folders.flatMap((folder) => [folder, ...entriesOf(folder)].flatMap(identityOf)));
    for (let path = realPath; ; path = dirname(path)) {
      if (identityOf(path).some((identity) => own?.has(identity))) return true;
      if (path === dirname(path)) return false;
    }
  };
}

function identityOf(path: string): readonly string[] {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? [] : [`${stat.dev}:${stat.ino}`];
}

/** One level is enough: what lies deeper lies below one of these. */
function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
