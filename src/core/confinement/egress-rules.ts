// What one session adds to the standing tables (standing-rules.ts): what it may send where, and its way out. Text only;
// egress.ts of session/ hands it to the kernel.
import type { AddressRange, AddressSet, Family } from "../sets/address-set.ts";
import { arpDoors, foreignSource, frameDoors, MISLEADING, packetDoors } from "./doors.ts";
import { kernelSets, type KernelSet } from "./kernel-sets.ts";
import type { Reach, Services } from "./reach.ts";
import { solicitedNodes } from "./solicited-nodes.ts";
import { FAMILIES, TABLE, type TableFamily } from "./standing-rules.ts";

/** What the rules of a session need to know of the machine. */
export interface Machine {
  /** Addresses that packets may come from: the machine's own. */
  readonly addresses: readonly string[];
}

/** Names of what one session has in each table. */
export function namesOf(
  session: string,
): Record<"chain" | "packets" | "refused" | "services" | "counter" | "first", string> {
  return {
    chain: `s_${session}`,
    packets: `q_${session}`,
    refused: `r_${session}`,
    services: `p_${session}`,
    counter: `c_${session}`,
    first: `f_${session}`,
  };
}

/** Sets in which the kernel counts what it refused: per destination, protocol and, where there is one, port. */
export function refusedSets(session: string): readonly { readonly family: TableFamily; readonly set: string }[] {
  return FAMILIES.flatMap((family) =>
    ["n4", "a4", "n6", "a6", ...(family === "netdev" ? ["arp"] : [])].map((kind) => ({
      family,
      set: `${kind}_${session}`,
    })),
  );
}

const TRANSPORTS = "{ tcp, udp, sctp, udplite, dccp }";
/** What any port means: not the protocols that carry packets to somebody else. */
const WITH_PORTS = "{ tcp, udp, sctp, udplite, dccp, icmp, ipv6-icmp }";
const LATER_FRAGMENT = "ip frag-off & 0x1fff != 0";
/** Different destinations that are counted apart; what comes beyond is in the sum alone. */
const COUNTED = 4096;

export interface SessionRules {
  /** Everything of a session but its way out (admissionRules): it reaches nothing yet. */
  readonly add: string;
  /** Takes that away again, once nothing leads there any more. */
  readonly remove: string;
}

export function sessionRules(session: string, reach: Reach, machine: Machine): SessionRules {
  const { chain, packets, refused, services, counter, first } = namesOf(session);
  const lines: string[] = [];
  const add = (line: string): void => void lines.push(`add ${line}`);
  const own = (family: Family): string[] => machine.addresses.filter((text) => text.includes(":") === (family === 6));
  const sets = addressSets(session, reach);
  /** The tests of a packet's field against each of the sets of a kind: in one of them, where any. */
  const within = (key: string, kind: SetKind): readonly string[] =>
    sets.filter((set) => set.kind === kind).map(({ name, mask }) => `${key}${mask} @${name}`);
  for (const family of FAMILIES) {
    const here = `${family} ${TABLE}`;
    add(`counter ${here} ${counter}`);
    // The kernel tells whoever listens when it is used up: by the first refused packet.
    add(`quota ${here} ${first} { over 1 bytes }`);
    const counted = (set: string, key: string): void => {
      add(`set ${here} ${set}_${session} { typeof ${key}; flags dynamic; size ${COUNTED}; counter; }`);
    };
    const keys = {
      n4: "ip daddr . meta l4proto . th dport",
      a4: "ip daddr . meta l4proto",
      n6: "ip6 daddr . meta l4proto . th dport",
      a6: "ip6 daddr . meta l4proto",
    };
    for (const [set, key] of Object.entries(keys)) counted(set, key);
    if (family === "netdev") counted("arp", "arp daddr ip");
    for (const name of [refused, services, packets, chain]) add(`chain ${here} ${name}`);

    const refuse = (rule: string): void => {
      add(`rule ${here} ${refused} ${rule}`);
    };
    refuse(`counter name ${counter}`);
    refuse(`quota name ${first}`);
    refuse(`ip frag-off & 0x1fff == 0 meta l4proto ${TRANSPORTS} add @n4_${session} { ${keys.n4} } drop`);
    refuse(`add @a4_${session} { ${keys.a4} } drop`);
    refuse(`meta l4proto ${TRANSPORTS} add @n6_${session} { ${keys.n6} } drop`);
    refuse(`add @a6_${session} { ${keys.a6} } drop`);
    if (family === "netdev") refuse(`add @arp_${session} { arp daddr ip } drop`);
    refuse("drop");

    for (const rule of serviceRules(reach.services)) add(`rule ${here} ${services} ${rule}`);
    if (reach.fragments) add(`rule ${here} ${services} ${LATER_FRAGMENT} accept`);
    add(`rule ${here} ${services} goto ${refused}`);

    const judge = (rule: string): void => {
      add(`rule ${here} ${packets} ${rule}`);
    };
    for (const { name, definition } of sets) add(`set ${here} ${name} { ${definition} }`);
    const door = (rule: string): void => {
      add(`rule ${here} ${chain} ${rule}`);
    };
    if (family === "netdev") for (const rule of arpDoors(own(4), within("arp daddr ip", "v4"))) door(rule);
    for (const rule of (family === "netdev" ? frameDoors : packetDoors)(`goto ${packets}`)) door(rule);
    door(`goto ${refused}`);

    for (const test of MISLEADING) judge(`${test} goto ${refused}`);
    for (const version of [4, 6] as const) judge(`${foreignSource(family, version, own(version))} goto ${refused}`);
    if (family === "netdev") {
      for (const test of within("ip6 daddr", "sn")) {
        judge(`icmpv6 type nd-neighbor-solicit ${test} @th,64,128 ${neighbours(reach.targets)} accept`);
      }
      // What asks for any other neighbour is refused as what it is.
      judge(`icmpv6 type nd-neighbor-solicit goto ${refused}`);
    }
    if (!reach.fragments) judge(`${LATER_FRAGMENT} goto ${refused}`);
    for (const [of, key] of [
      [4, "ip daddr"],
      [6, "ip6 daddr"],
    ] as const) {
      for (const test of within(key, `b${of}`)) judge(`${test} accept`);
      for (const test of within(key, `v${of}`)) judge(`${test} goto ${services}`);
    }
    judge(`goto ${refused}`);
  }
  return { add: `${lines.join("\n")}\n`, remove: removal(session, sets) };
}

