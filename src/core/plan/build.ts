// The second of the two pure steps: from what a line says and what was looked up to the plan. Everything that nmap
// would choose by itself is chosen here and written down: technique, ports, discovery, scripts.
import { err, ok, type Result } from "../result.ts";
import type { PortSet } from "../sets/port-set.ts";
import { planDiscovery } from "./discovery.ts";
import { estimateOf, protocolOf } from "./estimate.ts";
import type { Facts } from "./facts.ts";
import type { ParseProblem } from "./parse-error.ts";
import { plannedOwnScripts } from "./own-scripts.ts";
import { packetFeatures, planDetails, refusePackets, refuseRatelimits } from "./packets.ts";
import { planTargets } from "./plan-targets.ts";
import { choosePorts } from "./ports.ts";
import type { Options } from "./read-options.ts";
import type {
  Display,
  Feature,
  DiscoveryProbe,
  OtherPorts,
  PlannedScript,
  ScanPlan,
  Technique,
  Timing,
} from "./scan-plan.ts";
import { refuseScriptArgs } from "./script-args-allowed.ts";
import { renderScriptArgs } from "./script-args.ts";
import { refusePieces, scriptRules, selectScripts } from "./scripts.ts";

// nmap's own order does not depend on the line's, so neither does the plan's.
const TECHNIQUE_ORDER: readonly Technique[] = [
  "list",
  "ping",
  "syn",
  "connect",
  "ack",
  "window",
  "maimon",
  "null",
  "fin",
  "xmas",
  "udp",
  "sctp-init",
  "sctp-cookie-echo",
  "ip-protocol",
];
const WITHOUT_RAW_SOCKETS: ReadonlySet<Technique> = new Set<Technique>(["list", "ping", "connect"]);

/**
 * Builds the plan of one line. Refused are lines that nmap would end with an error (raw sockets without the right to
 * them), that name nothing to scan, or whose names do not resolve; a plan that comes back can be rendered.
 */
export function buildPlan(options: Options, facts: Facts): Result<ScanPlan, ParseProblem> {
  if (options.privileged === true && !facts.privileged) return needsPrivileges("--privileged", "or leave it out");
  const privileged = facts.privileged && options.privileged !== false;
  const techniques = planTechniques(options, privileged);
  if (!techniques.ok) return techniques;
  const ratelimits = refuseRatelimits(options, techniques.value);
  if (!ratelimits.ok) return ratelimits;
  const features = planFeatures(options, privileged);
  if (!features.ok) return features;
  const resolved = planTargets(options, facts);
  if (!resolved.ok) return resolved;
  const ports = planPorts(options, techniques.value, facts);
  if (!ports.ok) return ports;
  const tables = { services: facts.services, protocolNumbers: facts.protocols ?? [] };
  const discovery = planDiscovery(options, techniques.value, privileged, ports.value.excluded, tables);
  if (!discovery.ok) return discovery;
  const shape = refusePackets(options, privileged, techniques.value, discovery.value);
  if (shape !== undefined) return err(shape);
  const scripts = planScripts(options, facts);
  if (!scripts.ok) return scripts;
  const serviceVersion = features.value.includes("service-version");
  const plan = {
    nmap: facts.nmap,
    family: options.family,
    privileged,
    targets: resolved.value.targets,
    names: resolved.value.names,
    techniques: techniques.value,
    ports: ports.value.scanned,
    otherPorts: otherPorts(features.value, scripts.value, techniques.value, discovery.value),
    discovery: discovery.value,
    features: features.value,
    ...(serviceVersion && options.versionIntensity !== undefined ? { versionIntensity: options.versionIntensity } : {}),
    scripts: scripts.value,
    ...(options.ownScripts.length === 0 ? {} : { ownScripts: options.ownScripts }),
    ...(options.scriptArgs.length === 0 || scripts.value.length === 0
      ? {}
      : { scriptArguments: renderScriptArgs(options.scriptArgs) }),
    timing: planTiming(options),
    ...planDetails(options, features.value),
    display: planDisplay(options),
    outputs: options.outputs,
    ...(options.appendOutput ? { appendOutput: true as const } : {}),
    ...(options.inputs.length === 0 ? {} : { inputs: options.inputs }),
  };
  return ok(Object.freeze({ ...plan, estimate: estimateOf(plan) }));
}

function needsPrivileges(what: string, instead: string): Result<never, ParseProblem> {
  return err({
    code: "needs-privileges",
    message: `${what} needs raw sockets, and this session may not open them.`,
    hint: `run it with sudo, ${instead}`,
  });
}

function planTechniques(options: Options, privileged: boolean): Result<readonly Technique[], ParseProblem> {
  const typed = TECHNIQUE_ORDER.filter((technique) => options.techniques.has(technique));
  if (!privileged) {
    const raw = typed.find((technique) => !WITHOUT_RAW_SOCKETS.has(technique));
    if (raw === "syn") return needsPrivileges("A SYN scan (-sS)", "or scan with -sT");
    if (raw === "udp") return needsPrivileges("A UDP scan (-sU)", "or scan TCP with -sT");
    if (raw !== undefined) return needsPrivileges(`The scan technique ${raw}`, "or scan with -sT");
  }
  // A letter that is modelled and has no place in the order would vanish from the plan.
  if (typed.length !== options.techniques.size) throw new Error("a technique without its place in the order");
  return ok(typed.length > 0 ? typed : [privileged ? "syn" : "connect"]);
}

