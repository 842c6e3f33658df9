// Whether packets to the targets would leave through a tunnel. The kernel wraps them there again, after the session's
// rules have seen them, so a session that would use one does not start. What `ip -j` prints is read here; it comes from
// the kernel, so what does not fit the form is a defect.
import { formatAddress, parseNetwork, type AddressSet, type Family } from "../sets/address-set.ts";

export interface Route {
  readonly network: AddressSet;
  /** Bits of the prefix: the longest that fits decides. */
  readonly prefix: number;
  readonly device: string;
}

/** The tunnels through which some of the addresses are reached; by routes of the main table. */
export function tunnelsUsed(
  addresses: AddressSet,
  routes: readonly Route[],
  isTunnel: (device: string) => boolean,
): readonly string[] {
  const used = new Set<string>();
  let left = addresses;
  for (const { network, device } of [...routes].sort((one, other) => other.prefix - one.prefix)) {
    if (left.isEmpty) break;
    if (!left.touches(network)) continue;
    if (isTunnel(device)) used.add(device);
    left = left.subtract(network);
  }
  return [...used];
}

/** Kinds of devices whose frames are on the wire as the rules have seen them, beside those that have none: hardware. */
const PLAIN_KINDS = new Set<unknown>(["veth", "bridge", "bond", "team", "vlan", "macvlan", "ipvlan", "dummy", "ifb"]);

/** Devices that send frames as they are, of what `ip -d -j link show` prints; all others wrap them, or may. */
export function plainDevices(links: unknown): ReadonlySet<string> {
  const plain = entriesOf(links).flatMap((link) => {
    const { ifname, link_type: type, linkinfo } = link;
    const kind = (linkinfo as Entry | undefined)?.["info_kind"];
    const isPlain = type === "loopback" || (type === "ether" && (kind === undefined || PLAIN_KINDS.has(kind)));
    return isPlain && typeof ifname === "string" ? [ifname] : [];
  });
  return new Set(plain);
}

const USUAL_TABLES = new Set<unknown>(["local", "main", "default"]);

/** Whether routes are looked up as everywhere, by their longest prefix; of what `ip -j rule show` prints. */
export function isUsualRouting(rules: unknown): boolean {
  return entriesOf(rules).every(
    ({ priority, src, table, ...others }) =>
      typeof priority === "number" &&
      src === "all" &&
      USUAL_TABLES.has(table) &&
      Object.keys(others).every((key) => key === "protocol"),
  );
}

/**
 * Addresses of which each stands for all that are routed like it: one of every piece into which the prefixes of routes
 * and rules cut the set.
 *
 * @param prefixed  what `ip -j route show table all` and `ip -j rule show` print.
 */
export function samplesOf(addresses: AddressSet, family: Family, prefixed: readonly unknown[]): readonly string[] {
  const cuts = [...new Set(prefixed.flatMap(entriesOf).flatMap((entry) => cutsOf(entry, family)))];
  cuts.sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  const samples: string[] = [];
  let at = 0;
  let sampled = -1;
  for (const range of addresses.ranges()) {
    if (range.family !== family) continue;
    while (at < cuts.length && (cuts[at] ?? 0n) <= range.first) at += 1;
    if (sampled < at) samples.push(formatAddress(family, range.first));
    for (; at < cuts.length && (cuts[at] ?? 0n) <= range.last; at++)
      samples.push(formatAddress(family, cuts[at] ?? 0n));
    sampled = at;
  }
  return samples;
}

/** The devices of what `ip -j route get` prints, once for each address. */
export const devicesOf = (answers: readonly unknown[]): readonly string[] =>
  answers.flatMap(entriesOf).flatMap(({ dev }) => (typeof dev === "string" ? [dev] : []));

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(list: unknown): readonly Entry[] {
  if (!Array.isArray(list)) throw new Error("ip printed no list");
  // With `-d` some versions print an empty object between others.
  return (list as readonly unknown[]).filter((one): one is Entry => typeof one === "object" && one !== null);
}

/** Where the entry's prefix begins, and where what follows it does. */
function cutsOf({ dst, dstlen }: Entry, family: Family): readonly bigint[] {
  if (typeof dst !== "string") return [];
  const network = parseNetwork(typeof dstlen === "number" ? `${dst}/${dstlen}` : dst);
  if (!network.ok) return [];
  return [...network.value.ranges()].flatMap((one) => (one.family === family ? [one.first, one.last + 1n] : []));
}
