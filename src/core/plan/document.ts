// The plan as JSON: what is stored, signed, sent between programs and hashed. Separate from ScanPlan because sets
// become words here, and because a stored plan outlives the version of this program that wrote it (`schema`).
import { canonicalJson } from "../canonical-json.ts";
import { PortSet, PROTOCOLS, type Protocol } from "../sets/port-set.ts";
import { environment } from "./render.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { parseTargetList } from "./target-list.ts";
import { renderTargets } from "./target-render.ts";

/** Every field means what the field of the same name in ScanPlan means; plain JSON, nothing optional left undefined. */
export interface PlanDocument extends Omit<ScanPlan, "targets" | "ports"> {
  readonly schema: 1;
  /** Target words in nmap's canonical spelling (`10.0.0.0/8`, `10.0-255.1-254.1,5,7`): together exactly the plan's addresses. */
  readonly targets: readonly string[];
  /** `22,80-90` per protocol, empty where none. */
  readonly ports: Readonly<Record<Protocol, string>>;
  /** All of what nmap gets as its environment; a plan that was stored before this was part of it has none. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The same plan always gives the same document. */
export function toDocument(plan: ScanPlan): PlanDocument {
  const { targets, ports, ...rest } = plan;
  return {
    schema: 1,
    ...rest,
    targets: renderTargets(targets, plan.family),
    ports: portsToText(ports),
    environment: environment(),
  };
}

/** Whether nmap would be given the very environment that the document was approved with. */
export function hasOurEnvironment({ environment: approved }: PlanDocument): boolean {
  return approved !== undefined && canonicalJson(approved) === canonicalJson(environment());
}

/**
 * The plan that a document says. Throws an Error when the document is not one that `toDocument` wrote: documents come
 * from this program's own store and messages, so that is a defect or tampering, and nothing may run.
 */
export function fromDocument(document: PlanDocument): ScanPlan {
  const { schema, targets, ports, ...rest } = document;
  // Another version of this program may have written it: the type is a claim until here.
  if ((schema as number) !== 1) throw new Error("a plan document of an unknown schema");
  // Read as a list, because a million words that are parsed one by one are a million sets.
  const list = Buffer.from(targets.join("\n"), "latin1");
  const read = parseTargetList(list, document.family, "the plan");
  if (!read.ok || read.value.names.length > 0 || !targets.every((word) => /^[0-9a-f.:,/*-]+$/.test(word))) {
    throw new Error("a plan document with an unreadable target");
  }
  // Not the plan's to say: it is the same for every plan.
  delete rest.environment;
  return { ...rest, targets: read.value.set, ports: portsFromText(ports) };
}

/** Ports per protocol in the form of nmap's own scaninfo. */
function portsToText(ports: PortSet): PlanDocument["ports"] {
  return {
    tcp: ports.toText("tcp"),
    udp: ports.toText("udp"),
    sctp: ports.toText("sctp"),
    protocol: ports.toText("protocol"),
  };
}

function portsFromText(ports: PlanDocument["ports"]): PortSet {
  const parts: Partial<Record<Protocol, readonly (readonly [number, number])[]>> = {};
  for (const protocol of PROTOCOLS) {
    if (ports[protocol] === "") continue;
    const ranges = PortSet.parseList(ports[protocol]);
    if (ranges === undefined) throw new Error("a plan document with an unreadable port list");
    parts[protocol] = ranges;
  }
  return PortSet.of(parts);
}