function planFeatures(options: Options, privileged: boolean): Result<readonly Feature[], ParseProblem> {
  if (options.osDetection && !privileged) {
    return needsPrivileges("OS detection (-O)", "or use -sV to learn what answers");
  }
  if (options.traceroute && !privileged) return needsPrivileges("--traceroute", "or leave it out");
  const features: Feature[] = [];
  const serviceVersion = options.serviceVersion || options.aggressive;
  if (serviceVersion) features.push("service-version");
  if (options.osDetection || (options.aggressive && privileged)) features.push("os-detection");
  if (options.traceroute || (options.aggressive && privileged)) features.push("traceroute");
  // With --script nmap leaves the default scripts out.
  if ((options.defaultScripts || options.aggressive) && !namesScripts(options)) features.push("default-scripts");
  features.push(...packetFeatures(options));
  if (serviceVersion && options.allPorts) features.push("all-ports");
  return ok(features);
}

const namesScripts = ({ scripts, ownScripts }: Options): boolean => scripts.length + ownScripts.length > 0;

interface Ports {
  readonly scanned: PortSet;
  /** Taken off host discovery too. */
  readonly excluded: PortSet;
}

function planPorts(options: Options, techniques: readonly Technique[], facts: Facts): Result<Ports, ParseProblem> {
  const protocols = techniques.map(protocolOf).filter((protocol) => protocol !== undefined);
  const chosen = choosePorts(options, protocols, facts.services, facts.protocols);
  if (!chosen.ok) return chosen;
  for (const technique of techniques) {
    const protocol = protocolOf(technique);
    if (protocol === undefined || chosen.value.scanned.size(protocol) > 0) continue;
    return err({
      code: "option-conflict",
      message: `No ${protocol} port is left for the ${technique} scan.`,
      hint: "name such ports with -p, or leave that scan out",
    });
  }
  return ok(chosen.value);
}

function planScripts(options: Options, facts: Facts): Result<readonly PlannedScript[], ParseProblem> {
  const unknown = refusePieces(facts.scripts, options.scripts);
  if (unknown !== undefined) return err(unknown);
  const own = plannedOwnScripts(options.ownScripts, facts.scripts);
  if (!own.ok) return own;
  const selected = selectScripts(facts.scripts, scriptRules(options), facts.scriptFiles);
  const scripts = [...selected, ...own.value].sort((left, right) => (left.name < right.name ? -1 : 1));
  const argument = refuseScriptArgs(
    options.scriptArgs,
    scripts.map((script) => script.name),
  );
  return argument === undefined ? ok(scripts) : err(argument);
}

/** What picks ports while the scan runs (policy.md, Meaning 6). */
function otherPorts(
  features: readonly Feature[],
  scripts: readonly PlannedScript[],
  techniques: readonly Technique[],
  discovery: readonly DiscoveryProbe[],
): readonly OtherPorts[] {
  const found: OtherPorts[] = [];
  if (features.includes("os-detection")) found.push("os-detection");
  if (features.includes("traceroute")) found.push("traceroute");
  if (scripts.length > 0) found.push("scripts");
  if (techniques.includes("ip-protocol") || discovery.some((probe) => probe.kind === "ip-protocol")) {
    found.push("ip-protocol");
  }
  return found;
}

function planTiming(options: Options): Timing {
  return {
    template: options.template ?? 3,
    ...given("maxRate", options.maxRate),
    ...given("minRate", options.minRate),
    ...given("maxRetries", options.maxRetries),
    ...given("hostTimeoutMs", options.hostTimeoutMs),
    ...given("scanDelayMs", options.scanDelayMs),
    ...given("maxScanDelayMs", options.maxScanDelayMs),
    ...given("minRttTimeoutMs", options.minRttTimeoutMs),
    ...given("maxRttTimeoutMs", options.maxRttTimeoutMs),
    ...given("initialRttTimeoutMs", options.initialRttTimeoutMs),
    ...given("minHostgroup", options.minHostgroup),
    ...given("maxHostgroup", options.maxHostgroup),
    ...given("minParallelism", options.minParallelism),
    ...given("maxParallelism", options.maxParallelism),
    ...given("scriptTimeoutMs", options.scriptTimeoutMs),
    ...set("defeatRstRatelimit", options.defeatRstRatelimit),
    ...set("defeatIcmpRatelimit", options.defeatIcmpRatelimit),
    ...set("noGroupCongestionControl", options.noGroupCongestionControl),
  };
}

function planDisplay(options: Options): Display {
  return {
    verbosity: options.verbosity,
    debugging: options.debugging,
    open: options.open,
    reason: options.reason,
    ...set("packetTrace", options.packetTrace),
    ...set("versionTrace", options.versionTrace),
    ...set("scriptTrace", options.scriptTrace),
    ...given("statsEveryMs", options.statsEveryMs),
  };
}

/** A field that is there only when something was said: documents have nothing undefined. */
function given<K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, number>);
}

function set<K extends string>(key: K, value: boolean): Partial<Record<K, true>> {
  return value ? ({ [key]: true } as Record<K, true>) : {};
}
