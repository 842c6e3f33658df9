// What a session may do, as data: out of the plan and of what policy adds to it. Which account, which devices and which
// files it gets is found out by whoever starts it; nothing here depends on the machine.
import type { ScanPlan, TypedName } from "../plan/scan-plan.ts";
import { reachOf, type Reach } from "./reach.ts";

/** What policy says of a session beside its plan. */
export interface Terms {
  /** Addresses beside the targets that the plan's scripts may contact: ranges in canonical text. */
  readonly egress?: readonly string[];
  readonly onViolation?: "record" | "end";
}

export interface Confinement {
  /** The only capabilities of the session, by the names that setpriv knows; none for a scan that needs none. */
  readonly capabilities: readonly "net_raw"[];
  readonly reach: Reach;
  /** Names that nmap finds in its private hosts file, each with its one address. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  readonly limits: Limits;
  readonly endAtViolation: boolean;
}

/** Resource limits of every process in the session, in the units of setrlimit(2). */
export interface Limits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Processes and threads of the session's account at once. */
  readonly processes: number;
  /** Bytes of data of one process (RLIMIT_DATA): nmap's address space is mostly libraries, its scans are this. */
  readonly dataBytes: number;
  /** Bytes of memory of the session together, where a control group can hold it to that. */
  readonly memoryBytes: number;
  /** Processes and threads of the session together, those that make its cage among them; likewise. */
  readonly tasks: number;
  /** Bytes of the private temporary folder. */
  readonly temporaryBytes: number;
}

/** The narrowest cage that the plan can run in. */
export function confine(plan: ScanPlan, terms: Terms): Confinement {
  return {
    capabilities: plan.privileged ? ["net_raw"] : [],
    reach: reachOf(plan, terms.egress ?? []),
    hosts: hostsOf(plan.names),
    limits: {
      fileBytes: 1 << 30,
      processes: 64,
      dataBytes: 1 << 30,
      memoryBytes: 4 * 2 ** 30,
      tasks: 72,
      temporaryBytes: 64 << 20,
    },
    endAtViolation: terms.onViolation === "end",
  };
}

/**
 * The names that nmap may be given in place of addresses: those with one address, which no earlier name has. nmap takes
 * a name's first address only, and would scan an address twice that two names share.
 */
export function hostsOf(names: readonly TypedName[]): Confinement["hosts"] {
  const taken = new Set<string>();
  return names.flatMap(({ typed, addresses }) => {
    const [address, ...others] = addresses;
    if (address === undefined || others.length > 0 || taken.has(address)) return [];
    taken.add(address);
    return [{ name: typed, address }];
  });
}
