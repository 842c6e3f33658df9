// The ports that a probe of host discovery asks: what policy judges and what a session lets out are the same numbers.
import { unreachable } from "../result.ts";
import { PortSet, type Protocol } from "../sets/port-set.ts";
import type { DiscoveryProbe } from "./scan-plan.ts";

/** Empty for a probe that asks none. Throws an Error where a plan has a list that is none: it was not made by us. */
export function portsOfProbe({ kind, ports }: DiscoveryProbe): PortSet {
  const protocol = protocolOf(kind);
  if (protocol === undefined || ports === undefined) return PortSet.empty;
  const ranges = PortSet.parseList(ports);
  if (ranges === undefined) throw new Error(`the ports of a ${kind} probe can't be read: ${JSON.stringify(ports)}`);
  return PortSet.of({ [protocol]: ranges });
}

function protocolOf(kind: DiscoveryProbe["kind"]): Protocol | undefined {
  switch (kind) {
    case "tcp-syn":
    case "tcp-ack":
    case "tcp-connect":
      return "tcp";
    case "udp":
      return "udp";
    case "sctp-init":
      return "sctp";
    case "ip-protocol":
      return "protocol";
    case "none":
    case "icmp-echo":
    case "icmp-timestamp":
    case "icmp-netmask":
    case "arp":
      return undefined;
    default:
      return unreachable(kind);
  }
}
