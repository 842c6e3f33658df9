// What a plan must look like that comes from somebody else's process. What it means is checked where it is used: by
// fromDocument, by the ceiling, and by the cage, which holds the session to what was made of it.
import type { PlanDocument } from "../core/plan/document.ts";
import type { Grant } from "../core/grant/grant.ts";
import type { Terms } from "../core/confinement/confinement.ts";
import type * as Plan from "../core/plan/scan-plan.ts";
import { count, either, flag, list, maybe, number, object, oneOf, record, text, textLike, yes } from "./shape.ts";

const address = textLike(/^[0-9a-f.:]{2,45}$/);
const digest = textLike(/^sha256:[0-9a-f]{64}$/);
/** Words for nmap: nothing that could end one or begin another line somewhere. */
const line = textLike(/^[^\0\n\r]*$/);

const nmap = object<Plan.NmapIdentity>({
  path: textLike(/^\/[^\0\n\r]*$/),
  version: line,
  binary: digest,
  data: maybe(
    object<NonNullable<Plan.NmapIdentity["data"]>>({ level: oneOf("tables", "detection", "scripts"), hash: digest }),
  ),
});

const timing = object<Plan.Timing>({
  template: oneOf(0, 1, 2, 3, 4, 5),
  maxRate: maybe(number),
  minRate: maybe(number),
  maxRetries: maybe(number),
  hostTimeoutMs: maybe(number),
  scanDelayMs: maybe(number),
  maxScanDelayMs: maybe(number),
  minRttTimeoutMs: maybe(number),
  maxRttTimeoutMs: maybe(number),
  initialRttTimeoutMs: maybe(number),
  minHostgroup: maybe(number),
  maxHostgroup: maybe(number),
  minParallelism: maybe(number),
  maxParallelism: maybe(number),
  scriptTimeoutMs: maybe(number),
  defeatRstRatelimit: maybe(yes),
  defeatIcmpRatelimit: maybe(yes),
  noGroupCongestionControl: maybe(yes),
});

const packets = object<Plan.Packets>({
  fragmentBytes: maybe(count),
  sourcePort: maybe(count),
  scanFlags: maybe(count),
  payload: maybe(
    either(
      object<{ hex: string }>({ hex: textLike(/^[0-9a-fA-F]*$/) }),
      object<{ randomBytes: number }>({ randomBytes: count }),
    ),
  ),
  ttl: maybe(count),
  interface: maybe(line),
  sendAs: maybe(oneOf("ethernet", "ip")),
  adler32: maybe(yes),
});

const display = object<Plan.Display>({
  verbosity: count,
  debugging: count,
  open: flag,
  reason: flag,
  packetTrace: maybe(yes),
  versionTrace: maybe(yes),
  scriptTrace: maybe(yes),
  statsEveryMs: maybe(number),
});

export const planDocument = object<PlanDocument>({
  schema: oneOf(1),
  nmap,
  family: oneOf(4, 6),
  privileged: flag,
  targets: list(line),
  names: list(object<Plan.TypedName>({ typed: textLike(/^[A-Za-z0-9._-]{1,255}$/), addresses: list(address) })),
  techniques: list(
    oneOf<Plan.Technique>(
      ...(["list", "ping", "connect", "syn", "udp", "ack", "window", "maimon", "null", "fin", "xmas"] as const),
      ...(["sctp-init", "sctp-cookie-echo", "ip-protocol"] as const),
    ),
  ),
  ports: object<PlanDocument["ports"]>({ tcp: line, udp: line, sctp: line, protocol: line }),
  otherPorts: list(oneOf<Plan.OtherPorts>("os-detection", "traceroute", "scripts", "ip-protocol")),
  discovery: list(
    object<Plan.DiscoveryProbe>({
      kind: oneOf<Plan.DiscoveryProbe["kind"]>(
        ...([
          "none",
          "icmp-echo",
          "icmp-timestamp",
          "icmp-netmask",
          "tcp-syn",
          "tcp-ack",
          "tcp-connect",
          "udp",
        ] as const),
        ...(["sctp-init", "ip-protocol", "arp"] as const),
      ),
      ports: maybe(line),
      typed: flag,
    }),
  ),
  features: list(
    oneOf<Plan.Feature>(
      ...(["service-version", "os-detection", "traceroute", "default-scripts", "fragments", "source-port"] as const),
      ...(["custom-flags", "payload", "bad-checksum", "ttl", "interface", "raw-ethernet", "all-ports"] as const),
    ),
  ),
  versionIntensity: maybe(count),
  scripts: list(
    object<Plan.PlannedScript>({
      name: line,
      categories: list(line),
      implied: flag,
      digest: maybe(digest),
      own: maybe(yes),
      contacts: maybe(oneOf("others")),
    }),
  ),
  ownScripts: maybe(list(object<Plan.OwnScript>({ name: textLike(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/), digest, text }))),
  scriptArguments: maybe(text),
  timing,
  packets: maybe(packets),
  osDetection: maybe(
    object<Plan.OsDetection>({ limit: maybe(yes), guess: maybe(yes), maxTries: maybe(count), oldXml: maybe(yes) }),
  ),
  course: maybe(
    object<Plan.Course>({
      randomHosts: maybe(yes),
      portsInOrder: maybe(yes),
      noArpPing: maybe(yes),
      ignoreReset: maybe(yes),
      nsockEngine: maybe(oneOf("epoll", "poll", "select")),
    }),
  ),
  display,
  outputs: list(object<Plan.Output>({ format: oneOf("normal", "xml", "grepable"), path: text })),
  appendOutput: maybe(yes),
  inputs: maybe(list(object<Plan.PlanInput>({ option: text, path: text, bytes: count, digest: text }))),
  estimate: object<PlanDocument["estimate"]>({ probes: number, seconds: number }),
  environment: maybe(record(text)),
});

export const terms = object<Terms>({
  egress: maybe(list(textLike(/^[0-9a-f.:]+(-[0-9a-f.:]+)?$/))),
  onViolation: maybe(oneOf("record", "end")),
});

export const grant = object<Grant>({
  id: textLike<Grant["id"]>(/^g[0-9a-z]{10}$/),
  request: textLike<Grant["request"]>(/^r[0-9a-z]{10}$/),
  requestDigest: textLike<Grant["requestDigest"]>(/^sha256:[0-9a-f]{64}$/),
  planDigest: textLike<Grant["planDigest"]>(/^sha256:[0-9a-f]{64}$/),
  ttlSeconds: number,
  notBefore: number,
  notAfter: number,
});
