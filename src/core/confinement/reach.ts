// What a session may send where, out of its plan: the addresses, and of each protocol the ports. Everything that the
// kernel is told to let out comes from here.
import { portsOfProbe } from "../plan/probe-ports.ts";
import type { ScanPlan } from "../plan/scan-plan.ts";
import { AddressSet, parseAddress, type AddressRange } from "../sets/address-set.ts";
import { PortSet } from "../sets/port-set.ts";

export interface Reach {
  readonly targets: AddressSet;
  /** Reached by scripts that contact others, on any port; empty without such scripts. */
  readonly beyond: AddressSet;
  readonly services: Services;
  /** The device that all packets are to leave by, where the plan names one. */
  readonly device?: string;
  /** Whether parts of packets that carry no port may pass to the targets. */
  readonly fragments: boolean;
}

export interface Services {
  /** Ports per protocol, and with `protocol` IP protocols whole. */
  readonly ports: PortSet;
  /** Whether something of the plan chooses ports at run time: then all of them count, of every protocol that has ports or is ICMP. */
  readonly anyPort: boolean;
  /** Types of ICMP messages. */
  readonly icmp: readonly number[];
  readonly icmpv6: readonly number[];
}

/** @param egress  ranges in canonical text, as obligations have them. @throws Error for a text that is none. */
export function reachOf(plan: ScanPlan, egress: readonly string[]): Reach {
  return {
    targets: plan.targets,
    beyond: AddressSet.ofRanges(egress.map(rangeFrom)),
    services: servicesOf(plan),
    ...(plan.packets?.interface === undefined ? {} : { device: plan.packets.interface }),
    fragments: plan.features.includes("fragments"),
  };
}

function servicesOf({ ports, otherPorts, discovery, privileged, family }: ScanPlan): Services {
  // An IP protocol scan chooses ports inside the protocols that it names, and no others.
  const anyPort = otherPorts.some((other) => other !== "ip-protocol");
  let all = ports;
  const icmp: number[] = [];
  const icmpv6: number[] = [];
  for (const probe of discovery) {
    const { kind } = probe;
    if (kind === "icmp-echo") (family === 4 ? icmp : icmpv6).push(family === 4 ? 8 : 128);
    if (kind === "icmp-timestamp") icmp.push(13);
    if (kind === "icmp-netmask") icmp.push(17);
    all = all.union(portsOfProbe(probe));
  }
  // Without raw sockets nmap opens TCP connections only, for whatever it wants to know.
  return { ports: privileged ? all : PortSet.of({ tcp: all.ranges("tcp") }), anyPort, icmp, icmpv6 };
}

function rangeFrom(text: string): AddressRange {
  const [from = "", to = from] = text.split("-");
  const first = parseAddress(from);
  const last = parseAddress(to);
  if (first === undefined || last?.family !== first.family) throw new Error(`no range of addresses: ${text}`);
  return { family: first.family, first: first.value, last: last.value };
}
