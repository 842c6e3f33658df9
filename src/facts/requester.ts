// Who asks, as the operating system says it: never a variable of the environment alone, which anybody can set.
import { readFileSync, readlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { accountByUid, groupByGid } from "./accounts.ts";
import type { Account, Groups } from "./accounts.ts";

/** The requester with what is needed to act with the requester's rights. */
export interface Identity extends Account {
  /** True when this process is root by sudo, for the requester. */
  readonly bySudo: boolean;
}

/**
 * The account of the real uid; or, where root was reached by sudo, the account that called sudo.
 *
 * `SUDO_UID` is believed only when the parent process is sudo and its real uid is that number: as root by hand, or
 * behind `sudo env SUDO_UID=…`, it can be anything. `SUDO_USER` is never read. Throws `misconfigured` where sudo may
 * have been here and is gone: its caller may kill it, and would have root's rights and name if that made us root's.
 *
 * Inside a user namespace every number is what somebody without any right wrote: there the requester is `#` and the
 * uid outside, and may be anybody.
 */
export function findIdentity(): Identity {
  const uid = realUid();
  const outside = uidOutside(uid);
  if (outside !== undefined) {
    // HOME decides nothing but where this account's own files lie; it has no rights that it could lend.
    const home = process.env["HOME"];
    const account = unnamed(outside);
    return { ...account, ...(home?.startsWith("/") === true && { home }), bySudo: false };
  }
  const asker = uid === 0 ? verifiedSudoUid() : undefined;
  if (uid === 0 && asker === undefined && isLeftBySudo()) {
    throw Object.assign(new Error("the sudo that started this is gone, so nobody can say who asks"), {
      code: "misconfigured",
      hint: "let sudo wait for it; in a shell of root's own: env -u SUDO_UID jit-nmap ...",
    });
  }
  if (asker !== undefined && asker !== 0) return { ...(accountByUid(asker) ?? unnamed(asker)), bySudo: true };
  if (uid !== process.geteuid?.()) return { ...(accountByUid(uid) ?? unnamed(uid)), bySudo: false };
  try {
    const { username, gid, homedir } = userInfo();
    return { name: username, uid, gid, home: homedir, ...ownGroups(gid), bySudo: false };
  } catch {
    const account = unnamed(uid);
    return { ...account, groups: ownGroups(account.gid).groups, bySudo: false };
  }
}

function realUid(): number {
  const uid = process.getuid?.();
  if (uid === undefined) throw new Error("this system has no user ids");
  return uid;
}

/** The map of the machine's own user namespace: every number is itself. */
const WHOLE = /^\s*0\s+0\s+4294967295\s*$/;
/** What the kernel shows for a uid without a number here (/proc/sys/kernel/overflowuid). */
const UNMAPPED = 65_534;

/**
 * What the surrounding user namespace calls this uid; undefined in the machine's own, where there is none around.
 * Source: user_namespaces(7), "User and group ID mappings".
 */
function uidOutside(uid: number): number | undefined {
  const map = readFileSync("/proc/self/uid_map", "latin1");
  if (WHOLE.test(map)) return undefined;
  for (const line of map.split("\n")) {
    const [inside = NaN, outside = NaN, count = NaN] = line.trim().split(/\s+/).map(Number);
    if (uid >= inside && uid < inside + count) return outside + uid - inside;
  }
  return UNMAPPED;
}

/** Where sudo lives. Another path may be anybody's program of that name. */
const SUDO = new Set(["/usr/bin/sudo", "/bin/sudo", "/usr/local/bin/sudo", "/usr/lib/cargo/bin/sudo"]);

function claimedSudoUid(): string | undefined {
  const claimed = process.env["SUDO_UID"];
  // Zero, signs and leading zeros are no uid of a caller; 2^32-1 means "nobody said" to the kernel.
  const isUid = claimed !== undefined && /^[1-9]\d{0,9}$/.test(claimed) && Number(claimed) < 0xffff_ffff;
  return isUid ? claimed : undefined;
}

function verifiedSudoUid(): number | undefined {
  const claimed = claimedSudoUid();
  if (claimed === undefined) return undefined;
  try {
    const parent = process.ppid;
    if (!SUDO.has(readlinkSync(`/proc/${parent}/exe`))) return undefined;
    return realUidOf(parent) === claimed ? Number(claimed) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether somebody else than root took us over since sudo began: init, or a process of the caller's that adopts orphans
 * (prctl(2), PR_SET_CHILD_SUBREAPER). A shell of root's that still has the variable is root's own.
 */
function isLeftBySudo(): boolean {
  if (claimedSudoUid() === undefined) return false;
  const parent = process.ppid;
  if (parent <= 1) return true;
  try {
    return realUidOf(parent) !== "0" && !SUDO.has(readlinkSync(`/proc/${parent}/exe`));
  } catch {
    return true;
  }
}

function realUidOf(pid: number): string | undefined {
  return /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
}

/** An account without a name, as in containers: `#uid`, as sudo writes it; no login looks like that, and it may be anybody's. */
function unnamed(uid: number): Account {
  return { name: `#${uid}`, uid, gid: process.getgid?.() ?? uid, home: "/", groups: [], unknown: "name" };
}

/** Names of this process's groups: from the file, and from the name services what is not in it. */
function ownGroups(gid: number): Groups {
  const wanted = new Set([gid, ...(process.getgroups?.() ?? [])]);
  const names: string[] = [];
  for (const line of readGroupFile().split("\n")) {
    const [group, , id] = line.split(":");
    if (group !== undefined && group !== "" && id !== undefined && wanted.delete(Number(id))) names.push(group);
  }
  for (const id of wanted) {
    const name = groupByGid(id);
    if (name === undefined) return { groups: names, unknown: "groups" };
    names.push(name);
  }
  return { groups: names };
}

function readGroupFile(): string {
  try {
    return readFileSync("/etc/group", "utf8");
  } catch {
    return "";
  }
}
