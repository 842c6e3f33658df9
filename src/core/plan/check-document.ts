// The `plan` object of `check --json` and `show --json` (interface.md): what scripts and editors read. Not the stored
// document: ranges are written out here, names are flat, and the command stands beside them.
import { portsToText } from "./document.ts";
import { renderArgv, type OutputPaths } from "./render.ts";
import type { DiscoveryProbe, Feature, OtherPorts, ScanPlan, Technique, Timing, TypedName } from "./scan-plan.ts";

/** Field names are a contract with scripts: add, never rename. */
export interface CheckedPlan {
  readonly targets: {
    /** Decimal: sets of IPv6 addresses exceed what JSON numbers hold. */
    readonly count: string;
    /** Merged, by number, IPv4 before IPv6, a single address without a dash. */
    readonly ranges: readonly string[];
    readonly names: readonly TypedName[];
  };
  readonly ports: { readonly tcp: string; readonly udp: string; readonly sctp: string; readonly protocol: string };
  readonly otherPorts: readonly OtherPorts[];
  readonly techniques: readonly Technique[];
  /** `icmp-echo`, `tcp-syn/443`. */
  readonly discovery: readonly string[];
  readonly features: readonly Feature[];
  /** Names. */
  readonly scripts: readonly string[];
  readonly timing: Timing;
  readonly estimate: ScanPlan["estimate"];
  /** What would run, `nmap` first; a run puts files of its session in the place of the output files here. */
  readonly argv: readonly string[];
}

const SHOWN_FILES: OutputPaths = {
  xml: "scan.xml",
  normal: "scan.nmap",
  grepable: "scan.gnmap",
  data: "nmap-data",
  targets: "targets",
};

/** Throws a RangeError for a plan of more than a million separate ranges, which no plan from `buildPlan` has. */
export function toCheckedPlan(plan: ScanPlan): CheckedPlan {
  const [, ...words] = renderArgv(plan, SHOWN_FILES);
  return {
    targets: { count: plan.targets.size.toString(), ranges: plan.targets.toText(), names: plan.names },
    ports: portsToText(plan.ports),
    otherPorts: plan.otherPorts,
    techniques: plan.techniques,
    discovery: plan.discovery.map(showProbe),
    features: plan.features,
    scripts: plan.scripts.map((script) => script.name),
    timing: plan.timing,
    estimate: plan.estimate,
    argv: ["nmap", ...words],
  };
}

function showProbe(probe: DiscoveryProbe): string {
  return probe.ports === undefined ? probe.kind : `${probe.kind}/${probe.ports}`;
}
