// What the options of a command line say, literally, before anything is looked up: each option's `apply` writes here,
// readOptions freezes it. Mutable inside the reader only.
import type { Output, Technique } from "../scan-plan.ts";

export interface Draft {
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
  /** -Pn. */
  skipDiscovery: boolean;
  /** The text after -p. */
  ports: string | undefined;
  /** -F. */
  fast: boolean;
  topPorts: number | undefined;
  excludePorts: string | undefined;
  /** The text after --exclude. */
  exclude: string | undefined;
  template: 0 | 1 | 2 | 3 | 4 | 5 | undefined;
  maxRate: number | undefined;
  minRate: number | undefined;
  maxRetries: number | undefined;
  hostTimeoutMs: number | undefined;
  scanDelayMs: number | undefined;
  verbosity: number;
  debugging: number;
  open: boolean;
  reason: boolean;
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
    skipDiscovery: false,
    ports: undefined,
    fast: false,
    topPorts: undefined,
    excludePorts: undefined,
    exclude: undefined,
    template: undefined,
    maxRate: undefined,
    minRate: undefined,
    maxRetries: undefined,
    hostTimeoutMs: undefined,
    scanDelayMs: undefined,
    verbosity: 0,
    debugging: 0,
    open: false,
    reason: false,
    outputs: [],
  };
}
