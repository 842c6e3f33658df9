// How nmap finds out which hosts are up when nobody says: written into the plan, so that approvers see it and the run
// does not depend on the machine's privileges.
import { err, ok, type Result } from "../result.ts";
import type { PortSet } from "../sets/port-set.ts";
import type { ParseProblem } from "./parse-error.ts";
import type { Options } from "./read-options.ts";
import type { DiscoveryProbe, Technique } from "./scan-plan.ts";

/**
 * The probes of host discovery. None for -sL, which asks nobody; `none` for -Pn.
 *
 * @param excluded  --exclude-ports takes its ports off discovery as well, as nmap does.
 *
 * Source: packet traces of nmap 7.93: echo, SYN to 443, ACK to 80 and (IPv4 only) timestamp with raw sockets, else
 * connections to 80 and 443.
 */
export function planDiscovery(
  options: Options,
  techniques: readonly Technique[],
  privileged: boolean,
  excluded: PortSet,
): Result<readonly DiscoveryProbe[], ParseProblem> {
  if (techniques.includes("list")) return ok([]);
  if (options.skipDiscovery) return ok([{ kind: "none", typed: true }]);
  const tcp = (...ports: number[]): string | undefined => {
    const left = ports.filter((port) => !includesTcp(excluded, port));
    return left.length === 0 ? undefined : left.join(",");
  };
  const probes: DiscoveryProbe[] = [];
  if (privileged) {
    probes.push({ kind: "icmp-echo", typed: false });
    addTcp(probes, "tcp-syn", tcp(443));
    addTcp(probes, "tcp-ack", tcp(80));
    if (options.family === 4) probes.push({ kind: "icmp-timestamp", typed: false });
  } else {
    addTcp(probes, "tcp-connect", tcp(80, 443));
  }
  if (probes.length > 0) return ok(probes);
  return err({
    code: "option-conflict",
    message: "--exclude-ports leaves no way to find out which hosts are up.",
    hint: "add -Pn to take every target as up",
  });
}

function addTcp(
  probes: DiscoveryProbe[],
  kind: "tcp-syn" | "tcp-ack" | "tcp-connect",
  ports: string | undefined,
): void {
  if (ports !== undefined) probes.push({ kind, ports, typed: false });
}

function includesTcp(set: PortSet, port: number): boolean {
  return set.ranges("tcp").some(([first, last]) => first <= port && port <= last);
}
