// What this machine lets a session do.
import { readFileSync } from "node:fs";

/** CAP_NET_RAW in the kernel's numbering (capabilities(7)). */
const CAP_NET_RAW = 13n;

/**
 * Whether nmap, started from here, may open raw sockets. Root gets its capabilities again at exec, so its effective
 * ones count; another account keeps only the ambient ones.
 */
export function mayOpenRawSockets(): boolean {
  const field = process.geteuid?.() === 0 ? "CapEff" : "CapAmb";
  let status: string;
  try {
    status = readFileSync("/proc/self/status", "latin1");
  } catch {
    return false;
  }
  const hex = new RegExp(`^${field}:\\s+([0-9a-f]+)$`, "m").exec(status)?.[1];
  return hex !== undefined && ((BigInt(`0x${hex}`) >> CAP_NET_RAW) & 1n) === 1n;
}
