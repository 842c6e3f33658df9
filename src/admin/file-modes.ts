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
  const groups = new Map<number, string[]>();
  const wrong = [...new Set(paths)].flatMap((path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat === undefined ? [] : findingsOf(path, stat, uid, groups);
  });
  const findings = [...wrong, ...[...groups].map(([gid, shared]) => sharedFinding(gid, shared))];
  const good: Finding = { about: "files", state: "good", message: `only this account can change what is in ${state}` };
  return findings.length === 0 ? [good] : findings;
}

/** One for all that a group may change: a shared installation has many such files, and it is the same news. */
function sharedFinding(gid: number, [first = "", ...others]: readonly string[]): Finding {
  const more = others.length === 0 ? "" : ` and ${others.length} more of its files`;
  const message = `accounts of group ${gid} can change ${first}${more}: its records are of people who trust each other`;
  return { about: "files", state: "note", message };
}

/** @param groups  takes what a group may change, by the group's number. */
function findingsOf(
  path: string,
  { mode, uid, gid }: Stats,
  self: number,
  groups: Map<number, string[]>,
): readonly Finding[] {
  if ((mode & 0o170000) === 0o120000) return [];
  if ((mode & 0o002) !== 0) {
    const fix = `chmod o-w ${path}`;
    return [{ about: "files", state: "wrong", message: `everybody can change ${path}`, fix }];
  }
  if (uid !== self && uid !== 0) {
    return [{ about: "files", state: "note", message: `${path} belongs to another account, uid ${uid}` }];
  }
  if ((mode & 0o020) !== 0) groups.set(gid, [...(groups.get(gid) ?? []), path]);
  return [];
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
