// Which rules can matter for a plan at all: those whose targets its addresses touch, and those that name none. So ten
// thousand rules cost as much as the few that are about these addresses, and a compiled policy decodes no others.
import type { AddressSet } from "../sets/address-set.ts";
import type { Policy, Rule } from "./policy.ts";

export interface RuleIndex {
  readonly count: number;
  /** The rule at a place in the policy's order; the same object every time. */
  rule(at: number): Rule;
  /** Ascending; rules that touch none of these addresses may be left out, no other. */
  candidates(targets: AddressSet): readonly number[];
}

/** Where every rule's targets are found: which of `sets` they are, or -1 for a rule that names none. */
export class TargetIndex {
  readonly #setOf: Int32Array;
  readonly #bounds: Uint32Array;
  readonly #hasIpv6: Uint8Array;
  readonly #set: (index: number) => AddressSet;

  /**
   * @param setOf  per rule the index of its set, -1 for none.
   * @param bounds  per set its lowest and highest IPv4 address, turned round where it has none.
   * @param hasIpv6  per set 1 where it has IPv6 addresses.
   * @param set  gives the set; asked only where the bounds leave a doubt.
   */
  constructor(setOf: Int32Array, bounds: Uint32Array, hasIpv6: Uint8Array, set: (index: number) => AddressSet) {
    this.#setOf = setOf;
    this.#bounds = bounds;
    this.#hasIpv6 = hasIpv6;
    this.#set = set;
  }

  candidates(targets: AddressSet): readonly number[] {
    const found: number[] = [];
    const [first, last] = targets.ipv4Bounds() ?? [1, 0];
    const asksIpv6 = targets.hasIpv6;
    const bounds = this.#bounds;
    // Per set: 0 not looked at, 1 touched, 2 not.
    const seen = new Uint8Array(this.#hasIpv6.length);
    for (let rule = 0; rule < this.#setOf.length; rule++) {
      const set = this.#setOf[rule] ?? -1;
      if (set < 0) {
        found.push(rule);
        continue;
      }
      const overlaps = (bounds[2 * set] ?? 0) <= last && (bounds[2 * set + 1] ?? 0) >= first;
      if (!overlaps && !(asksIpv6 && this.#hasIpv6[set] === 1)) continue;
      if (seen[set] === 0) seen[set] = this.#set(set).touches(targets) ? 1 : 2;
      if (seen[set] === 1) found.push(rule);
    }
    return found;
  }
}

/** What a target index needs to know of sets. */
export function boundsOf(sets: readonly AddressSet[]): { readonly bounds: Uint32Array; readonly hasIpv6: Uint8Array } {
  const bounds = new Uint32Array(2 * sets.length);
  const hasIpv6 = new Uint8Array(sets.length);
  for (const [index, set] of sets.entries()) {
    const [first, last] = set.ipv4Bounds() ?? [1, 0];
    bounds[2 * index] = first;
    bounds[2 * index + 1] = last;
    hasIpv6[index] = set.hasIpv6 ? 1 : 0;
  }
  return { bounds, hasIpv6 };
}

const built = new WeakMap<readonly Rule[], RuleIndex>();

/** The policy's own index where it has one; else one that is made once. */
export function ruleIndex(policy: Policy): RuleIndex {
  if (policy.index !== undefined) return policy.index;
  const { rules } = policy;
  const known = built.get(rules);
  if (known !== undefined) return known;
  const indexes = new Map<AddressSet, number>();
  const setOf = Int32Array.from(rules, ({ targets }) => {
    if (targets === undefined) return -1;
    const index = indexes.get(targets.set) ?? indexes.size;
    indexes.set(targets.set, index);
    return index;
  });
  const sets = [...indexes.keys()];
  const { bounds, hasIpv6 } = boundsOf(sets);
  const get = <T>(list: readonly T[], at: number): T => {
    const value = list[at];
    if (value === undefined) throw new RangeError(`no rule or set ${at}`);
    return value;
  };
  const targets = new TargetIndex(setOf, bounds, hasIpv6, (index) => get(sets, index));
  const index: RuleIndex = {
    count: rules.length,
    rule: (at) => get(rules, at),
    candidates: (addresses) => targets.candidates(addresses),
  };
  built.set(rules, index);
  return index;
}
