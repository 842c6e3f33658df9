// What a plan must make nmap do, as an account of options that does not come from the renderer; and the same out of
// tokens that a command line was cut into. A line says the plan when both are equal.
import { parseTargetWord } from "../../../src/core/plan/targets.ts";
import type { ScanPlan } from "../../../src/core/plan/scan-plan.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { PROTOCOLS } from "../../../src/core/sets/port-set.ts";

export interface Said {
  readonly options: readonly string[];
  readonly targets: readonly string[];
  readonly ports: readonly string[];
}

export interface ReadTokens {
  readonly tokens: readonly (readonly [name: string, argument: string | null])[];
  readonly operands: readonly string[];
}

export const saidFiles = { xml: "/s/xml", normal: "/s/normal", grepable: "/s/grepable" };

const LETTERS: Readonly<Record<ScanPlan["techniques"][number], string>> = {
  list: "L",
  ping: "n",
  connect: "T",
  syn: "S",
  udp: "U",
  ack: "A",
  window: "W",
  maimon: "M",
  null: "N",
  fin: "F",
  xmas: "X",
  "sctp-init": "Y",
  "sctp-cookie-echo": "Z",
  "ip-protocol": "O",
};

const PROBES: Readonly<Record<ScanPlan["discovery"][number]["kind"], string>> = {
  none: "n",
  "icmp-echo": "E",
  "icmp-timestamp": "P",
  "icmp-netmask": "M",
  "tcp-syn": "S",
  "tcp-ack": "A",
  "tcp-connect": "S",
  udp: "U",
  "sctp-init": "Y",
  "ip-protocol": "O",
  arp: "R",
};

