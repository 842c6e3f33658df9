// Addresses, ports and kinds of scan in words, for explanations and denials. Bounded: the largest set is a short line.
import type { OtherPorts, ScanPlan } from "../plan/scan-plan.ts";
import { formatAddress } from "../sets/address-set.ts";
import type { AddressRange, AddressSet } from "../sets/address-set.ts";
import type { PortSet, Protocol } from "../sets/port-set.ts";
import type { Requester } from "./decision.ts";

const shownRanges = 4;
const protocols: readonly Protocol[] = ["tcp", "udp", "sctp", "protocol"];

/** "10.31.0.0/24 (256 addresses)": as `rangesWords`, then how many addresses there are in all. */
export function addressWords(set: AddressSet): string {
  const list = rangesWords(set);
  return set.size <= 1n ? list : `${list} (${set.size.toString()} addresses)`;
}

/** "10.31.0.0/24, 10.32.0.1": networks as such, at most four ranges. */
export function rangesWords(set: AddressSet): string {
  const shown: string[] = [];
  for (const range of set.ranges()) {
    if (shown.length === shownRanges) return `${shown.join(", ")}, …`;
    shown.push(rangeWords(range));
  }
  return shown.length === 0 ? "no address" : shown.join(", ");
}

/** "10.0.0.0/24" where the range is a network, "10.0.0.1-10.0.0.5" where it is not, "10.0.0.1" for one. */
export function rangeWords({ family, first, last }: AddressRange): string {
  const start = formatAddress(family, first);
  if (first === last) return start;
  const size = last - first + 1n;
  if ((size & (size - 1n)) === 0n && first % size === 0n) {
    const hostBits = size.toString(2).length - 1;
    return `${start}/${(family === 4 ? 32 : 128) - hostBits}`;
  }
  return `${start}-${formatAddress(family, last)}`;
}

/** "tcp/22,80-90 udp/53", cut after about eighty characters; "no port" for none. */
export function portWords(ports: PortSet | undefined): string {
  if (ports === undefined || ports.isEmpty) return "no port";
  return protocols
    .map((protocol) => ({ protocol, text: ports.toText(protocol) }))
    .filter(({ text }) => text !== "")
    .map(({ protocol, text }) => `${protocol}/${cut(text)}`)
    .join(" ");
}

function cut(list: string): string {
  if (list.length <= 80) return list;
  return `${list.slice(0, list.lastIndexOf(",", 76))},…`;
}

/** One part of a plan: "10.31.0.0/24 (256 addresses), tcp/8080". */
export function partWords(targets: AddressSet, ports: PortSet | undefined): string {
  return ports === undefined ? addressWords(targets) : `${addressWords(targets)}, ${portWords(ports)}`;
}

/** "alice", and what could not be found out about her. */
export const requesterWords = ({ name, unknown }: Requester): string =>
  unknown === undefined ? name : `${name}, whose ${unknown === "name" ? "name" : "groups"} can't be found out`;

const otherPortsWords: Readonly<Record<OtherPorts, string>> = {
  "os-detection": "OS detection",
  traceroute: "traceroute",
  scripts: "scripts",
  "ip-protocol": "IP protocol probes",
};

export function otherPortsSentence(plan: ScanPlan): string {
  return listWords(plan.otherPorts.map((what) => otherPortsWords[what]));
}

/** "a", "a and b", "a, b and c"; beyond six "a, b, c, d, e, f and 3 more". */
export function listWords(items: readonly string[], conjunction = "and"): string {
  if (items.length > 7) return `${items.slice(0, 6).join(", ")} and ${items.length - 6} more`;
  const last = items.at(-1);
  if (last === undefined) return "nothing";
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}
