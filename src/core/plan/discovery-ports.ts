// The lists behind -PS, -PA, -PU, -PY and -PO: nmap's port grammar for one protocol, without prefixes.
import { err, ok, type Result } from "../result.ts";
import { PortSet, type Protocol } from "../sets/port-set.ts";
import type { TypedProbe } from "./options/draft.ts";
import { quoted } from "./parse-error.ts";
import { readPorts, specificationNeedsServices, type PortProblem, type PortTables } from "./ports-read.ts";

interface ProbedPorts {
  readonly protocol: Protocol;
  /** What nmap takes when no list follows the letter. */
  readonly usual: readonly (readonly [number, number])[];
}

const PROBED: ReadonlyMap<TypedProbe["letter"], ProbedPorts> = new Map<TypedProbe["letter"], ProbedPorts>([
  ["S", { protocol: "tcp", usual: [[80, 80]] }],
  ["A", { protocol: "tcp", usual: [[80, 80]] }],
  ["U", { protocol: "udp", usual: [[40_125, 40_125]] }],
  ["Y", { protocol: "sctp", usual: [[80, 80]] }],
  [
    "O",
    {
      protocol: "protocol",
      usual: [
        [1, 2],
        [4, 4],
      ],
    },
  ],
]);

/** Whether the list names services, so that nmap-services is needed to read it. */
export function discoveryNeedsServices({ ports }: TypedProbe): boolean {
  return ports !== "" && specificationNeedsServices(ports);
}

/**
 * The ports of one probe, for the protocol that its letter means; empty for letters that have none (-PE).
 *
 * Source: nmap's defaults, observed (its own debugging output and packet traces).
 */
export function parseDiscoveryPorts(probe: TypedProbe, tables: PortTables): Result<PortSet, PortProblem> {
  const probed = PROBED.get(probe.letter);
  if (probed === undefined) return ok(PortSet.empty);
  if (probe.ports === "") return ok(PortSet.of({ [probed.protocol]: probed.usual }));
  const option = `-P${probe.letter}`;
  if (probe.ports.includes(":")) {
    return err({
      code: "port-protocol",
      message: `${option} probes one protocol, so ${quoted(probe.ports)} needs no T:, U:, S: or P:.`,
      hint: `write ${option}22,80`,
    });
  }
  return readPorts(probe.ports, option, [probed.protocol], tables);
}
