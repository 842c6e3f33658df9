// What a plan says about the shape of packets, the course of the scan and OS detection, out of the options; and which
// of it nmap would refuse or quietly not do.
import { err, ok, type Result } from "../result.ts";
import type { ParseProblem } from "./parse-error.ts";
import type { Options } from "./read-options.ts";
import type { DiscoveryProbe, Feature, Packets, ScanPlan, Technique } from "./scan-plan.ts";

/** TCP probes that nmap writes itself. */
const RAW_TCP: ReadonlySet<Technique> = new Set<Technique>(["syn", "ack", "window", "maimon", "null", "fin", "xmas"]);

/** The features that packets of this shape have, in the plan's order. */
export function packetFeatures(options: Options): readonly Feature[] {
  const { packets } = options;
  const features: Feature[] = [];
  if (options.fragmentBytes > 0 || options.mtu !== undefined) features.push("fragments");
  if (packets.sourcePort !== undefined) features.push("source-port");
  if (packets.scanFlags !== undefined) features.push("custom-flags");
  if (packets.payload !== undefined) features.push("payload");
  if (options.badChecksum) features.push("bad-checksum");
  if (packets.ttl !== undefined) features.push("ttl");
  if (packets.interface !== undefined) features.push("interface");
  if (packets.sendAs === "ethernet") features.push("raw-ethernet");
  return features;
}

/** Named as a person would type them. */
const WRITTEN: ReadonlyMap<Feature, string> = new Map([
  ["fragments", "-f"],
  ["source-port", "-g"],
  ["custom-flags", "--scanflags"],
  ["payload", "--data"],
  ["bad-checksum", "--badsum"],
  ["ttl", "--ttl"],
  ["raw-ethernet", "--send-eth"],
]);

/** Refuses what nmap ends with an error for, and what it would leave out although the plan says it. */
export function refusePackets(
  options: Options,
  privileged: boolean,
  techniques: readonly Technique[],
  discovery: readonly DiscoveryProbe[],
): ParseProblem | undefined {
  const features = packetFeatures(options);
  const raw = features.find((feature) => WRITTEN.has(feature));
  if (raw !== undefined && !privileged) {
    return {
      code: "needs-privileges",
      message: `${WRITTEN.get(raw) ?? raw} needs raw sockets, and this session may not open them.`,
      hint: "run it with sudo, or leave it out",
    };
  }
  if (features.includes("custom-flags") && !techniques.some((technique) => RAW_TCP.has(technique))) {
    return {
      code: "option-conflict",
      message: "--scanflags shapes raw TCP probes, and this scan sends none.",
      hint: "add -sS, or leave it out",
    };
  }
  return features.includes("fragments") ? refuseFragments(options, techniques, discovery) : undefined;
}

function refuseFragments(
  options: Options,
  techniques: readonly Technique[],
  discovery: readonly DiscoveryProbe[],
): ParseProblem | undefined {
  if (options.family === 6) return { code: "option-conflict", message: "nmap does not fragment IPv6 packets." };
  const bytes = fragmentBytes(options);
  const splits =
    techniques.some((technique) => RAW_TCP.has(technique)) ||
    discovery.some(
      ({ kind }) =>
        kind === "tcp-syn" ||
        kind === "tcp-ack" ||
        (bytes === 8 && (kind === "icmp-timestamp" || kind === "icmp-netmask")),
    );
  return splits
    ? undefined
    : {
        code: "option-conflict",
        message: "nmap fragments TCP packets only, and this scan sends none.",
        hint: "leave -f out, or scan with -sS",
      };
}

function fragmentBytes({ mtu, fragmentBytes: added }: Options): number {
  return mtu ?? added;
}

/** What the plan holds of packets, OS detection and the course; fields that say nothing are absent. */
export function planDetails(
  options: Options,
  features: readonly Feature[],
): Pick<ScanPlan, "packets" | "osDetection" | "course"> {
  const fragments = fragmentBytes(options);
  const packets: Packets = { ...options.packets, ...(fragments === 0 ? {} : { fragmentBytes: fragments }) };
  return {
    ...(isEmpty(packets) ? {} : { packets }),
    ...(features.includes("os-detection") && !isEmpty(options.osOptions) ? { osDetection: options.osOptions } : {}),
    ...(isEmpty(options.course) ? {} : { course: options.course }),
  };
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

/** Limits on speed that work with some scans only. */
export function refuseRatelimits(options: Options, techniques: readonly Technique[]): Result<undefined, ParseProblem> {
  const only = (option: string, scan: string): Result<undefined, ParseProblem> =>
    err({
      code: "option-conflict",
      message: `${option} works with ${scan} only.`,
      hint: `leave it out, or scan with ${scan}`,
    });
  if (options.defeatRstRatelimit && !techniques.includes("syn")) return only("--defeat-rst-ratelimit", "-sS");
  if (options.defeatIcmpRatelimit && !techniques.includes("udp")) return only("--defeat-icmp-ratelimit", "-sU");
  return ok(undefined);
}
