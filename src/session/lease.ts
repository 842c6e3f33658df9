// The note in a session's private directory that lets a later run tell a live session from one that a crash left, and
// find what still runs of it: pids mean something only together with start time and boot.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { bootId, readStat } from "./processes.ts";
import type { Leader } from "./processes.ts";

export interface Lease {
  readonly boot: string;
  /** The process that runs the session. */
  readonly owner: Leader;
  /** nmap, leader of its own session; absent before the launch. */
  readonly leader?: Leader;
}

let own: Lease | undefined;

/** The lease of a session run by this process. */
export function ownLease(): Lease {
  own ??= findOwnLease();
  return own;
}

function findOwnLease(): Lease {
  const stat = readStat(process.pid);
  if (stat === undefined) throw new Error("/proc does not show this process");
  return { boot: bootId(), owner: { pid: process.pid, startTime: stat.startTime } };
}

/** In one step: who reads half of it takes a session that lives for one that a crash left. */
export function writeLease(file: string, lease: Lease): void {
  const whole = `${file}.new`;
  writeFileSync(whole, JSON.stringify(lease), { mode: 0o600 });
  renameSync(whole, file);
}

/** The lease, or undefined when there is none that can be read: then nobody knows of a process. */
export function readLease(file: string): Lease | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value["boot"] !== "string" || !isLeader(value["owner"])) return undefined;
  const leader = value["leader"];
  return {
    boot: value["boot"],
    owner: value["owner"],
    ...(isLeader(leader) ? { leader } : {}),
  };
}

/** Whether the process that wrote the lease still runs: then the session is not ours to end. */
export function ownerLives(lease: Lease): boolean {
  if (lease.boot !== bootId()) return false;
  const stat = readStat(lease.owner.pid);
  return stat !== undefined && stat.startTime === lease.owner.startTime && stat.state !== "Z";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isLeader(value: unknown): value is Leader {
  return (
    isObject(value) &&
    typeof value["pid"] === "number" &&
    Number.isSafeInteger(value["pid"]) &&
    value["pid"] > 1 &&
    typeof value["startTime"] === "string"
  );
}
