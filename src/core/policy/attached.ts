// The built-in network `attached`: the private networks that this machine is a part of. A fact about the machine goes
// in, a set comes out, so that the shipped policy can say "the network I sit in" without knowing its number.
import { AddressSet, parseAddress } from "../sets/address-set.ts";
import type { AddressRange } from "../sets/address-set.ts";

/** One address of one interface of this machine, without a zone. */
export interface InterfaceAddress {
  readonly address: string;
  readonly prefixLength: number;
}

export const attachedName = "attached";

// RFC 1918, RFC 3927 (link-local) and RFC 4193 (unique local). Loopback is no network, shared address space
// (RFC 6598) belongs to the provider, and link-local IPv6 means nothing without a zone.
const privateNetworks: readonly (readonly [text: string, prefixLength: number])[] = [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["fc00::", 7],
];

/** 256 addresses: a /24, in IPv6 a /120. */
const mostHostBits = 8;

/**
 * The private networks of these interfaces, each cut to the 256 addresses around the machine's own where it is larger.
 * An address that is none counts for nothing.
 */
export function attachedNetworks(interfaces: readonly InterfaceAddress[]): AddressSet {
  const ranges: AddressRange[] = [];
  for (const { address, prefixLength } of interfaces) {
    const parsed = parseAddress(address);
    if (parsed === undefined || !isPrivate(address)) continue;
    const bits = parsed.family === 4 ? 32 : 128;
    if (!(Number.isInteger(prefixLength) && prefixLength >= 0 && prefixLength <= bits)) continue;
    const hostBits = BigInt(Math.min(bits - prefixLength, mostHostBits));
    const first = (parsed.value >> hostBits) << hostBits;
    ranges.push({ family: parsed.family, first, last: first + (1n << hostBits) - 1n });
  }
  return AddressSet.ofRanges(ranges);
}

function isPrivate(address: string): boolean {
  const parsed = parseAddress(address);
  return privateNetworks.some(([text, prefixLength]) => {
    const network = parseAddress(text);
    if (parsed === undefined || network?.family !== parsed.family) return false;
    const hostBits = BigInt((parsed.family === 4 ? 32 : 128) - prefixLength);
    return parsed.value >> hostBits === network.value >> hostBits;
  });
}