export function said(built: ScanPlan): Said {
  const { timing, display, outputs, packets = {}, course = {}, osDetection: os = {} } = built;
  const has = (feature: ScanPlan["features"][number]): boolean => built.features.includes(feature);
  const typed = new Map(outputs.map((output) => [output.format, output.path]));
  const file = (format: "normal" | "xml" | "grepable", path: string): string =>
    typed.get(format) === "-" ? "-" : path;
  const flag = (name: string, on: boolean | undefined): string[] => (on === true ? [name] : []);
  const value = (name: string, given: string | number | undefined, unit = ""): string[] =>
    given === undefined ? [] : [`${name} ${given}${unit}`];
  const { payload } = packets;
  const chosen = built.scripts.filter(({ implied }) => !implied).map(({ name }) => name);
  const scripts = [...(has("default-scripts") ? ["default"] : []), ...chosen];
  const options = [
    built.privileged ? "--privileged" : "--unprivileged",
    `-${built.family}`,
    "-n",
    ...flag("--noninteractive", built.display.statsEveryMs === undefined),
    "--no-stylesheet",
    ...built.techniques.map((technique) => `-s ${LETTERS[technique]}`),
    ...flag("-s V", has("service-version")),
    ...value("--version-intensity", built.versionIntensity),
    ...flag("--allports", has("all-ports")),
    ...flag("-O", has("os-detection")),
    ...flag("--osscan-limit", os.limit),
    ...flag("--osscan-guess", os.guess),
    ...value("--max-os-tries", os.maxTries),
    ...flag("--deprecated-xml-osclass", os.oldXml),
    ...flag("--traceroute", has("traceroute")),
    ...(scripts.length === 0 ? [] : [`--script ${scripts.join(",")}`]),
    ...value("--script-args", built.scriptArguments),
    ...built.discovery.map(({ kind, ports }) => `-P ${PROBES[kind]}${ports ?? ""}`),
    ...value("--mtu", packets.fragmentBytes),
    ...value("--source-port", packets.sourcePort),
    ...value("--scanflags", packets.scanFlags),
    ...value("--ttl", packets.ttl),
    ...value("-e", packets.interface),
    ...(payload === undefined
      ? []
      : "hex" in payload
        ? [`--data 0x${payload.hex}`]
        : [`--data-length ${payload.randomBytes}`]),
    ...flag("--badsum", has("bad-checksum")),
    ...flag("--send-eth", packets.sendAs === "ethernet"),
    ...flag("--send-ip", packets.sendAs === "ip"),
    ...flag("--adler32", packets.adler32),
    ...flag("--disable-arp-ping", course.noArpPing),
    ...flag("--discovery-ignore-rst", course.ignoreReset),
    ...flag("--randomize-hosts", course.randomHosts),
    ...flag("-r", course.portsInOrder),
    ...value("--nsock-engine", course.nsockEngine),
    `-T ${timing.template}`,
    ...value("--min-rate", timing.minRate),
    ...value("--max-rate", timing.maxRate),
    ...value("--max-retries", timing.maxRetries),
    ...value("--host-timeout", timing.hostTimeoutMs, "ms"),
    ...value("--scan-delay", timing.scanDelayMs, "ms"),
    ...value("--max-scan-delay", timing.maxScanDelayMs, "ms"),
    ...value("--min-rtt-timeout", timing.minRttTimeoutMs, "ms"),
    ...value("--max-rtt-timeout", timing.maxRttTimeoutMs, "ms"),
    ...value("--initial-rtt-timeout", timing.initialRttTimeoutMs, "ms"),
    ...value("--min-hostgroup", timing.minHostgroup),
    ...value("--max-hostgroup", timing.maxHostgroup),
    ...value("--min-parallelism", timing.minParallelism),
    ...value("--max-parallelism", timing.maxParallelism),
    ...value("--script-timeout", timing.scriptTimeoutMs, "ms"),
    ...flag("--defeat-rst-ratelimit", timing.defeatRstRatelimit),
    ...flag("--defeat-icmp-ratelimit", timing.defeatIcmpRatelimit),
    ...flag("--nogcc", timing.noGroupCongestionControl),
    ...(display.debugging > 0 ? [`-d ${display.debugging}`] : []),
    ...(display.verbosity === display.debugging ? [] : [`-v ${display.verbosity}`]),
    ...flag("--open", display.open),
    ...flag("--reason", display.reason),
    ...flag("--packet-trace", display.packetTrace),
    ...flag("--version-trace", display.versionTrace),
    ...flag("--script-trace", display.scriptTrace),
    ...value("--stats-every", display.statsEveryMs, "ms"),
    `--oX ${file("xml", saidFiles.xml)}`,
    ...(typed.has("normal") ? [`--oN ${file("normal", saidFiles.normal)}`] : []),
    ...(typed.has("grepable") ? [`--oG ${file("grepable", saidFiles.grepable)}`] : []),
  ];
  return {
    options: options.sort(),
    targets: built.targets.toText(),
    ports: PROTOCOLS.map((protocol) => built.ports.toText(protocol)),
  };
}

/** The same out of tokens, whoever cut them. */
export function readBack({ tokens, operands }: ReadTokens, family: 4 | 6): Said {
  const sets = operands.map((word) => {
    const target = parseTargetWord(word, family);
    return target.ok && target.value.kind === "addresses" ? target.value.set : AddressSet.empty;
  });
  const ports: Record<string, string> = {};
  const options: string[] = [];
  for (const [name, argument] of tokens) {
    if (name !== "-p") options.push(argument === null ? name : `${name} ${argument}`);
    else if (!/[A-Z]/.test(argument ?? "")) ports["P"] = argument ?? "";
    // T:1,2,U:3 falls apart at its prefixes.
    else
      for (const [, prefix = "", list = ""] of (argument ?? "").matchAll(/([TUS]):([0-9,-]+?)(?=,[TUS]:|$)/g))
        ports[prefix] = list;
  }
  return {
    options: options.sort(),
    targets: AddressSet.unionOf(sets).toText(),
    ports: ["T", "U", "S", "P"].map((prefix) => ports[prefix] ?? ""),
  };
}
