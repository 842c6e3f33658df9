// Which of the policy's networks some targets lie in, for people: a card says "256 addresses in lab". Apart from the
// decision, which needs no names, and off its path.
import { AddressSet } from "../sets/address-set.ts";
import { attachedName } from "./attached.ts";

/** Numbers of addresses are decimal, because IPv6 has more than a JSON number holds. */
export interface NetworkShares {
  /** The largest share first; networks overlap, so together they may be more than there are. At most `namedNetworks`. */
  readonly named: readonly { readonly name: string; readonly addresses: string }[];
  /** Further named networks with a part in it. */
  readonly others: number;
  /** Addresses in no named network. */
  readonly unnamed: string;
}

/** So many are named; of the rest there is only the number. */
export const namedNetworks = 4;
/** Among so many, those that say nothing new are left out: every two are compared. */
const compared = 64;

interface Share {
  readonly name: string;
  readonly network: AddressSet;
  readonly part: AddressSet;
}

/**
 * The named networks that hold some of these addresses. One that holds no more of them than a smaller network does is
 * left out: who scans the lab need not read that the lab is part of the company.
 *
 * @returns undefined where the sets fall into more pieces than can be told apart (RUN_LIMIT).
 */
export function networkShares(
  targets: AddressSet,
  networks: ReadonlyMap<string, AddressSet>,
): NetworkShares | undefined {
  try {
    const shares: Share[] = [];
    for (const [name, network] of networks) {
      if (network.touches(targets)) shares.push({ name, network, part: network.intersect(targets) });
    }
    shares.sort(bySize);
    const telling = shares.slice(0, compared).filter((share, _, all) => !all.some((other) => makesIdle(other, share)));
    const rest = targets.subtract(AddressSet.unionOf(shares.map(({ part }) => part)));
    return {
      named: telling.slice(0, namedNetworks).map(({ name, part }) => ({ name, addresses: part.size.toString() })),
      others: Math.max(0, telling.length - namedNetworks) + Math.max(0, shares.length - compared),
      unnamed: rest.size.toString(),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The larger share first; of equals the smaller network, which says more; what the machine sits in says least. */
function bySize(one: Share, other: Share): number {
  return descending(one.part.size, other.part.size) || precedence(one, other);
}

function precedence(one: Share, other: Share): number {
  if ((one.name === attachedName) !== (other.name === attachedName)) return one.name === attachedName ? 1 : -1;
  return descending(other.network.size, one.network.size) || (one.name < other.name ? -1 : 1);
}

const descending = (one: bigint, other: bigint): number => (one === other ? 0 : one > other ? -1 : 1);

/** Whether `share` says nothing beside `other`: the same addresses, and it is not the one that would be chosen. */
function makesIdle(other: Share, share: Share): boolean {
  if (other === share || precedence(other, share) > 0) return false;
  return other.part.includes(share.part);
}
