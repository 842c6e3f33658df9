// What the store, the listings and the trail keep of a finished scan: counts and a bounded list of open ports. The XML
// beside it has the rest. Serialisable as it stands, and everything textual in it is still nmap's: escape when showing.

export type PortProtocol = "tcp" | "udp" | "sctp" | "ip";

export interface OpenPort {
  readonly protocol: PortProtocol;
  readonly port: number;
  /** Service name as nmap names it, `tunnel/` put before it where there is one (`ssl/http`); absent where unknown. */
  readonly service?: string;
  /** Product, version, and extra information in brackets; absent without version detection. */
  readonly version?: string;
}

/** A host with at least one open port. */
export interface HostSummary {
  /** Canonical text of the scanned IPv4 or IPv6 address. */
  readonly address: string;
  /** Host names that nmap reports for it, at most `NAMES_PER_HOST`. */
  readonly names: readonly string[];
  /** How many ports are open, also beyond the list. */
  readonly openPorts: number;
  /** The first of them in nmap's order, at most `PORTS_PER_HOST`. */
  readonly open: readonly OpenPort[];
}

/** What nmap says it scanned: one entry per protocol and technique. `services` is its port list (`22,80-90`). */
export interface ScanInfo {
  readonly type: string;
  readonly protocol: string;
  readonly ports: number;
  readonly services: string;
}

export interface Summary {
  /** False when the XML ends before nmap closed it: hosts that were not finished are missing. */
  readonly complete: boolean;
  /** Numbers of hosts; of a cut result those that it still has. */
  readonly hosts: { readonly up: number; readonly down: number; readonly total: number };
  /** Open ports over all hosts. */
  readonly openPorts: number;
  /** Hosts with open ports in nmap's order, at most `HOSTS_LISTED`. */
  readonly open: readonly HostSummary[];
  /** True when `open` leaves out hosts, ports or names because there are too many. */
  readonly shortened: boolean;
  readonly scans: readonly ScanInfo[];
  /** The command line that nmap says it ran; absent when the XML has none. */
  readonly args?: string;
  readonly nmapVersion?: string;
  /** Seconds since the epoch, by nmap's clock. */
  readonly startedAt?: number;
  /** Seconds, as nmap measured; absent when it did not come to say. */
  readonly elapsedSeconds?: number;
  /** `success`, or `error` with nmap's message; absent when the XML was cut before it. */
  readonly exit?: "success" | "error";
  readonly errorMessage?: string;
}

// A /16 of web servers must not make a listing of megabytes: the XML is kept whole, this is for reading.
export const HOSTS_LISTED = 1024;
export const PORTS_PER_HOST = 128;
export const NAMES_PER_HOST = 4;
