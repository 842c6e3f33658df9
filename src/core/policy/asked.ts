// What a rule is held against: the plan with the ports it asks worked out once, and who asks when.
import type { DiscoveryProbe, ScanPlan } from "../plan/scan-plan.ts";
import { PortSet } from "../sets/port-set.ts";
import type { Protocol } from "../sets/port-set.ts";
import type { Requester } from "./decision.ts";

export interface Situation {
  readonly requester: Requester;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly now: number;
}

export interface Asked extends Situation {
  readonly plan: ScanPlan;
  /**
   * The ports of the scan and those of discovery probes that were typed; undefined for a plan that has none: it is
   * one part per address (policy.md, small print).
   */
  readonly ports: PortSet | undefined;
}

export function asked(plan: ScanPlan, situation: Situation): Asked {
  let ports = plan.ports;
  for (const probe of plan.discovery) {
    if (probe.typed && probe.ports !== undefined) ports = ports.union(discoveryPorts(probe.kind, probe.ports));
  }
  return { ...situation, plan, ports: ports.isEmpty ? undefined : ports };
}

function discoveryPorts(kind: DiscoveryProbe["kind"], list: string): PortSet {
  const protocol = probed(kind);
  if (protocol === undefined) return PortSet.empty;
  const ranges = list.split(",").map((part): readonly [number, number] => {
    const [first = Number.NaN, last = first] = part.split("-").map(Number);
    return [first, last];
  });
  if (ranges.some(([first, last]) => !(first >= 0 && last >= first))) {
    throw new RangeError(`the ports of the ${kind} discovery probe can't be read: ${JSON.stringify(list)}`);
  }
  return PortSet.of({ [protocol]: ranges });
}

function probed(kind: DiscoveryProbe["kind"]): Protocol | undefined {
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
  }
}
