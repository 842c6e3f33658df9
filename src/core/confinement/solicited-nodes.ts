// The multicast addresses at which IPv6 neighbours are asked for: RFC 4291, 2.7.1. Apart because the last 24 bits of a
// range need some care.
import { AddressSet, type AddressRange } from "../sets/address-set.ts";

/** ff02::1:ff00:0; the last 24 bits of the wanted address come behind it. */
const PREFIX = 0xff02_0000_0000_0000_0000_0001_ff00_0000n;
const LOW = 0xff_ffffn;

/** Exactly those that belong to at least one IPv6 address of the set. */
export function solicitedNodes(targets: AddressSet): AddressSet {
  const found: AddressRange[] = [];
  const add = (first: bigint, last: bigint): void => {
    found.push({ family: 6, first: PREFIX | first, last: PREFIX | last });
  };
  for (const { family, first, last } of targets.ranges()) {
    if (family !== 6) continue;
    if (last - first >= LOW) return AddressSet.ofRanges([{ family: 6, first: PREFIX, last: PREFIX | LOW }]);
    const from = first & LOW;
    const to = last & LOW;
    if (from <= to) add(from, to);
    else {
      add(from, LOW);
      add(0n, to);
    }
  }
  return AddressSet.ofRanges(found);
}
