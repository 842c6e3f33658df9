// Which addresses are this machine, which are inside the house, and which are in a network that is named. On the sets
// that plans are made of, so that one address has one form: a mapped IPv6 address is the IPv4 address it stands for.
import { AddressSet, parseNetwork } from "../sets/address-set.ts";

const setOf = (networks: readonly string[]): AddressSet =>
  AddressSet.unionOf(
    networks.flatMap((network) => {
      const parsed = parseNetwork(network);
      return parsed.ok ? [parsed.value] : [];
    }),
  );

const loopback = setOf(["127.0.0.0/8", "::1"]);

/**
 * What is no public unicast address: IANA's special-purpose registries (RFC 6890 and successors), multicast, and the
 * IPv6 forms that carry an IPv4 address on (6to4, Teredo, NAT64).
 */
const special = setOf([
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/3", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16"],
  ...["3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
]);

/** The text as one address; undefined when it is anything else. */
function one(address: string): AddressSet | undefined {
  if (!/^[0-9A-Fa-f:.]+$/.test(address)) return undefined;
  const parsed = parseNetwork(address);
  return parsed.ok && parsed.value.size === 1n ? parsed.value : undefined;
}

export const isAddress = (text: string): boolean => one(text) !== undefined;

/** An address of this machine itself, or the name for it; brackets as in URLs are taken off. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, "$1");
  const address = one(plain);
  return plain === "localhost" || (address !== undefined && loopback.includes(address));
}

/** Not an address of the public internet; also true for text that is no address at all. */
export function isInternal(address: string): boolean {
  const set = one(address);
  return set === undefined || special.touches(set);
}

/** Whether the address lies in one of the networks; what can't be read is in none. */
export function isIn(address: string, networks: readonly string[]): boolean {
  const set = one(address);
  return set !== undefined && setOf(networks).includes(set);
}
