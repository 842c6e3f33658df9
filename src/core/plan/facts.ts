// What must be looked up before a plan can be built: the only bridge between the pure reading of a command line and
// the world. `factsNeeded` says what, an effect finds it out, `buildPlan` uses it.
import type { DataLevel } from "./data-manifest.ts";
import { discoveryNeedsServices } from "./discovery-ports.ts";
import { portsNeedProtocols, portsNeedServices } from "./ports.ts";
import type { Options } from "./read-options.ts";
import type { NmapIdentity } from "./scan-plan.ts";
import { scriptRules, type ScriptRule } from "./scripts.ts";

export interface FactsNeeded {
  /** Host names to resolve, in the family that the command line chose. */
  readonly names: readonly string[];
  readonly family: 4 | 6;
  /** True when default ports, -F, --top-ports or service names need nmap-services. */
  readonly services: boolean;
  /** True when an IP protocol scan needs nmap-protocols: -F and brackets mean those that it names. */
  readonly protocols?: true;
  /** True when script.db is needed. */
  readonly scripts: boolean;
  /** Which of nmap's data files the scan will read: they are copied, hashed and pinned. Undefined for none. */
  readonly data: DataLevel | undefined;
  /** Which scripts' files are to be looked at; absent for none. */
  readonly scriptFiles?: readonly ScriptRule[];
}

/** One line of nmap-services. */
export interface ServiceEntry {
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly port: number;
  /** Open frequency, 0..1. */
  readonly ratio: number;
}

export interface ScriptEntry {
  /** Without `.nse`. */
  readonly name: string;
  readonly categories: readonly string[];
}

/** What is known of a script's file. */
export interface ScriptFile {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** It has an action before any target is known. */
  readonly beforeTargets: boolean;
  /** It adds targets by itself, without the argument that permits it. */
  readonly addsTargets: boolean;
}

/** A name that could not be resolved has no addresses: the plan is then refused, with `problem` in the words of the resolver. */
export interface ResolvedName {
  readonly addresses: readonly string[];
  readonly problem?: string;
}

export interface Facts {
  readonly nmap: NmapIdentity;
  /** Whether the session will hold the right to open raw sockets. */
  readonly privileged: boolean;
  readonly names: ReadonlyMap<string, ResolvedName>;
  readonly services: readonly ServiceEntry[];
  /** The numbers that nmap-protocols names. */
  readonly protocols?: readonly number[];
  readonly scripts: readonly ScriptEntry[];
  /** By name; of those that were asked for. */
  readonly scriptFiles?: ReadonlyMap<string, ScriptFile>;
}

/** What has to be looked up for this line. Nothing that the plan does not need: each look-up is time, or somebody asked. */
export function factsNeeded(options: Options): FactsNeeded {
  const names = new Set<string>();
  for (const target of options.targets) if (target.kind === "name") names.add(target.name);
  for (const name of options.excluded.names) names.add(name);
  const rules = scriptRules(options);
  const withScripts = rules.length > 0 || options.ownScripts.length > 0;
  return {
    names: [...names],
    family: options.family,
    services: portsNeedServices(options) || options.probes.some(discoveryNeedsServices),
    ...(portsNeedProtocols(options) ? { protocols: true as const } : {}),
    scripts: withScripts,
    ...(rules.length === 0 ? {} : { scriptFiles: rules }),
    data: dataLevel(options, withScripts),
  };
}

function dataLevel(options: Options, scripts: boolean): DataLevel | undefined {
  if (scripts) return "scripts";
  if (options.osDetection) return "detection";
  // It lists the targets and reads nothing; nmap's own tables say nothing about them.
  return options.techniques.has("list") ? undefined : "tables";
}
