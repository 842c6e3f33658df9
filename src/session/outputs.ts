// The requester's own output files (-oN, -oX, -oG, -oA). nmap writes private files; what was in them is put here with
// the requester's rights, into plain files only: nothing that a name could lead away to.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { OutputFiles } from "../effects.ts";
import { escapeText } from "../core/escape.ts";
import type { Problem } from "../core/result.ts";
import { protectionOf, type Protection } from "./protected-folders.ts";

/** Whose rights count, where this process is root for somebody else (sudo without an installation). */
export interface Rights {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

type Refusal = Problem<"output-refused">;

/**
 * Writes like nmap does: a new file by the umask, or an old one in place, emptied or added to. Unlike nmap it refuses
 * links, hard links, devices, pipes, files of the kernel, and whatever lies in our own folders. Relative paths are those
 * of the working directory.
 *
 * @param ownFolders  absolute paths: state, configuration, private files of sessions.
 */
export function createOutputFiles(rights?: Rights, ownFolders: readonly string[] = []): OutputFiles {
  // Our folders are looked at with our own rights, the requester's path with the requester's.
  const isOurs = protectionOf(ownFolders);
  const checkPlace = (path: string): Refusal | undefined => {
    const real = asRequester(rights, () => realPathOf(path));
    return typeof real === "string" ? (isOurs(real) ? ours(path) : undefined) : real;
  };
  return {
    check(path, others = []) {
      const problem = checkPlace(path) ?? asRequester(rights, () => checkPath(path) ?? checkOthers(path, others));
      return Promise.resolve(problem);
    },
    write(path, bytes, how = "replace") {
      return Promise.resolve(
        checkPlace(path) ?? writeFile((work) => asRequester(rights, work), isOurs, path, bytes, how),
      );
    },
  };
}

function ours(path: string): Refusal {
  return refused(path, "it would lie among jit-nmap's own files", "name a file in another directory");
}

/** The path with every link before its last part followed. */
function realPathOf(path: string): string | Refusal {
  if (path.endsWith("/")) return refused(path, "it is the name of a directory");
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch (error) {
    return failed(path, error);
  }
}

/** Two formats in one file would each overwrite the other. */
function checkOthers(path: string, others: readonly string[]): Refusal | undefined {
  const here = realPathOf(path);
  const identity = identityOf(path);
  for (const other of others) {
    const same = realPathOf(other) === here || (identity !== undefined && identityOf(other) === identity);
    if (same) return refused(path, "another output of this line goes to the same file", "give each its own name");
  }
  return undefined;
}

function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

/** File systems whose files are doors into the kernel, by the numbers in linux/magic.h. */
const OF_THE_KERNEL: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xf97cff8c, // selinuxfs
  0xcafe4a11, // bpf
  0x62656570, // configfs
  0xde5e81e4, // efivarfs
  0x6165676c, // pstore
  0x42494e4d, // binfmt_misc
]);

function checkFileSystem(path: string): Refusal | undefined {
  const { type } = statfsSync(dirname(path));
  return OF_THE_KERNEL.has(type) ? refused(path, "it lies in a file system of the kernel's own") : undefined;
}

function checkPath(path: string): Refusal | undefined {
  try {
    const kernel = checkFileSystem(path);
    if (kernel !== undefined) return kernel;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return checkDirectory(path);
    if (stat.isSymbolicLink()) return refused(path, "it is a link", "name the file that it leads to");
    const because = notPlain(stat);
    if (because !== undefined) return refused(path, because);
    // Opening without emptying changes nothing, and asks with the effective rights, which access(2) does not.
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
    return undefined;
  } catch (error) {
    return failed(path, error);
  }
}

