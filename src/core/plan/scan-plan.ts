// The plan: what a command line means, closed and explicit. Policy judges it, people approve its digest, the runner
// renders nmap's command from it. Nothing in here is text that nmap would have to interpret again.
import type { AddressSet } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";

/** Scan techniques by the names of nmap's usage text; `list` (-sL) and `ping` (-sn) scan no port. */
export type Technique =
  | "list"
  | "ping"
  | "connect"
  | "syn"
  | "udp"
  | "ack"
  | "window"
  | "maimon"
  | "null"
  | "fin"
  | "xmas"
  | "custom-flags"
  | "sctp-init"
  | "sctp-cookie-echo"
  | "ip-protocol";

export type Feature =
  | "service-version"
  | "os-detection"
  | "traceroute"
  | "default-scripts"
  | "fragments"
  | "source-port"
  | "custom-flags"
  | "payload"
  | "bad-checksum"
  | "ttl";

/** One way of finding out whether a host is up; `ports` only where the probe has some. `none` (-Pn): every target counts as up. */
export interface DiscoveryProbe {
  readonly kind:
    | "none"
    | "icmp-echo"
    | "icmp-timestamp"
    | "icmp-netmask"
    | "tcp-syn"
    | "tcp-ack"
    | "tcp-connect"
    | "udp"
    | "sctp-init"
    | "ip-protocol"
    | "arp";
  /** Port or protocol numbers in the form of a scaninfo list (`22,80-90`); absent where the probe has none. */
  readonly ports?: string;
  /** True when the person typed it: its ports then count as ports of the plan (policy.md, small print). */
  readonly typed: boolean;
}

export interface TypedName {
  /** The host name as typed, an RFC 1123 name in lower case. */
  readonly typed: string;
  /** The addresses that are scanned for it, canonical text; nmap takes a name's first address of the family. */
  readonly addresses: readonly string[];
}

export interface PlannedScript {
  /** Name as in script.db, without `.nse`. */
  readonly name: string;
  readonly categories: readonly string[];
  /** True when no --script named it: it came with -sC, -A or -sV. */
  readonly implied: boolean;
}

export interface Timing {
  readonly template: 0 | 1 | 2 | 3 | 4 | 5;
  /** Packets a second. */
  readonly maxRate?: number;
  readonly minRate?: number;
  readonly maxRetries?: number;
  readonly hostTimeoutMs?: number;
  readonly scanDelayMs?: number;
}

export type OutputFormat = "normal" | "xml" | "grepable";

export interface Output {
  readonly format: OutputFormat;
  /** The path as typed, nmap's `%` not yet expanded; `-` is standard output. */
  readonly path: string;
}

/** The binary that the plan was made for: another version may read the same words differently. */
export interface NmapIdentity {
  readonly path: string;
  /** As `nmap --version` says it: "7.93". */
  readonly version: string;
}

export type OtherPorts = "os-detection" | "traceroute" | "scripts";

export interface ScanPlan {
  readonly nmap: NmapIdentity;
  readonly family: 4 | 6;
  /** Whether nmap is told --privileged (raw sockets) or --unprivileged. */
  readonly privileged: boolean;
  /** The addresses that nmap scans: exclusions are already taken off. */
  readonly targets: AddressSet;
  readonly names: readonly TypedName[];
  readonly techniques: readonly Technique[];
  /** The ports that nmap scans, per protocol; empty where none is. */
  readonly ports: PortSet;
  /** What chooses ports at run time (policy.md, Meaning 6). */
  readonly otherPorts: readonly OtherPorts[];
  readonly discovery: readonly DiscoveryProbe[];
  readonly features: readonly Feature[];
  /** How many probes service-version tries, 0..9; absent means nmap's own default (7). Only with `service-version`. */
  readonly versionIntensity?: number;
  readonly scripts: readonly PlannedScript[];
  readonly timing: Timing;
  readonly display: {
    readonly verbosity: number;
    readonly debugging: number;
    readonly open: boolean;
    readonly reason: boolean;
  };
  readonly outputs: readonly Output[];
  readonly estimate: { readonly probes: number; readonly seconds: number };
}

declare const planDigest: unique symbol;
/** `sha256:` and 64 hexadecimal digits over the canonical plan. */
export type PlanDigest = string & { readonly [planDigest]: true };
