// How many probes a plan sends and how long that takes, roughly: for the card that an approver reads and for limits
// that are set in orders of magnitude. A model, said openly; nothing here is measured on the network.
import { unreachable } from "../result.ts";
import { AddressSet } from "../sets/address-set.ts";
import type { Protocol } from "../sets/port-set.ts";
import type { ScanPlan, Technique, Timing } from "./scan-plan.ts";

type Measured = Pick<ScanPlan, "targets" | "techniques" | "ports" | "discovery" | "features" | "scripts" | "timing">;

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
const OS_DETECTION_SECONDS = 8;
const TRACEROUTE_SECONDS = 3;
const SCRIPT_SECONDS = 10;
const UDP_PORT_SECONDS = 1;

// Packets per port, protocol or host, between what hosts that answer everything at once cost and what those cost that
// limit their answers or keep silent; measured with nmap 7.93 (test/e2e/estimate.test.ts).
const PER_PORT: Readonly<Record<Protocol, number>> = { tcp: 1, udp: 2.4, sctp: 1.4, protocol: 2.4 };
const OS_DETECTION_PROBES = 60;
const TRACEROUTE_PROBES = 12;
// Of TCP ports that a scan asks, so many are taken to be open on each host; what nmap then says to them are connections.
const OPEN_PORTS = 2;
const VERSION_PROBES = 5;
// -sC brings some 125 scripts, of which a web server and an SSH server see two in five between them.
const CONNECTIONS_PER_SCRIPT = 0.18;

const LOOPBACK = AddressSet.ofRanges([
  { family: 4, first: 0x7f000000n, last: 0x7fffffffn },
  { family: 6, first: 1n, last: 1n },
]);

/**
 * Probes: packets, and connections where nmap leaves packets to the system. Every target counts as up and as answering;
 * an address where nobody is costs four times its discovery and no port. Right within a factor of two, not better: what
 * versions and scripts send depends on what they find. Seconds: those probes at the plan's rate, and waiting times for
 * each batch of hosts; at least 1. Both are whole numbers, capped at 2^53 - 1.
 */
export function estimateOf(plan: Measured): ScanPlan["estimate"] {
  const hosts = Number(plan.targets.size);
  const sum = discoveryProbes(plan, hosts) + hosts * probesPerHost(plan);
  const probes = Math.min(Math.round(sum), Number.MAX_SAFE_INTEGER);
  const sending = probes / packetsPerSecond(plan.timing, hosts);
  const waiting = Math.ceil(hosts / sideBySide(plan.timing)) * batchSeconds(plan);
  const seconds = Math.max(1, Math.ceil(Math.min(sending + waiting, longest(plan, hosts))));
  return { probes, seconds: Math.min(seconds, Number.MAX_SAFE_INTEGER) };
}

/** A host that answers its first probe gets no further one, unless they were sent already: few hosts get all kinds. */
function discoveryProbes(plan: Measured, hosts: number): number {
  // nmap knows that its own machine is up.
  if (LOOPBACK.includes(plan.targets)) return 0;
  let kinds = 0;
  for (const probe of plan.discovery)
    if (probe.kind !== "none") kinds += probe.ports === undefined ? 1 : countList(probe.ports);
  return kinds === 0 ? 0 : Math.min(hosts * kinds, 2 * hosts + 2);
}

function probesPerHost(plan: Measured): number {
  let probes = 0;
  for (const technique of plan.techniques) {
    const protocol = protocolOf(technique);
    if (protocol === undefined) continue;
    // Without repetitions every port is asked once.
    probes += plan.ports.size(protocol) * (plan.timing.maxRetries === 0 ? 1 : PER_PORT[protocol]);
  }
  if (plan.features.includes("os-detection")) probes += OS_DETECTION_PROBES;
  if (plan.features.includes("traceroute") && !LOOPBACK.includes(plan.targets)) probes += TRACEROUTE_PROBES;
  return probes + Math.min(plan.ports.size("tcp"), OPEN_PORTS) * connectionsPerOpenPort(plan);
}

function connectionsPerOpenPort({ features, scripts }: Measured): number {
  // Scripts of the category version are part of asking for versions.
  const others = scripts.filter(({ categories }) => !categories.includes("version")).length;
  const versions = features.includes("service-version") ? VERSION_PROBES : 0;
  return versions + (others === 0 ? 0 : Math.max(1, others * CONNECTIONS_PER_SCRIPT));
}

function packetsPerSecond(timing: Timing, hosts: number): number {
  let rate = TEMPLATE_RATE[timing.template];
  if (timing.scanDelayMs !== undefined && timing.scanDelayMs > 0) {
    rate = Math.min(rate, (Math.min(hosts, sideBySide(timing)) * 1000) / timing.scanDelayMs);
  }
  if (timing.minRate !== undefined) rate = Math.max(rate, timing.minRate);
  if (timing.maxRate !== undefined) rate = Math.min(rate, timing.maxRate);
  return rate;
}

function sideBySide({ maxHostgroup }: Timing): number {
  return Math.max(1, Math.min(SIDE_BY_SIDE, maxHostgroup ?? SIDE_BY_SIDE));
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
  return (Math.ceil(hosts / sideBySide(plan.timing)) * hostTimeoutMs) / 1000;
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
