// The plan: what a command line means, closed and explicit. Policy judges it, people approve its digest, the runner
// renders nmap's command from it. Nothing in here is text that nmap would have to interpret again.
import type { AddressSet } from "../sets/address-set.ts";
import type { DataLevel } from "./data-manifest.ts";
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
  | "ttl"
  /** Sent on a chosen interface, which may be another way into another network. */
  | "interface"
  /** Ethernet frames of nmap's own making, past the kernel's rules for IP packets. */
  | "raw-ethernet"
  /** Service versions asked of ports that print whatever they get. */
  | "all-ports";

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

/** A file of the requester's that was read for this plan. What was in it is in the plan; its path is only a name. */
export interface PlanInput {
  /** `-iL`, `--excludefile`, `--script-args-file` or `--script`. */
  readonly option: string;
  /** As typed. */
  readonly path: string;
  readonly bytes: number;
  /** Of what was read: `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
}

/** A script that the requester brought, whole: what runs is this text. */
export interface OwnScript {
  /** Of its file, without `.nse`; of no installed script. */
  readonly name: string;
  /** Of the text in UTF-8: `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** No control characters but tab and line ends. */
  readonly text: string;
}

export interface PlannedScript {
  /** Name as in script.db, without `.nse`. */
  readonly name: string;
  readonly categories: readonly string[];
  /** True when no --script named it: it came with -sC, -A or -sV. */
  readonly implied: boolean;
  /** Of its file: `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
  /** True where it is the requester's: its text is in `ownScripts`. */
  readonly own?: true;
  /** Set where it sends to hosts that are no targets: by its categories, before any target, or by adding targets. */
  readonly contacts?: "others";
}

/** How packets differ from ordinary ones; each field has its feature, but for the last two. */
export interface Packets {
  /** Most bytes of payload in a fragment, a multiple of 8; `fragments`. */
  readonly fragmentBytes?: number;
  /** 1..65535; `source-port`. */
  readonly sourcePort?: number;
  /** TCP flags as the byte in the header; `custom-flags`. */
  readonly scanFlags?: number;
  /** What is added to raw packets: these bytes in hexadecimal, or so many random ones; `payload`. */
  readonly payload?: { readonly hex: string } | { readonly randomBytes: number };
  /** 0..255; `ttl`. */
  readonly ttl?: number;
  /** Name of the network interface; `interface`. */
  readonly interface?: string;
  /** Which way packets leave this host; `ethernet` has the feature `raw-ethernet`. */
  readonly sendAs?: "ethernet" | "ip";
  /** The older checksum for SCTP. */
  readonly adler32?: true;
}

/** How OS detection goes about it; only with `os-detection`. */
export interface OsDetection {
  readonly limit?: true;
  readonly guess?: true;
  /** 1..50. */
  readonly maxTries?: number;
  /** The older layout of OS classes in the XML. */
  readonly oldXml?: true;
}

/** What changes the course of a scan, not what it reaches. */
export interface Course {
  readonly randomHosts?: true;
  readonly portsInOrder?: true;
  /** Neighbours are looked for as other hosts are, not by ARP or ND. */
  readonly noArpPing?: true;
  /** A TCP reset is no sign of life. */
  readonly ignoreReset?: true;
  readonly nsockEngine?: "epoll" | "poll" | "select";
}

export interface Timing {
  readonly template: 0 | 1 | 2 | 3 | 4 | 5;
  /** Packets a second. */
  readonly maxRate?: number;
  readonly minRate?: number;
  readonly maxRetries?: number;
  readonly hostTimeoutMs?: number;
  readonly scanDelayMs?: number;
  readonly maxScanDelayMs?: number;
  readonly minRttTimeoutMs?: number;
  readonly maxRttTimeoutMs?: number;
  readonly initialRttTimeoutMs?: number;
  readonly minHostgroup?: number;
  readonly maxHostgroup?: number;
  readonly minParallelism?: number;
  readonly maxParallelism?: number;
  readonly scriptTimeoutMs?: number;
  readonly defeatRstRatelimit?: true;
  readonly defeatIcmpRatelimit?: true;
  /** No congestion control over all hosts together. */
  readonly noGroupCongestionControl?: true;
}

export interface Display {
  /** 0..10, as nmap counts after -v and -d. */
  readonly verbosity: number;
  readonly debugging: number;
  readonly open: boolean;
  readonly reason: boolean;
  readonly packetTrace?: true;
  readonly versionTrace?: true;
  readonly scriptTrace?: true;
  readonly statsEveryMs?: number;
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
  /** `sha256:…` of the executable file. */
  readonly binary: string;
  /** The private copy of nmap's data files that this scan reads; absent where it reads none (-sL). */
  readonly data?: { readonly level: DataLevel; readonly hash: string };
}

export type OtherPorts =
  | "os-detection"
  | "traceroute"
  | "scripts"
  /** Probes for TCP, UDP and SCTP as IP protocols carry a port of nmap's choice. */
  | "ip-protocol";

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
  /** Absent without any. */
  readonly ownScripts?: readonly OwnScript[];
  /** For nmap's --script-args, every value quoted; absent without any. */
  readonly scriptArguments?: string;
  readonly timing: Timing;
  /** Absent where packets are ordinary. */
  readonly packets?: Packets;
  readonly osDetection?: OsDetection;
  readonly course?: Course;
  readonly display: Display;
  readonly outputs: readonly Output[];
  /** True when the requester's files are added to instead of replaced. */
  readonly appendOutput?: true;
  /** The requester's files that were read; absent without any. */
  readonly inputs?: readonly PlanInput[];
  readonly estimate: { readonly probes: number; readonly seconds: number };
}

declare const planDigest: unique symbol;
/** `sha256:` and 64 hexadecimal digits over the canonical plan. */
export type PlanDigest = string & { readonly [planDigest]: true };
