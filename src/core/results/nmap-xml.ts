// From nmap's XML to the summary that is kept beside it.
import { readNmapRun } from "./nmap-run.ts";
import type { NmapHost, NmapPort } from "./nmap-run.ts";
import { HOSTS_LISTED, NAMES_PER_HOST, PORTS_PER_HOST } from "./summary.ts";
import type { HostSummary, OpenPort, PortProtocol, Summary } from "./summary.ts";

/**
 * Summarises a result, whole or cut: of a cut one, the hosts that nmap had finished. Total; bytes that are no XML give
 * an empty summary that is not complete.
 *
 * @param onHost  sees every host that the document lists.
 */
export function readNmapXml(xml: Uint8Array, onHost?: (host: NmapHost) => void): Summary {
  const open: HostSummary[] = [];
  let shortened = false;
  let openPorts = 0;
  let up = 0;
  let seen = 0;
  const run = readNmapRun(xml, (host) => {
    onHost?.(host);
    seen += 1;
    if (host.state === "up") up += 1;
    const ports = host.ports.filter(({ state }) => state === "open");
    openPorts += ports.length;
    if (ports.length === 0) return;
    if (ports.length > PORTS_PER_HOST || host.names.length > NAMES_PER_HOST || open.length >= HOSTS_LISTED)
      shortened = true;
    if (open.length >= HOSTS_LISTED) return;
    open.push({
      address: addressOf(host),
      names: host.names.slice(0, NAMES_PER_HOST),
      openPorts: ports.length,
      open: ports.slice(0, PORTS_PER_HOST).map(openPort),
    });
  });
  const { finished } = run;
  return {
    complete: run.complete,
    // nmap counts down hosts that it does not list; before it came to say, only what it listed is known.
    hosts: run.hosts ?? { up, down: seen - up, total: seen },
    openPorts,
    open,
    shortened,
    scans: run.scans,
    ...(run.args === undefined ? {} : { args: run.args }),
    ...(run.version === undefined ? {} : { nmapVersion: run.version }),
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(finished?.elapsedSeconds === undefined ? {} : { elapsedSeconds: finished.elapsedSeconds }),
    ...(finished === undefined ? {} : { exit: finished.exit }),
    ...(finished?.errorMessage === undefined ? {} : { errorMessage: finished.errorMessage }),
  };
}

/** The address that was scanned: a MAC address stands beside it in the XML. */
export function addressOf(host: NmapHost): string {
  return host.addresses.find(({ type }) => type === "ipv4" || type === "ipv6")?.address ?? "";
}

const protocols: ReadonlyMap<string, PortProtocol> = new Map([
  ["tcp", "tcp"],
  ["udp", "udp"],
  ["sctp", "sctp"],
  ["ip", "ip"],
]);

function openPort(port: NmapPort): OpenPort {
  return {
    protocol: protocols.get(port.protocol) ?? "ip",
    port: port.port,
    ...(port.service === "" ? {} : { service: port.service }),
    ...(port.version === "" ? {} : { version: port.version }),
  };
}
