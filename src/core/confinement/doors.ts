// Which packets a session's rules look at in each of the two tables, and that they are what they say they are: a frame's
// sender chooses what the kernel takes it for, and the wire knows nothing of that. Apart from what is then let through.
import type { Family } from "../sets/address-set.ts";

/** The ethertype behind a device that adds a VLAN's tag, which the kernel shows as if it stood in the frame already. */
const TAGGED = "@ll,96,16 { 0x8100, 0x88a8 }";

/**
 * The tests of a frame for one ethertype, without and behind a tag. What carries a tag of its own making is read two
 * bytes late, so the ethertype behind the tag and the second half word of what is read as its content are the same bytes.
 */
function framed(ethertype: string): readonly string[] {
  return [`@ll,96,16 ${ethertype}`, `${TAGGED} @ll,128,16 ${ethertype} @nh,16,16 != ${ethertype}`];
}

/** No options in IPv4: source routes are among them, and what reads options here reads them otherwise than a router. */
const IPV4 = "@nh,0,8 0x45";
const IPV6 = "@nh,0,4 6";

/** In the table of frames. Devices without ethertypes, tunnels among them, let nothing of a session out. */
export function frameDoors(onward: string): readonly string[] {
  return [
    ...framed("0x0800").map((test) => `meta protocol ip ${test} ${IPV4} ${onward}`),
    ...framed("0x86dd").map((test) => `meta protocol ip6 ${test} ${IPV6} ${onward}`),
  ];
}

/** Requests for the address of a neighbour in `within`, from one of the own addresses. */
export function arpDoors(own: readonly string[], within: readonly string[]): readonly string[] {
  if (own.length === 0) return [];
  const asks = `arp operation request arp saddr ip { ${own.join(", ")} }`;
  return within.flatMap((test) => framed("0x0806").map((frame) => `${frame} ${asks} ${test} accept`));
}

/** In the table of packets. A mark leads them by other routes and past other rules, and only a session's own sets one here. */
export function packetDoors(onward: string): readonly string[] {
  return [`meta mark 0 meta nfproto ipv4 ${IPV4} ${onward}`, `meta mark 0 meta nfproto ipv6 ${IPV6} ${onward}`];
}

/** Headers that send a packet elsewhere than it says, or hide what is in it; nmap sends IPv6 in one piece. */
export const MISLEADING = ["exthdr rt exists", "exthdr frag exists"];

/** What finds a packet that comes from none of these addresses. */
export function foreignSource(table: "inet" | "netdev", family: Family, own: readonly string[]): string {
  if (own.length > 0) return `${family === 4 ? "ip" : "ip6"} saddr != { ${own.join(", ")} }`;
  if (table === "inet") return `meta nfproto ipv${family}`;
  return `meta protocol ${family === 4 ? "ip" : "ip6"}`;
}
