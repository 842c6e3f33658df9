// What the options of a command line say, literally, before anything is looked up: each option's `apply` writes here,
// readOptions freezes it. Mutable inside the reader only.
import type { Course, OsDetection, Output, Packets, Technique } from "../scan-plan.ts";
import { emptyInputs, type InputDraft } from "./draft-inputs.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The letter behind -P, one of those that nmap still has, and its port list as typed. */
export interface TypedProbe {
  readonly letter: "E" | "P" | "M" | "S" | "A" | "U" | "Y" | "O" | "R";
  /** Empty where the letter stood alone: nmap's own default port then. */
  readonly ports: string;
}

export interface Draft extends InputDraft {
  /** Set by -4 or -6; without either, IPv4. */
  family: 4 | 6 | undefined;
  /** As typed with -s; empty means that privileges choose. */
  techniques: Set<Technique>;
  serviceVersion: boolean;
  versionIntensity: number | undefined;
  defaultScripts: boolean;
  osDetection: boolean;
  /** -A: service versions and default scripts, and with raw sockets OS detection and traceroute. */
  aggressive: boolean;
  traceroute: boolean;
  /** -Pn. */
  skipDiscovery: boolean;
  /** -PS22 and the like, in their order. */
  probes: TypedProbe[];
  /** --privileged or --unprivileged. */
  privileged: boolean | undefined;
  /** The text after -p. */
  ports: string | undefined;
  /** -F. */
  fast: boolean;
  topPorts: number | undefined;
  excludePorts: string | undefined;
  template: 0 | 1 | 2 | 3 | 4 | 5 | undefined;
  maxRate: number | undefined;
  minRate: number | undefined;
  maxRetries: number | undefined;
  hostTimeoutMs: number | undefined;
  scanDelayMs: number | undefined;
  maxScanDelayMs: number | undefined;
  minRttTimeoutMs: number | undefined;
  maxRttTimeoutMs: number | undefined;
  initialRttTimeoutMs: number | undefined;
  minHostgroup: number | undefined;
  maxHostgroup: number | undefined;
  minParallelism: number | undefined;
  maxParallelism: number | undefined;
  scriptTimeoutMs: number | undefined;
  defeatRstRatelimit: boolean;
  defeatIcmpRatelimit: boolean;
  noGroupCongestionControl: boolean;
  /** What -f and --ff add up to, in bytes; 0 without them. */
  fragmentBytes: number;
  /** --mtu. */
  mtu: number | undefined;
  packets: Mutable<Omit<Packets, "fragmentBytes">>;
  badChecksum: boolean;
  allPorts: boolean;
  osOptions: Mutable<OsDetection>;
  course: Mutable<Course>;
  verbosity: number;
  debugging: number;
  open: boolean;
  reason: boolean;
  packetTrace: boolean;
  versionTrace: boolean;
  scriptTrace: boolean;
  statsEveryMs: number | undefined;
  appendOutput: boolean;
  outputs: Output[];
}

export function emptyDraft(): Draft {
  return {
    family: undefined,
    techniques: new Set(),
    serviceVersion: false,
    versionIntensity: undefined,
    defaultScripts: false,
    osDetection: false,
    aggressive: false,
    traceroute: false,
    skipDiscovery: false,
    probes: [],
    privileged: undefined,
    ports: undefined,
    fast: false,
    topPorts: undefined,
    excludePorts: undefined,
    template: undefined,
    maxRate: undefined,
    minRate: undefined,
    maxRetries: undefined,
    hostTimeoutMs: undefined,
    scanDelayMs: undefined,
    maxScanDelayMs: undefined,
    minRttTimeoutMs: undefined,
    maxRttTimeoutMs: undefined,
    initialRttTimeoutMs: undefined,
    minHostgroup: undefined,
    maxHostgroup: undefined,
    minParallelism: undefined,
    maxParallelism: undefined,
    scriptTimeoutMs: undefined,
    defeatRstRatelimit: false,
    defeatIcmpRatelimit: false,
    noGroupCongestionControl: false,
    fragmentBytes: 0,
    mtu: undefined,
    packets: {},
    badChecksum: false,
    allPorts: false,
    osOptions: {},
    course: {},
    verbosity: 0,
    debugging: 0,
    open: false,
    reason: false,
    packetTrace: false,
    versionTrace: false,
    scriptTrace: false,
    statsEveryMs: undefined,
    appendOutput: false,
    outputs: [],
    ...emptyInputs(),
  };
}
