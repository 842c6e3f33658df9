// How nmap finds out which hosts are up: what was typed with -P, or what nmap would choose; written into the plan, so
// that approvers see it and the run does not depend on the machine's privileges.
import { err, ok, type Result } from "../result.ts";
import { PortSet, type Protocol } from "../sets/port-set.ts";
import { parseDiscoveryPorts } from "./discovery-ports.ts";
import type { TypedProbe } from "./options/draft.ts";
import type { ParseProblem } from "./parse-error.ts";
import type { PortTables } from "./ports-read.ts";
import type { Options } from "./read-options.ts";
import type { DiscoveryProbe, Technique } from "./scan-plan.ts";

interface Kind {
  readonly letter: TypedProbe["letter"];
  readonly kind: DiscoveryProbe["kind"];
  readonly protocol?: Protocol;
}

/** In the order in which the plan has them; a line's own order makes no difference to nmap. */
const KINDS: readonly Kind[] = [
  { letter: "E", kind: "icmp-echo" },
  { letter: "P", kind: "icmp-timestamp" },
  { letter: "M", kind: "icmp-netmask" },
  { letter: "S", kind: "tcp-syn", protocol: "tcp" },
  { letter: "A", kind: "tcp-ack", protocol: "tcp" },
  { letter: "U", kind: "udp", protocol: "udp" },
  { letter: "Y", kind: "sctp-init", protocol: "sctp" },
  { letter: "O", kind: "ip-protocol", protocol: "protocol" },
];

/**
 * The probes of host discovery. None for -sL, which asks nobody; `none` for -Pn.
 *
 * @param excluded  --exclude-ports takes its ports off discovery as well, as nmap does.
 *
 * Source: packet traces of nmap 7.93: echo, SYN to 443, ACK to 80 and (IPv4 only) timestamp with raw sockets, else
 * connections to 80 and 443. Without raw sockets -PS and -PA connect.
 */
export function planDiscovery(
  options: Options,
  techniques: readonly Technique[],
  privileged: boolean,
  excluded: PortSet,
  tables: PortTables,
): Result<readonly DiscoveryProbe[], ParseProblem> {
  // -PR has no effect any more: nmap uses ARP and ND on the local network by itself.
  const typed = options.probes.filter(({ letter }) => letter !== "R");
  const list = techniques.includes("list");
  if (list || options.skipDiscovery) {
    // nmap reads lists also where it has no use for them, and ends with an error when it can't.
    const read = typed.length > 0 ? typedProbes(typed, 4, true, excluded, tables) : ok([]);
    if (!read.ok) return read;
    return ok(list ? [] : [{ kind: "none", typed: true }]);
  }
  const probes =
    typed.length > 0
      ? typedProbes(typed, options.family, privileged, excluded, tables)
      : ok(usualProbes(options.family, privileged, excluded));
  if (!probes.ok || probes.value.length > 0) return probes;
  return err({
    code: "option-conflict",
    message: "--exclude-ports leaves no way to find out which hosts are up.",
    hint: "add -Pn to take every target as up",
  });
}

function usualProbes(family: 4 | 6, privileged: boolean, excluded: PortSet): readonly DiscoveryProbe[] {
  const tcp = (kind: "tcp-syn" | "tcp-ack" | "tcp-connect", ...ports: number[]): DiscoveryProbe[] => {
    const left = PortSet.of({ tcp: ports.map((port) => [port, port] as const) }).subtract(excluded);
    return left.isEmpty ? [] : [{ kind, ports: left.toText("tcp"), typed: false }];
  };
  if (!privileged) return tcp("tcp-connect", 80, 443);
  return [
    { kind: "icmp-echo", typed: false },
    ...tcp("tcp-syn", 443),
    ...tcp("tcp-ack", 80),
    ...(family === 4 ? [{ kind: "icmp-timestamp", typed: false } as const] : []),
  ];
}

function typedProbes(
  typed: readonly TypedProbe[],
  family: 4 | 6,
  privileged: boolean,
  excluded: PortSet,
  tables: PortTables,
): Result<readonly DiscoveryProbe[], ParseProblem> {
  const probes: DiscoveryProbe[] = [];
  let connected = PortSet.empty;
  for (const { letter, kind, protocol } of KINDS) {
    const probe = typed.find((one) => one.letter === letter);
    if (probe === undefined) continue;
    if (family === 6 && (kind === "icmp-timestamp" || kind === "icmp-netmask")) {
      return err({ code: "option-conflict", message: `-P${letter} exists for IPv4 only.`, hint: "write -PE" });
    }
    if (!privileged && kind !== "tcp-syn" && kind !== "tcp-ack") {
      return err({
        code: "needs-privileges",
        message: `-P${letter} needs raw sockets, and this session may not open them.`,
        hint: "run it with sudo, or leave it out: hosts are then looked for by connecting",
      });
    }
    const ports = parseDiscoveryPorts(probe, tables);
    if (!ports.ok) return ports;
    const left = ports.value.subtract(excluded);
    if (protocol === undefined) probes.push({ kind, typed: true });
    else if (left.isEmpty) continue;
    else if (privileged) probes.push({ kind, ports: left.toText(protocol), typed: true });
    else connected = connected.union(left);
  }
  if (!connected.isEmpty) probes.push({ kind: "tcp-connect", ports: connected.toText("tcp"), typed: true });
  return ok(probes);
}
