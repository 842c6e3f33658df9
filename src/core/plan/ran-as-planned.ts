// After a run: does nmap's own account of it agree with the plan? The last look that does not rely on anything that was
// read or rendered before.
import { AddressSet, parseAddress } from "../sets/address-set.ts";
import { PortSet, type Protocol } from "../sets/port-set.ts";
import { protocolOf } from "./estimate.ts";
import type { ScanPlan, Technique } from "./scan-plan.ts";

/** What nmap's XML says of the run, as far as it got. */
export interface Account {
  /** The command line that nmap says it ran; absent when the XML has none. */
  readonly args?: string;
  readonly scans: readonly { readonly type: string; readonly protocol: string; readonly services: string }[];
  /** How many targets nmap says it went through; absent before it came to say. */
  readonly total?: number;
  /** Every host that is listed, up or down. */
  readonly hosts: readonly {
    readonly address: string;
    readonly ports: readonly { readonly protocol: string; readonly port: number }[];
  }[];
}

/** A run that went astray is told in a few sentences, not one for each of a million hosts. */
const MOST = 10;

/** One sentence per difference; empty when what is there agrees. Text out of the XML is nmap's: escape it when showing. */
export function differences(plan: ScanPlan, argv: readonly string[], account: Account): readonly string[] {
  const found: string[] = [];
  if (account.args !== undefined && account.args !== quotedByNmap(argv)) {
    found.push("nmap says that it ran another command than the plan's");
  }
  const allowed = new Map(plan.techniques.map((technique) => [SCANINFO.get(technique) ?? technique, technique]));
  for (const { type, services } of account.scans) {
    const technique = allowed.get(type);
    const protocol = technique === undefined ? undefined : protocolOf(technique);
    if (protocol === undefined) found.push(`nmap says that it made a ${type} scan, which the plan does not have`);
    else if (!sameNumbers(services, plan.ports, protocol)) {
      found.push(`nmap says that it scanned other ${protocol} ports than the plan's`);
    }
  }
  if (account.total !== undefined && BigInt(account.total) > plan.targets.size) {
    found.push(`nmap says that it went through ${account.total} hosts; the plan has ${plan.targets.size}`);
  }
  for (const host of account.hosts) {
    if (found.length >= MOST) break;
    if (!isTarget(plan, host.address)) found.push(`${host.address} is in the result and not in the plan`);
    // Scripts may put ports into a result that they found in their own way.
    if (plan.otherPorts.length > 0) continue;
    for (const { protocol, port } of host.ports) {
      if (isPort(plan, protocol, port)) continue;
      found.push(`${protocol}/${port} of ${host.address} is in the result and not in the plan`);
      break;
    }
  }
  return found.slice(0, MOST);
}

/** nmap's way of writing its words into the XML: bytes as they are, `"` and `\` escaped, words with spaces in quotes. */
function quotedByNmap(argv: readonly string[]): string {
  return argv
    .map((word) => {
      const bytes = Array.from(new TextEncoder().encode(word), (byte) => String.fromCharCode(byte)).join("");
      const escaped = bytes.replaceAll(/["\\]/g, "\\$&");
      return /[ \t]/.test(bytes) ? `"${escaped}"` : escaped;
    })
    .join(" ");
}

// What nmap's scaninfo calls a technique, where that is not the plan's own word.
const SCANINFO: ReadonlyMap<Technique, string> = new Map([
  ["sctp-init", "sctpinit"],
  ["sctp-cookie-echo", "sctpcookieecho"],
  ["ip-protocol", "ipproto"],
]);

function sameNumbers(services: string, ports: PortSet, protocol: Protocol): boolean {
  if (services === ports.toText(protocol)) return true;
  const ranges = services === "" ? [] : PortSet.parseList(services);
  if (ranges === undefined) return false;
  return PortSet.of({ [protocol]: ranges }).toText(protocol) === ports.toText(protocol);
}

function isTarget(plan: ScanPlan, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const { family, value } = address;
  return plan.targets.touches(AddressSet.ofRanges([{ family, first: value, last: value }]));
}

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ["tcp", "tcp"],
  ["udp", "udp"],
  ["sctp", "sctp"],
  ["ip", "protocol"],
]);

function isPort(plan: ScanPlan, name: string, port: number): boolean {
  const protocol = PROTOCOLS.get(name);
  return protocol !== undefined && plan.ports.ranges(protocol).some(([first, last]) => first <= port && port <= last);
}
