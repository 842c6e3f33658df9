// Which ports are scanned: the specification, nmap's defaults, the most frequent ones, without the excluded ones, made
// explicit per protocol, so that what runs does not depend on nmap's version or data files.
import { err, ok, type Result } from "../result.ts";
import { PortSet, PROTOCOLS, type NumberRange, type Protocol } from "../sets/port-set.ts";
import type { ServiceEntry } from "./facts.ts";
import { mostFrequent, type Frequency } from "./ports-services.ts";
import { readPorts, specificationNeedsServices, type PortProblem, type PortTables } from "./ports-read.ts";
import type { Technique } from "./scan-plan.ts";

export type { PortProblem, PortProblemCode } from "./ports-read.ts";

/** How the command line chooses ports. */
export interface PortChoice {
  /** The text after -p. */
  readonly ports: string | undefined;
  /** -F. */
  readonly fast: boolean;
  /** --top-ports: 1 or more. */
  readonly topPorts: number | undefined;
  /** --port-ratio: above 0, below 1. */
  readonly portRatio?: number | undefined;
  /** The text after --exclude-ports. */
  readonly excludePorts: string | undefined;
}

export interface ChosenPorts {
  readonly scanned: PortSet;
  /** What --exclude-ports names: nmap takes it off host discovery too. */
  readonly excluded: PortSet;
}

const DEFAULT_COUNT = 1000;
const FAST_COUNT = 100;

/** What --exclude-ports means where no port is scanned: it then speaks of host discovery. */
const DISCOVERY_PROTOCOLS: readonly Protocol[] = ["tcp", "udp", "sctp"];

/** Whether choosePorts needs nmap-services for this line. */
export function portsNeedServices(choice: PortChoice & { readonly techniques: ReadonlySet<Technique> }): boolean {
  const { ports, excludePorts, techniques } = choice;
  if (excludePorts !== undefined && specificationNeedsServices(excludePorts)) return true;
  if (techniques.has("list") || techniques.has("ping")) return false;
  if (frequencyOf(choice) !== undefined) return true;
  if (ports !== undefined) return specificationNeedsServices(ports);
  return !techniques.has("ip-protocol");
}

/** Whether choosePorts needs nmap-protocols for this line. */
export function portsNeedProtocols(choice: PortChoice & { readonly techniques: ReadonlySet<Technique> }): boolean {
  const { ports, excludePorts, fast, techniques } = choice;
  return techniques.has("ip-protocol") && (fast || [ports, excludePorts].some((text) => text?.includes("[") === true));
}

/**
 * The ports of a scan, per protocol.
 *
 * Without -p: the 1000 most frequent ports of each protocol (-F: 100; IP protocols: all 256). --top-ports and
 * --port-ratio choose inside -p. Exclusions come first, so that the count is filled from what is left.
 *
 * @param protocols        those of the chosen scan types, each once or more; none when no port is scanned.
 * @param protocolNumbers  the numbers in nmap-protocols, for an IP protocol scan with -F or brackets.
 * @returns  sets that may be empty where everything is excluded or nothing is as frequent as asked.
 *
 * Source: nmap's defaults, observed (compliance corpus ports.jsonl).
 */
export function choosePorts(
  choice: PortChoice,
  protocols: readonly Protocol[],
  services: readonly ServiceEntry[],
  protocolNumbers: readonly number[] = [],
): Result<ChosenPorts, PortProblem> {
  const tables: PortTables = { services, protocolNumbers };
  const scanning = PROTOCOLS.filter((protocol) => protocols.includes(protocol));
  let excluded = PortSet.empty;
  if (choice.excludePorts !== undefined) {
    const read = readPorts(
      choice.excludePorts,
      "--exclude-ports",
      scanning.length === 0 ? DISCOVERY_PROTOCOLS : scanning,
      tables,
    );
    if (!read.ok) return read;
    excluded = read.value;
  }
  if (scanning.length === 0) return ok({ scanned: PortSet.empty, excluded });
  let asked: PortSet | undefined;
  if (choice.ports !== undefined) {
    const read = readPorts(choice.ports, "-p", scanning, tables);
    if (!read.ok) return read;
    asked = read.value;
  }
  const scanned = byFrequency(choice, scanning, asked, excluded, tables);
  return scanned.ok ? ok({ scanned: scanned.value.subtract(excluded), excluded }) : scanned;
}

function frequencyOf({ topPorts, portRatio, fast }: PortChoice): Frequency | undefined {
  if (topPorts !== undefined) return { count: topPorts };
  if (portRatio !== undefined) return { atLeast: portRatio };
  return fast ? { count: FAST_COUNT } : undefined;
}

function byFrequency(
  choice: PortChoice,
  protocols: readonly Protocol[],
  asked: PortSet | undefined,
  excluded: PortSet,
  { services, protocolNumbers }: PortTables,
): Result<PortSet, PortProblem> {
  const typed = frequencyOf(choice);
  if (typed === undefined && asked !== undefined) return ok(asked);
  const parts: Partial<Record<Protocol, readonly NumberRange[]>> = {};
  for (const protocol of protocols) {
    if (protocol === "protocol") {
      if (choice.topPorts !== undefined || choice.portRatio !== undefined) {
        return err({
          code: "port-protocol",
          message: "IP protocols have no frequency to choose them by.",
          hint: "name them with -p",
        });
      }
      parts.protocol =
        asked?.ranges(protocol) ??
        (choice.fast ? protocolNumbers.map((number) => [number, number] as const) : [[0, 255]]);
      continue;
    }
    if (!services.some((entry) => entry.protocol === protocol && (entry.ratio > 0 || protocol === "sctp"))) {
      return err({
        code: "services-without-frequencies",
        message: `nmap-services does not say how frequent ${protocol} ports are.`,
        hint: "name the ports with -p",
      });
    }
    const out = membership(excluded.ranges(protocol));
    const among = asked === undefined ? undefined : membership(asked.ranges(protocol));
    parts[protocol] = mostFrequent(
      services,
      protocol,
      typed ?? { count: DEFAULT_COUNT },
      (port) => out[port] === 0 && (among === undefined || among[port] === 1),
    );
  }
  return ok(PortSet.of(parts));
}

function membership(ranges: readonly NumberRange[]): Uint8Array {
  const member = new Uint8Array(65_536);
  for (const [first, last] of ranges) member.fill(1, first, last + 1);
  return member;
}

const LETTERS: Readonly<Record<Protocol, string>> = { tcp: "T:", udp: "U:", sctp: "S:", protocol: "P:" };

/** nmap's spelling of exactly this set: `T:22,80-90,U:53`; plain numbers when only IP protocols are in it. */
export function renderPorts(set: PortSet): string {
  const used = PROTOCOLS.filter((protocol) => set.size(protocol) > 0);
  if (used.length === 1 && used[0] === "protocol") return set.toText("protocol");
  return used.map((protocol) => LETTERS[protocol] + set.toText(protocol)).join(",");
}
