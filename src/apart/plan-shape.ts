// What a plan must look like that comes from somebody else's process. What it means is checked where it is used: by
// fromDocument, by the ceiling, and by the cage, which holds the session to what was made of it.
import type { PlanDocument } from "../core/plan/document.ts";
import type { Grant } from "../core/grant/grant.ts";
import type { Terms } from "../core/confinement/confinement.ts";
import type * as Plan from "../core/plan/scan-plan.ts";
import {
  count,
  either,
  flag,
  list,
  maybe,
  number,
  object,
  oneOf,
  record,
  text,
  textLike,
  wordOf,
  yes,
} from "./shape.ts";

const address = textLike(/^[0-9a-f.:]{2,45}$/);
const digest = textLike(/^sha256:[0-9a-f]{64}$/);
/** Words for nmap: nothing that could end one or begin another line somewhere. */
const line = textLike(/^[^\0\n\r]*$/);

const nmap = object<Plan.NmapIdentity>({
  path: textLike(/^\/[^\0\n\r]*$/),
  version: line,
  binary: digest,
  data: maybe(
    object<NonNullable<Plan.NmapIdentity["data"]>>({
      level: wordOf<NonNullable<Plan.NmapIdentity["data"]>["level"]>({ tables: true, detection: true, scripts: true }),
      hash: digest,
    }),
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
  sendAs: maybe(wordOf<NonNullable<Plan.Packets["sendAs"]>>({ ethernet: true, ip: true })),
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
    wordOf<Plan.Technique>({
      list: true,
      ping: true,
      connect: true,
      syn: true,
      udp: true,
      ack: true,
      window: true,
      maimon: true,
      null: true,
      fin: true,
      xmas: true,
      "sctp-init": true,
      "sctp-cookie-echo": true,
      "ip-protocol": true,
    }),
  ),
  ports: object<PlanDocument["ports"]>({ tcp: line, udp: line, sctp: line, protocol: line }),
  otherPorts: list(
    wordOf<Plan.OtherPorts>({ "os-detection": true, traceroute: true, scripts: true, "ip-protocol": true }),
  ),
  discovery: list(
    object<Plan.DiscoveryProbe>({
      kind: wordOf<Plan.DiscoveryProbe["kind"]>({
        none: true,
        "icmp-echo": true,
        "icmp-timestamp": true,
        "icmp-netmask": true,
        "tcp-syn": true,
        "tcp-ack": true,
        "tcp-connect": true,
        udp: true,
        "sctp-init": true,
        "ip-protocol": true,
        arp: true,
      }),
      ports: maybe(line),
      typed: flag,
    }),
  ),
  features: list(
    wordOf<Plan.Feature>({
      "service-version": true,
      "os-detection": true,
      traceroute: true,
      "default-scripts": true,
      fragments: true,
      "source-port": true,
      "custom-flags": true,
      payload: true,
      "bad-checksum": true,
      ttl: true,
      interface: true,
      "raw-ethernet": true,
      "all-ports": true,
    }),
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
      nsockEngine: maybe(wordOf<NonNullable<Plan.Course["nsockEngine"]>>({ epoll: true, poll: true, select: true })),
    }),
  ),
  display,
  outputs: list(
    object<Plan.Output>({
      format: wordOf<Plan.Output["format"]>({ normal: true, xml: true, grepable: true }),
      path: text,
    }),
  ),
  appendOutput: maybe(yes),
  inputs: maybe(list(object<Plan.PlanInput>({ option: text, path: text, bytes: count, digest: text }))),
  estimate: object<PlanDocument["estimate"]>({ probes: number, seconds: number }),
  environment: maybe(record(text)),
});

export const terms = object<Terms>({
  egress: maybe(list(textLike(/^[0-9a-f.:]+(-[0-9a-f.:]+)?$/))),
  onViolation: maybe(wordOf<NonNullable<Terms["onViolation"]>>({ record: true, end: true })),
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