/** The rules to add, apart for each table: neither speaks of the other. */
export function rulesByTable(add: string): readonly string[] {
  const at = add.indexOf(`add counter netdev ${TABLE} `);
  if (at < 0) throw new Error("rules of one table only");
  return [add.slice(0, at), add.slice(at)];
}

/** Targets, addresses beyond them, and the groups in which IPv6 neighbours are asked for. */
type SetKind = "v4" | "v6" | "b4" | "b6" | "sn";

interface NamedSet extends KernelSet {
  readonly kind: SetKind;
}

function addressSets(session: string, { targets, beyond }: Reach): readonly NamedSet[] {
  const named = (set: AddressSet, kinds: Partial<Record<Family, SetKind>>): readonly NamedSet[] => {
    const ranges = { 4: [] as AddressRange[], 6: [] as AddressRange[] };
    for (const range of set.ranges()) ranges[range.family].push(range);
    return ([4, 6] as const).flatMap((family) => {
      const kind = kinds[family];
      if (kind === undefined) return [];
      const name = (length?: number): string => `${kind}${length === undefined ? "" : `p${length}`}_${session}`;
      return kernelSets(ranges[family], family, name).map((one) => ({ ...one, kind }));
    });
  };
  return [
    ...named(targets, { 4: "v4", 6: "v6" }),
    ...named(beyond, { 4: "b4", 6: "b6" }),
    ...named(solicitedNodes(targets), { 6: "sn" }),
  ];
}

/** The address that a neighbour solicitation asks for: 16 bytes behind 8 of ICMPv6 (RFC 4861, 4.3). */
function neighbours(targets: AddressSet): string {
  const hex = (value: bigint): string => `0x${value.toString(16).padStart(32, "0")}`;
  const parts = [...targets.ranges()]
    .filter(({ family }) => family === 6)
    .map(({ first, last }) => (first === last ? hex(first) : `${hex(first)}-${hex(last)}`));
  return `{ ${parts.join(", ")} }`;
}

function serviceRules({ ports, anyPort, icmp, icmpv6 }: Services): readonly string[] {
  const list = (numbers: string): string => `{ ${numbers.replaceAll(",", ", ")} }`;
  const whole = ports.size("protocol") > 0 ? [`meta l4proto ${list(ports.toText("protocol"))} accept`] : [];
  if (anyPort) return [`meta l4proto ${WITH_PORTS} accept`, ...whole];
  const rules: string[] = [];
  for (const protocol of ["tcp", "udp", "sctp"] as const) {
    if (ports.size(protocol) > 0) rules.push(`${protocol} dport ${list(ports.toText(protocol))} accept`);
  }
  if (icmp.length > 0) rules.push(`icmp type ${list(icmp.join(","))} accept`);
  if (icmpv6.length > 0) rules.push(`icmpv6 type ${list(icmpv6.join(","))} accept`);
  return [...rules, ...whole];
}

/** Lets the session's account out, for so long: one element per table, which the kernel forgets by itself. */
export function admissionRules(session: string, uid: number, milliseconds: number): string {
  return each((here) => `add element ${here} disp { ${element(session, uid, milliseconds)} }`);
}

/**
 * Gives an admitted session another time, in one step; kernels before 6.13 keep the old one on a plain `add`. Fails as a
 * whole where the way out is gone: whoever took it away meanwhile was right, in whatever order runs of nft finish.
 */
export function readmissionRules(session: string, uid: number, milliseconds: number): string {
  return each((here) => `delete element ${here} disp { ${uid} }`) + admissionRules(session, uid, milliseconds);
}

/** Takes the way out away, whether or not it is there still: `add` makes sure that there is something to delete. */
export function withdrawalRules(session: string, uid: number): string {
  return each(
    (here) => `add element ${here} disp { ${element(session, uid, 1000)} }\ndelete element ${here} disp { ${uid} }`,
  );
}

function element(session: string, uid: number, milliseconds: number): string {
  return `${uid} timeout ${milliseconds}ms comment "${session}" : jump ${namesOf(session).chain}`;
}

function removal(session: string, sets: readonly NamedSet[]): string {
  const { chain, packets, refused, services, counter, first } = namesOf(session);
  return each((here) =>
    [
      ...[chain, packets, services, refused].map((name) => `delete chain ${here} ${name}`),
      ...sets.map(({ name }) => `delete set ${here} ${name}`),
      ...refusedSets(session)
        .filter(({ family }) => here.startsWith(`${family} `))
        .map(({ set }) => `delete set ${here} ${set}`),
      `delete counter ${here} ${counter}`,
      `delete quota ${here} ${first}`,
    ].join("\n"),
  );
}

function each(rule: (here: string) => string): string {
  return FAMILIES.map((family) => `${rule(`${family} ${TABLE}`)}\n`).join("");
}
