// nmap's command from a plan. What runs is always this line, never the words that were typed: exact names, explicit
// numbers, addresses. The same plan always gives the same line.
import { unreachable } from "../result.ts";
import { PROTOCOLS } from "../sets/port-set.ts";
import { renderPorts } from "./ports.ts";
import type {
  Display,
  DiscoveryProbe,
  Feature,
  OsDetection,
  OutputFormat,
  ScanPlan,
  Technique,
  Timing,
} from "./scan-plan.ts";
import { scriptsToName } from "./scripts.ts";
import { renderTargetWords, type TargetPlaces } from "./target-words.ts";

/** Where nmap writes: files that only the session sees. The requester's own files are filled from these. */
export interface OutputPaths extends TargetPlaces {
  readonly xml: string;
  readonly normal?: string;
  readonly grepable?: string;
  /** The private copy of nmap's data, where the plan names one. */
  readonly data?: string;
  /** The folder with the private copies of the requester's own scripts, without characters that mean something to nmap. */
  readonly scripts?: string;
}

/**
 * The words to execute, the program's path first.
 *
 * The XML always goes to its private file, except where the requester typed `-oX -`: then it is nmap's standard
 * output. A normal or grepable file that was typed needs its private path. Throws an Error for a plan that names what
 * this version cannot render: nothing may run with less than the plan says.
 *
 * Source: the spellings are those that glibc, musl and the BSDs' getopt read alike.
 */
export function renderArgv(plan: ScanPlan, files: OutputPaths): readonly string[] {
  return [
    plan.nmap.path,
    plan.privileged ? "--privileged" : "--unprivileged",
    plan.family === 4 ? "-4" : "-6",
    // Names were resolved before; whoever answers reverse look-ups should not learn who is scanned.
    "-n",
    // Silences nmap's status lines too, so it is left out where they were asked for; a session has no terminal anyway,
    // and without one nmap reads no key.
    ...(plan.display.statsEveryMs === undefined ? ["--noninteractive"] : []),
    ...(plan.nmap.data === undefined ? [] : [`--datadir=${files.data ?? cannot("nmap's data")}`]),
    ...plan.techniques.map((technique) => `-s${techniqueLetter(technique)}`),
    ...plan.features.flatMap((feature) => renderFeature(feature, plan)),
    ...renderPortOption(plan),
    ...plan.discovery.flatMap(renderProbe),
    ...renderCourse(plan),
    ...renderTiming(plan.timing),
    ...renderScripts(plan, files),
    ...renderDisplay(plan.display),
    "--no-stylesheet",
    ...renderOutputs(plan, files),
    ...renderTargetWords(plan, files),
  ];
}

/**
 * The whole environment of nmap. No TZ: nmap then tells times in the machine's zone, and a requester's TZ could name a
 * file for the C library to parse. No HOME, NMAPDIR, NMAP_* or LUA_*: they choose data files, code and arguments.
 */
