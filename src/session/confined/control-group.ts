// The session's control group (cgroup v2): memory and tasks of all that runs in it together, and one word that ends it
// all. An addition to the limits of each process, so a machine where no group may be made does without.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Limits } from "../../core/confinement/confinement.ts";
import { err, ok, type Result } from "../../core/result.ts";

export interface ControlGroups {
  /** The folder in which each session has its group. */
  readonly folder: string;
  /** What can be limited here; every group can be ended in one step. */
  readonly controllers: readonly Controller[];
}

type Controller = "memory" | "pids";
const CONTROLLERS: readonly Controller[] = ["memory", "pids"];

/** Where it is mounted alone, and where beside the older kind. */
const MOUNTS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/**
 * The folder for the groups of sessions, made where that is allowed; else why there is none.
 *
 * @param systemd  is there where systemd runs: groups made beside it would be taken away or counted twice.
 */
export function findControlGroups(mounts = MOUNTS, systemd = "/run/systemd/system"): Result<ControlGroups, string> {
  if (existsSync(systemd)) return err("systemd manages them here");
  const root = mounts.find((mount) => existsSync(join(mount, "cgroup.controllers")));
  if (root === undefined) return err("cgroup v2 is not mounted");
  const folder = join(root, "jit-nmap");
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o755 });
    if (statSync(folder).uid !== 0) return err(`${folder} is not root's`);
    if (!existsSync(join(folder, "cgroup.kill"))) return err("the kernel can't end a group in one step");
    for (const controller of CONTROLLERS) for (const parent of [root, folder]) enable(parent, controller);
    const enabled = words(join(folder, "cgroup.subtree_control"));
    return ok({ folder, controllers: CONTROLLERS.filter((controller) => enabled.includes(controller)) });
  } catch (error) {
    return err(`none can be made (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`);
  }
}

/** What a session's group does here, in one clause. */
export function groupsClause(groups: Result<ControlGroups, string>): string {
  if (!groups.ok) return `no control groups, each process has its own limits: ${groups.error}`;
  const { controllers } = groups.value;
  const limited = controllers.map((controller) => (controller === "pids" ? "processes" : controller)).join(" and ");
  const also =
    limited === ""
      ? "but its memory and processes are limited one process at a time"
      : `its ${limited} are limited together`;
  return `each session has a control group, ${also}`;
}

const words = (file: string): readonly string[] => readFileSync(file, "latin1").trim().split(/\s+/);

/** What is not there, as beside the older kind, or is held by processes of the parent itself, stays off. */
function enable(parent: string, controller: Controller): void {
  try {
    const control = join(parent, "cgroup.subtree_control");
    if (!words(control).includes(controller)) writeFileSync(control, `+${controller}`);
  } catch {
    // `controllers` says what came of it.
  }
}

export const groupOf = ({ folder }: ControlGroups, session: string): string => join(folder, session);

/** Makes the session's group with its limits; it is empty until the first process writes itself into it. */
export function makeGroup(groups: ControlGroups, session: string, { memoryBytes, tasks }: Limits): string {
  const group = groupOf(groups, session);
  mkdirSync(group);
  const set = (file: string, value: string): void => {
    writeFileSync(join(group, file), value);
  };
  if (groups.controllers.includes("memory")) {
    set("memory.max", String(memoryBytes));
    // Out of memory is the end of the session, not of one of its processes.
    set("memory.oom.group", "1");
  }
  if (groups.controllers.includes("pids")) set("pids.max", String(tasks));
  return group;
}

/** Words for /bin/sh by which a process enters the group, or ends. */
export const enterWords = (group: string): string => `echo 0 >'${group}/cgroup.procs' || exit 70;`;

/** Kills everything in it; nothing where it is gone already. */
export function endGroup(group: string): void {
  try {
    writeFileSync(join(group, "cgroup.kill"), "1");
  } catch {
    // Gone, and so is what was in it.
  }
}

/** What has been killed leaves its group a moment later. */
const REMOVAL_TRIES = 50;
const REMOVAL_PAUSE_MS = 10;

/** False where something in it did not end. */
export async function removeGroup(group: string): Promise<boolean> {
  for (let tries = 0; tries < REMOVAL_TRIES; tries++) {
    if (removed(group)) return true;
    endGroup(group);
    await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE_MS));
  }
  return removed(group);
}

function removed(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Names of all sessions that have a group. */
export function groupNames({ folder }: ControlGroups): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/** Takes away an empty group that was made so long ago; one with anything in it stays as it is. */
export function removeOldGroup(group: string, olderThanMs: number): void {
  const made = statSync(group, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
  if (Date.now() - made >= olderThanMs) removed(group);
}
