// How many probes a plan sends and how long that takes, roughly: for the card that an approver reads and for limits
// that are set in orders of magnitude. A model, said openly; nothing here is measured on the network.
import { unreachable } from "../result.ts";
import type { Protocol } from "../sets/port-set.ts";
import type { ScanPlan, Technique, Timing } from "./scan-plan.ts";

type Measured = Pick<ScanPlan, "targets" | "techniques" | "ports" | "discovery" | "features" | "timing">;

// Packets a second that each template reaches against hosts which answer at once; nmap gives no figures of its own.
// The first three are their fixed pauses (5 minutes, 15 s, 0.4 s between two probes).
const TEMPLATE_RATE: Readonly<Record<Timing["template"], number>> = {
  0: 1 / 300,
  1: 1 / 15,
  2: 2.5,
  3: 500,
  4: 1000,
  5: 2000,
};
// Hosts that nmap works on side by side, once a scan is under way.
const SIDE_BY_SIDE = 64;
// What one batch of hosts takes on top, in seconds: services answer late, and closed UDP ports at one a second.
const SERVICE_VERSION_SECONDS = 10;
const OS_DETECTION_SECONDS = 5;
const TRACEROUTE_SECONDS = 3;
const SCRIPT_SECONDS = 10;
const UDP_PORT_SECONDS = 1;
// Rounded from what nmap documents of its second-generation OS detection, and a path of ordinary length.
const OS_DETECTION_PROBES = 16;
const TRACEROUTE_PROBES = 15;

/**
 * Probes: every target counts as up, every probe as sent once, answers and repetitions as free. What service versions
 * and scripts send depends on what they find and is not counted. Seconds: those probes at the plan's rate, and waiting
 * times for each batch of hosts; at least 1. Both are whole numbers, capped at 2^53 - 1.
 */
export function estimateOf(plan: Measured): ScanPlan["estimate"] {
  const hosts = Number(plan.targets.size);
  const perHost = probesPerHost(plan);
  const probes = Math.min(hosts * perHost, Number.MAX_SAFE_INTEGER);
  const sending = probes / packetsPerSecond(plan.timing, hosts);
  const waiting = Math.ceil(hosts / SIDE_BY_SIDE) * batchSeconds(plan);
  const seconds = Math.max(1, Math.ceil(Math.min(sending + waiting, longest(plan, hosts))));
  return { probes, seconds: Math.min(seconds, Number.MAX_SAFE_INTEGER) };
}

function probesPerHost(plan: Measured): number {
  let probes = 0;
  for (const probe of plan.discovery)
    if (probe.kind !== "none") probes += probe.ports === undefined ? 1 : countList(probe.ports);
  for (const technique of plan.techniques) {
    const protocol = protocolOf(technique);
    if (protocol !== undefined) probes += plan.ports.size(protocol);
  }
  if (plan.features.includes("os-detection")) probes += OS_DETECTION_PROBES;
  if (plan.features.includes("traceroute")) probes += TRACEROUTE_PROBES;
  return probes;
}

function packetsPerSecond(timing: Timing, hosts: number): number {
  let rate = TEMPLATE_RATE[timing.template];
  if (timing.scanDelayMs !== undefined && timing.scanDelayMs > 0) {
    rate = Math.min(rate, (Math.min(hosts, SIDE_BY_SIDE) * 1000) / timing.scanDelayMs);
  }
  if (timing.minRate !== undefined) rate = Math.max(rate, timing.minRate);
  if (timing.maxRate !== undefined) rate = Math.min(rate, timing.maxRate);
  return rate;
}

function batchSeconds(plan: Measured): number {
  let seconds = 0;
  if (plan.techniques.includes("udp")) seconds += plan.ports.size("udp") * UDP_PORT_SECONDS;
  for (const feature of plan.features) {
    if (feature === "service-version") seconds += SERVICE_VERSION_SECONDS;
    if (feature === "os-detection") seconds += OS_DETECTION_SECONDS;
    if (feature === "traceroute") seconds += TRACEROUTE_SECONDS;
    if (feature === "default-scripts") seconds += SCRIPT_SECONDS;
  }
  return seconds;
}

/** --host-timeout ends each host; batches of hosts run one after the other. */
function longest(plan: Measured, hosts: number): number {
  const { hostTimeoutMs } = plan.timing;
  if (hostTimeoutMs === undefined || hostTimeoutMs === 0) return Infinity;
  return (Math.ceil(hosts / SIDE_BY_SIDE) * hostTimeoutMs) / 1000;
}

/** Whose ports a technique scans; none for -sL and -sn. */
export function protocolOf(technique: Technique): Protocol | undefined {
  switch (technique) {
    case "list":
    case "ping":
      return undefined;
    case "connect":
    case "syn":
    case "ack":
    case "window":
    case "maimon":
    case "null":
    case "fin":
    case "xmas":
      return "tcp";
    case "udp":
      return "udp";
    case "sctp-init":
    case "sctp-cookie-echo":
      return "sctp";
    case "ip-protocol":
      return "protocol";
    default:
      return unreachable(technique);
  }
}

/** How many numbers a list such as `22,80-90` names. */
function countList(list: string): number {
  let count = 0;
  for (const part of list.split(",")) {
    const [first, last] = part.split("-").map(Number);
    count += (last ?? first ?? 0) - (first ?? 0) + 1;
  }
  return count;
}
