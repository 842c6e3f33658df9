// Accounts and groups by the system's name services (files, LDAP, sssd): Node has no door to them, so the two programs
// that every glibc and musl system brings are asked. Never on the path of an allowed scan by an ordinary account.
import { execFileSync } from "node:child_process";
import type { Requester } from "../core/policy/decision.ts";

export interface Account extends Requester {
  readonly gid: number;
  readonly home: string;
}

/** The account with this number; undefined when it has no name. */
export function accountByUid(uid: number): Account | undefined {
  const account = readPasswd(getent("passwd", String(uid)));
  return account?.uid === uid ? { ...account, ...groupsOf(account.name) } : undefined;
}

/** The account with this login name. Case counts, and a number is a name here, not a uid. */
export function accountByName(name: string): Account | undefined {
  const account = readPasswd(getent("passwd", name));
  return account?.name === name ? { ...account, ...groupsOf(name) } : undefined;
}

/** Logins of a group: those listed with it, and those whose own group it is; empty when there is no such group. */
export function membersOf(group: string): readonly string[] {
  const [name, , gid, listed] = getent("group", group)?.split("\n")[0]?.split(":") ?? [];
  if (name !== group || gid === undefined) return [];
  const members = new Set(listed?.split(",").filter((login) => login !== ""));
  for (const line of getent("passwd")?.split("\n") ?? []) {
    const [login, , , primary] = line.split(":");
    if (login !== undefined && login !== "" && primary === gid) members.add(login);
  }
  return [...members];
}

export type Groups = Pick<Requester, "groups" | "unknown">;

/** Names of all groups of a login, its own group first; unknown without an answer, or where one of them has no name. */
export function groupsOf(login: string): Groups {
  const names = ask("id", ["-zGn", "--", login])?.split("\0");
  return names === undefined ? { groups: [], unknown: "groups" } : { groups: names.filter((group) => group !== "") };
}

/** The name of a group; undefined when it has none, or nobody answers. */
export function groupByGid(gid: number): string | undefined {
  const [name, , id] = getent("group", String(gid))?.split("\n")[0]?.split(":") ?? [];
  return name === undefined || name === "" || id !== String(gid) ? undefined : name;
}

function readPasswd(text: string | undefined): Omit<Account, "groups"> | undefined {
  const [name, , uid, gid, , home] = text?.split("\n")[0]?.split(":") ?? [];
  if (name === undefined || name === "" || home === undefined) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

function getent(database: "passwd" | "group", key?: string): string | undefined {
  // An empty or split key would be another question.
  if (key !== undefined && (key === "" || /[\0\n:]/.test(key))) return undefined;
  return ask("getent", key === undefined ? [database] : ["--", database, key]);
}

/** By fixed path and with an environment of our own; undefined when there is no answer. */
function ask(program: "getent" | "id", args: readonly string[]): string | undefined {
  try {
    return execFileSync(`/usr/bin/${program}`, args, {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
      cwd: "/",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
      maxBuffer: 64 << 20,
    });
  } catch {
    return undefined;
  }
}
