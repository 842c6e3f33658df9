// The note of a confined session in its folder: whose it is, which account it has, and in which network its rules are. A
// later start reads there what a crash left behind.
import { readFileSync, readlinkSync } from "node:fs";
import { ownLease, readLease, writeLease, type Lease } from "../lease.ts";
import type { Leader } from "../processes.ts";
import { isSessionUid } from "../../core/confinement/session-uids.ts";

export interface ConfinedLease extends Lease {
  readonly uid: number;
  /** The network namespace that its rules are in. */
  readonly network: string;
}

export const networkNamespace = (): string => readlinkSync("/proc/self/ns/net");

export function writeConfinedLease(file: string, uid: number, leader?: Leader): void {
  const lease: ConfinedLease = {
    ...ownLease(),
    ...(leader === undefined ? {} : { leader }),
    uid,
    network: networkNamespace(),
  };
  writeLease(file, lease);
}

/** Undefined also for a session that has no account yet. */
export function readConfinedLease(file: string): ConfinedLease | undefined {
  const lease = readLease(file);
  if (lease === undefined) return undefined;
  const { uid, network } = JSON.parse(readFileSync(file, "utf8")) as { uid?: unknown; network?: unknown };
  if (typeof uid !== "number" || !isSessionUid(uid) || typeof network !== "string") return undefined;
  return { ...lease, uid, network };
}
