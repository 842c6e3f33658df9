// Who can change the files of this installation. Its own file because it alone touches the file system.
import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Places } from "../effects.ts";
import type { Finding } from "./doctor.ts";

/** Files of these folders that decide or prove something; what may be shared with a group, and what with nobody. */
export function modeFindings({ state, config }: Places, uid: number): readonly Finding[] {
  const paths = [
    state,
    ...["trail.db", "trail.db-wal", "trail.db-shm"].map((name) => join(state, name)),
    config,
    join(config, "config.yaml"),
    join(config, "policies"),
    ...entries(join(config, "policies")),
  ];
  const findings = [...new Set(paths)].flatMap((path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat === undefined ? [] : findingsOf(path, stat, uid);
  });
  const good: Finding = { about: "files", state: "good", message: `only this account can change what is in ${state}` };
  return findings.length === 0 ? [good] : findings;
}

function findingsOf(path: string, { mode, uid, gid }: Stats, self: number): readonly Finding[] {
  if ((mode & 0o170000) === 0o120000) return [];
  if ((mode & 0o002) !== 0) {
    const fix = `chmod o-w ${path}`;
    return [{ about: "files", state: "wrong", message: `everybody can change ${path}`, fix }];
  }
  if (uid !== self && uid !== 0) {
    return [{ about: "files", state: "note", message: `${path} belongs to another account, uid ${uid}` }];
  }
  if ((mode & 0o020) === 0) return [];
  return [
    {
      about: "files",
      state: "note",
      message: `accounts of group ${gid} can change ${path}: its records are of people who trust each other`,
    },
  ];
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