/** A new file needs a directory that may be written, by its mode bits: nothing can be tried without leaving a trace. */
function checkDirectory(path: string): Refusal | undefined {
  const directory = statSync(dirname(path));
  if (!directory.isDirectory()) return refused(path, "its directory is a file");
  const uid = process.geteuid?.();
  if (uid === 0) return undefined;
  const groups = new Set([process.getegid?.(), ...(process.getgroups?.() ?? [])]);
  const shift = directory.uid === uid ? 6 : groups.has(directory.gid) ? 3 : 0;
  return ((directory.mode >> shift) & 0b011) === 0b011 ? undefined : refused(path, "permission denied");
}

function writeFile(
  asThem: <T>(work: () => T) => T,
  isOurs: Protection,
  path: string,
  bytes: Uint8Array,
  how: "replace" | "append",
): Refusal | undefined {
  let descriptor: number | undefined;
  try {
    const kernel = asThem(() => checkFileSystem(path));
    if (kernel !== undefined) return kernel;
    // No O_TRUNC: what is there is looked at first. O_NONBLOCK: a pipe without a reader must not hold us.
    const flags =
      (how === "append" ? constants.O_APPEND : 0) |
      constants.O_WRONLY |
      constants.O_CREAT |
      constants.O_NOFOLLOW |
      constants.O_NONBLOCK |
      constants.O_NOCTTY;
    descriptor = asThem(() => openSync(path, flags, 0o666));
    const because = notPlain(fstatSync(descriptor));
    if (because !== undefined) return refused(path, because);
    // Where the path led at the moment of opening, whatever it was changed to and fro since it was checked.
    if (isOurs(readlinkSync(`/proc/self/fd/${descriptor}`))) return ours(path);
    if (how === "replace") ftruncateSync(descriptor, 0);
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    return undefined;
  } catch (error) {
    return failed(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

interface Looked {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  readonly nlink: number;
}

function notPlain(stat: Looked): string | undefined {
  if (stat.isDirectory()) return "it is a directory";
  if (stat.isFIFO()) return "it is a pipe";
  if (!stat.isFile()) return "it is not a plain file";
  if (stat.nlink !== 1) return "it has another name too (hard link)";
  return undefined;
}

function refused(path: string, because: string, hint?: string): Refusal {
  const message = `The output file ${escapeText(path)} can't be written: ${because}.`;
  return { code: "output-refused", message, ...(hint === undefined ? {} : { hint }) };
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "its directory does not exist"],
  ["ENOTDIR", "a part of its path is not a directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["ELOOP", "it is a link"],
  ["EISDIR", "it is a directory"],
  ["ENXIO", "it is a pipe or a device"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["ENAMETOOLONG", "its name is too long"],
]);

function failed(path: string, error: unknown): Refusal {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  // Only what the file system said is the requester's business; anything else is a defect.
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  return refused(path, reasons.get(code) ?? code);
}

/** Node has it; its types do not. */
interface ProcessWithGroups extends NodeJS.Process {
  initgroups?: (user: string, group: number) => void;
}

/**
 * Does synchronous work with somebody else's effective rights. Real and saved ids stay root's, so the other can
 * neither signal nor trace this process meanwhile, and nothing asynchronous ever runs under them.
 */
export function asRequester<T>(rights: Rights | undefined, work: () => T): T {
  const { geteuid, getegid, getgroups, seteuid, setegid, setgroups, initgroups } = process as ProcessWithGroups;
  if (rights === undefined || geteuid?.() === rights.uid) return work();
  if (!geteuid || !getegid || !getgroups || !seteuid || !setegid || !setgroups || !initgroups) {
    throw new Error("this system has no user ids");
  }
  const before = { uid: geteuid(), gid: getegid(), groups: getgroups() };
  try {
    // `#uid` stands for an account without a name, which is in no group but its own.
    if (rights.name.startsWith("#")) setgroups([rights.gid]);
    else initgroups(rights.name, rights.gid);
    setegid(rights.gid);
    seteuid(rights.uid);
    return work();
  } finally {
    seteuid(before.uid);
    setegid(before.gid);
    setgroups(before.groups);
  }
}
