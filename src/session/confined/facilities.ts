// Whether this machine can hold a session to its plan, found out before one starts: rights, programs, and whether the
// kernel does what is asked of it. What is missing is named; nothing is ever taken for granted because a file exists.
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseRules, deviceRules } from "../../core/confinement/standing-rules.ts";
import type { Tools } from "../../core/confinement/launch-chain.ts";
import type { Architecture } from "../../core/confinement/seccomp.ts";
import { err, ok } from "../../core/result.ts";
import type { Result } from "../../core/result.ts";
import { bootId } from "../processes.ts";
import { SESSION_UIDS, type UidRange } from "../../core/confinement/session-uids.ts";
import { rangeProblem } from "./account.ts";
import { findControlGroups, type ControlGroups } from "./control-group.ts";

export interface Facilities extends Tools {
  readonly nft: string;
  readonly ip: string;
  readonly ss: string;
  readonly architecture: Architecture;
  /** The accounts that sessions are given. */
  readonly uids: UidRange;
  /** Control groups, or why there are none: sessions do without. */
  readonly groups: Result<ControlGroups, string>;
}

/** By their numbers in capabilities(7); each is used by one of the programs before nmap. */
const CAPABILITIES: readonly (readonly [name: string, number: bigint])[] = [
  ["CAP_CHOWN", 0n],
  ["CAP_KILL", 5n],
  ["CAP_SETGID", 6n],
  ["CAP_SETUID", 7n],
  ["CAP_SETPCAP", 8n],
  ["CAP_NET_ADMIN", 12n],
  ["CAP_NET_RAW", 13n],
  ["CAP_SYS_ADMIN", 21n],
];

const FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * What confined sessions here are made with, or one sentence about what is missing.
 *
 * @param folder  root's alone: what was tried is noted there, until the next boot or another nft, bwrap or setpriv.
 */
export function findFacilities(folder: string, uids: UidRange = SESSION_UIDS): Result<Facilities, string> {
  const missing = missingRights();
  if (missing !== undefined) return err(missing);
  const { arch } = process;
  if (arch !== "x64" && arch !== "arm64") return err(`there is no system call filter for ${arch}`);
  const tools = {
    nft: find("nft"),
    ip: find("ip"),
    ss: find("ss"),
    bwrap: find("bwrap"),
    setpriv: find("setpriv"),
    prlimit: find("prlimit"),
  };
  for (const [name, path] of Object.entries(tools)) {
    if (path === undefined) return err(`${name} is not installed, or could be changed by others than root`);
  }
  const found: Facilities = {
    ...(tools as Record<keyof typeof tools, string>),
    architecture: arch,
    uids,
    groups: findControlGroups(),
  };
  const taken = rangeProblem(uids);
  if (taken !== undefined) return err(`the uids of sessions are not free: ${taken}`);
  const note = join(folder, "facilities");
  const key = [
    bootId(),
    JSON.stringify(uids),
    readlinkSync("/proc/self/ns/net"),
    ...Object.values(tools).map((path) => String(statSync(path ?? "").mtimeMs)),
  ].join("\n");
  if (noted(note) === key) return ok(found);
  const failed = tryNft(found.nft, uids) ?? tryCage(found, uids);
  if (failed !== undefined) return err(failed);
  try {
    writeFileSync(note, key, { mode: 0o600 });
  } catch {
    // A full /run: it is tried again at the next start, and a session that needs room there says so itself.
  }
  return ok(found);
}

function noted(note: string): string | undefined {
  try {
    return readFileSync(note, "utf8");
  } catch {
    return undefined;
  }
}

function missingRights(): string | undefined {
  if (process.geteuid?.() !== 0) return "not root";
  // Where numbers of accounts are mapped, the kernel's rules would speak of others.
  if (!/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "latin1")))
    return "inside a user namespace";
  const hex = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "0";
  const held = BigInt(`0x${hex}`);
  const lacking = CAPABILITIES.filter(([, number]) => ((held >> number) & 1n) === 0n).map(([name]) => name);
  return lacking.length === 0 ? undefined : `root here lacks ${lacking.join(", ")}, as in a container`;
}

/** A program in one of the system's folders that root alone can change. */
function find(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.uid === 0 && (stat.mode & 0o022) === 0 && (stat.mode & 0o111) !== 0;
  });
}

/** Asks the kernel for the very rules, without keeping them. */
function tryNft(nft: string, uids: UidRange): string | undefined {
  const input = (baseRules(uids) + deviceRules(["lo"], uids)).replaceAll("jit_nmap", "jit_nmap_probe");
  const { status, stderr } = spawnSync(nft, ["-c", "-f", "-"], { input, encoding: "utf8", timeout: 10_000 });
  return status === 0
    ? undefined
    : `the kernel does not take the packet rules (${stderr.split("\n")[0] ?? "no answer"})`;
}

function tryCage({ bwrap, setpriv }: Tools, { first, count }: UidRange): string | undefined {
  const uid = String(first + count - 1);
  const keep = ["CAP_NET_RAW", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"].flatMap((name) => ["--cap-add", name]);
  const only = "-all,+net_raw";
  const words = [
    ...["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--die-with-parent", "--clearenv", "--ro-bind", "/", "/"],
    ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--cap-drop", "ALL", ...keep, "--", setpriv],
    ...[`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", `--inh-caps=${only}`, `--ambient-caps=${only}`],
    ...[`--bounding-set=${only}`, "--no-new-privs", "--pdeathsig=KILL", "--", "/bin/sh", "-c", "exit 7"],
  ];
  const { status, stderr } = spawnSync(bwrap, words, { cwd: "/", env: {}, encoding: "utf8", timeout: 10_000 });
  return status === 7 ? undefined : `the cage can't be made (${stderr.split("\n")[0] ?? "no answer"})`;
}