export function environment(): Readonly<Record<string, string>> {
  return { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
}

function techniqueLetter(technique: Technique): string {
  switch (technique) {
    case "list":
      return "L";
    case "ping":
      return "n";
    case "connect":
      return "T";
    case "syn":
      return "S";
    case "udp":
      return "U";
    case "ack":
      return "A";
    case "window":
      return "W";
    case "maimon":
      return "M";
    case "null":
      return "N";
    case "fin":
      return "F";
    case "xmas":
      return "X";
    case "sctp-init":
      return "Y";
    case "sctp-cookie-echo":
      return "Z";
    case "ip-protocol":
      return "O";
    default:
      return unreachable(technique);
  }
}

function renderFeature(feature: Feature, plan: ScanPlan): string[] {
  const { packets = {} } = plan;
  switch (feature) {
    case "service-version":
      return plan.versionIntensity === undefined ? ["-sV"] : ["-sV", `--version-intensity=${plan.versionIntensity}`];
    case "os-detection":
      return ["-O", ...renderOsDetection(plan.osDetection)];
    case "traceroute":
      return ["--traceroute"];
    case "default-scripts":
      // With the other scripts, behind --script.
      return [];
    case "fragments":
      return [`--mtu=${packets.fragmentBytes ?? cannot(feature)}`];
    case "source-port":
      return [`--source-port=${packets.sourcePort ?? cannot(feature)}`];
    case "custom-flags":
      return [`--scanflags=${packets.scanFlags ?? cannot(feature)}`];
    case "payload": {
      const payload = packets.payload ?? cannot(feature);
      return "hex" in payload ? [`--data=0x${payload.hex}`] : [`--data-length=${payload.randomBytes}`];
    }
    case "bad-checksum":
      return ["--badsum"];
    case "ttl":
      return [`--ttl=${packets.ttl ?? cannot(feature)}`];
    case "interface":
      return ["-e", packets.interface ?? cannot(feature)];
    case "raw-ethernet":
      return packets.sendAs === "ethernet" ? ["--send-eth"] : cannot(feature);
    case "all-ports":
      return ["--allports"];
    default:
      return unreachable(feature);
  }
}

function renderOsDetection(os: OsDetection | undefined): string[] {
  const words: string[] = [];
  if (os?.limit === true) words.push("--osscan-limit");
  if (os?.guess === true) words.push("--osscan-guess");
  if (os?.maxTries !== undefined) words.push(`--max-os-tries=${os.maxTries}`);
  if (os?.oldXml === true) words.push("--deprecated-xml-osclass");
  return words;
}

function renderCourse({ packets = {}, course = {} }: ScanPlan): string[] {
  const words: string[] = [];
  if (packets.sendAs === "ip") words.push("--send-ip");
  if (packets.adler32 === true) words.push("--adler32");
  if (course.noArpPing === true) words.push("--disable-arp-ping");
  if (course.ignoreReset === true) words.push("--discovery-ignore-rst");
  if (course.randomHosts === true) words.push("--randomize-hosts");
  if (course.portsInOrder === true) words.push("-r");
  if (course.nsockEngine !== undefined) words.push(`--nsock-engine=${course.nsockEngine}`);
  return words;
}

function renderPortOption(plan: ScanPlan): string[] {
  const scansPorts = plan.techniques.some((technique) => technique !== "list" && technique !== "ping");
  if (!scansPorts) return [];
  // Without -p nmap would choose a thousand ports by itself.
  if (PROTOCOLS.every((protocol) => plan.ports.size(protocol) === 0)) throw new Error("a scan of ports without ports");
  return ["-p", renderPorts(plan.ports)];
}

function renderProbe(probe: DiscoveryProbe): string[] {
  const ports = probe.ports ?? "";
  switch (probe.kind) {
    case "none":
      return ["-Pn"];
    case "icmp-echo":
      return ["-PE"];
    case "icmp-timestamp":
      return ["-PP"];
    case "icmp-netmask":
      return ["-PM"];
    case "tcp-syn":
    // Without raw sockets nmap connects for -PS.
    // falls through
    case "tcp-connect":
      return [`-PS${ports}`];
    case "tcp-ack":
      return [`-PA${ports}`];
    case "udp":
      return [`-PU${ports}`];
    case "sctp-init":
      return [`-PY${ports}`];
    case "ip-protocol":
      return [`-PO${ports}`];
    case "arp":
      // nmap uses ARP and ND on the local network by itself; -PR has no effect any more.
      return [];
    default:
      return unreachable(probe.kind);
  }
}

function renderTiming(timing: Timing): string[] {
  const words = [`-T${timing.template}`];
  const number = (name: string, value: number | undefined, unit = ""): void => {
    if (value !== undefined) words.push(`--${name}=${value}${unit}`);
  };
  number("min-rate", timing.minRate);
  number("max-rate", timing.maxRate);
  number("max-retries", timing.maxRetries);
  number("host-timeout", timing.hostTimeoutMs, "ms");
  number("scan-delay", timing.scanDelayMs, "ms");
  number("max-scan-delay", timing.maxScanDelayMs, "ms");
  number("min-rtt-timeout", timing.minRttTimeoutMs, "ms");
  number("max-rtt-timeout", timing.maxRttTimeoutMs, "ms");
  number("initial-rtt-timeout", timing.initialRttTimeoutMs, "ms");
  number("min-hostgroup", timing.minHostgroup);
  number("max-hostgroup", timing.maxHostgroup);
  number("min-parallelism", timing.minParallelism);
  number("max-parallelism", timing.maxParallelism);
  number("script-timeout", timing.scriptTimeoutMs, "ms");
  if (timing.defeatRstRatelimit === true) words.push("--defeat-rst-ratelimit");
  if (timing.defeatIcmpRatelimit === true) words.push("--defeat-icmp-ratelimit");
  if (timing.noGroupCongestionControl === true) words.push("--nogcc");
  return words;
}

function renderScripts(plan: ScanPlan, files: OutputPaths): string[] {
  const folder = (): string => files.scripts ?? cannot("own scripts");
  const names = [
    ...scriptsToName(plan.scripts, plan.features.includes("default-scripts")),
    ...(plan.ownScripts ?? []).map(({ name }) => `${folder()}/${name}.nse`),
  ];
  const words = names.length === 0 ? [] : [`--script=${names.join(",")}`];
  if (plan.scriptArguments !== undefined) words.push(`--script-args=${plan.scriptArguments}`);
  return words;
}

function renderDisplay(display: Display): string[] {
  const words: string[] = [];
  // It counts as a -d, so the level itself comes after it.
  if (display.versionTrace === true) words.push("--version-trace");
  // -d sets the verbosity too, so -v comes after it.
  if (display.debugging > 0) words.push(`-d${display.debugging}`);
  if (display.verbosity !== display.debugging) words.push(`-v${display.verbosity}`);
  if (display.open) words.push("--open");
  if (display.reason) words.push("--reason");
  if (display.packetTrace === true) words.push("--packet-trace");
  if (display.scriptTrace === true) words.push("--script-trace");
  if (display.statsEveryMs !== undefined) words.push(`--stats-every=${display.statsEveryMs}ms`);
  return words;
}

function renderOutputs(plan: ScanPlan, files: OutputPaths): string[] {
  const words = ["-oX", typedPath(plan, "xml") === "-" ? "-" : files.xml];
  const normal = typedPath(plan, "normal");
  if (normal !== undefined) words.push("-oN", normal === "-" ? "-" : (files.normal ?? cannot("normal output")));
  const grepable = typedPath(plan, "grepable");
  if (grepable !== undefined) words.push("-oG", grepable === "-" ? "-" : (files.grepable ?? cannot("grepable output")));
  return words;
}

function typedPath(plan: ScanPlan, format: OutputFormat): string | undefined {
  return plan.outputs.find((output) => output.format === format)?.path;
}

function cannot(what: string): never {
  throw new Error(`a plan with ${what} cannot be rendered`);
}
