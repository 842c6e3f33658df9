// Who asks, as the operating system says it: never a variable of the environment alone, which anybody can set.
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { unreachable } from "../core/result.ts";
import { accountByUid, groupByGid } from "./accounts.ts";
import type { Account, Groups } from "./accounts.ts";
import { behindRoot } from "./behind-root.ts";

/** The requester with what is needed to act with the requester's rights. */
export interface Identity extends Account {
  /** True when this process is root by sudo, for the requester. */
  readonly bySudo: boolean;
}

/**
 * The account of the real uid; or, where root was reached by sudo, the account that called sudo (behind-root.ts), also in
 * a script or a shell that sudo started. Throws `misconfigured` where that can't be known: whoever it is would have
 * root's rights and name if that made it root's.
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
  if (uid === 0) {
    const behind = behindRoot();
    switch (behind.kind) {
      case "root":
        break;
      case "sudo":
        return { ...(accountByUid(behind.uid) ?? unnamed(behind.uid)), bySudo: true };
      case "unknown":
        throw Object.assign(new Error(`nobody can say who asks: ${behind.because}`), {
          code: "misconfigured",
          hint: "let sudo wait for it; or log in as root, or let cron or systemd-run start it",
        });
      default:
        return unreachable(behind);
    }
  }
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
