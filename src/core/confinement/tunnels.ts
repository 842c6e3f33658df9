// Whether packets to the targets would leave through a tunnel. The kernel wraps them there again, after the session's
// rules have seen them, so a session that would use one does not start.
import type { AddressSet } from "../sets/address-set.ts";

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
