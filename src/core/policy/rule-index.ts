// Which rules can matter for a plan at all: those that its requester, addresses, ports and moment do not exclude. Rules
// share these keys, so each set of people, network, list of ports and window is asked once a decision, and ten thousand
// rules cost as much as the few that are about this scan; a compiled policy decodes no others.
import type { AddressSet } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import type { Asked } from "./asked.ts";
import { mayInclude } from "./people.ts";
import type { During, Policy, Rule, Who } from "./policy.ts";

export interface RuleIndex {
  readonly count: number;
  /** The rule at a place in the policy's order; the same object every time. */
  rule(at: number): Rule;
  /**
   * Ascending; a rule may be left out only where it can neither strike nor cover nor bind.
   *
   * @param targets  the addresses to go by, where they are not the plan's own.
   */
  candidates(asked: Asked, targets?: AddressSet): readonly number[];
}

/** A key of every rule as a number in the table of what rules say under it; -1 for a rule without the key. */
export interface RuleColumns {
  readonly targets: Int32Array;
  readonly requesters: Int32Array;
  readonly ports: Int32Array;
  readonly during: Int32Array;
}

/** What rules say, each thing once. It is asked for only where it decides something. */
export interface RuleTables {
  /** Per set of addresses its lowest and highest IPv4 address, turned round where it has none. */
  readonly bounds: Uint32Array;
  /** Per set of addresses 1 where it has IPv6 addresses. */
  readonly hasIpv6: Uint8Array;
  /** The bounds of groups of rules (groupsOf): most rules of a large policy are passed over by the group. */
  readonly groups: Uint32Array;
  readonly targets: Table<AddressSet>;
  readonly requesters: Table<Who>;
  readonly ports: Table<PortSet>;
  readonly during: Table<During>;
}

export interface Table<T> {
  readonly count: number;
  get(at: number): T;
}

/** The index over columns; `rule` gives the rules themselves. */
export class ColumnIndex implements RuleIndex {
  readonly count: number;
  readonly rule: (at: number) => Rule;
  readonly #columns: RuleColumns;
  readonly #tables: RuleTables;
  readonly #touched: Answers;
  readonly #asking: Answers;
  readonly #onPorts: Answers;
  readonly #open: Answers;

  constructor(columns: RuleColumns, tables: RuleTables, rule: (at: number) => Rule) {
    this.count = columns.targets.length;
    this.rule = rule;
    this.#columns = columns;
    this.#tables = tables;
    this.#touched = new Answers(tables.targets.count);
    this.#asking = new Answers(tables.requesters.count);
    this.#onPorts = new Answers(tables.ports.count);
    this.#open = new Answers(tables.during.count);
  }

  candidates(asked: Asked, targets: AddressSet = asked.plan.targets): readonly number[] {
    for (const answers of [this.#touched, this.#asking, this.#onPorts, this.#open]) answers.forget();
    const { targets: sets, requesters, ports, during } = this.#columns;
    const { bounds, hasIpv6, groups } = this.#tables;
    const [first, last] = targets.ipv4Bounds() ?? [1, 0];
    const asksIpv6 = targets.hasIpv6;
    const found: number[] = [];
    for (let rule = 0; rule < this.count; rule++) {
      if (rule % groupSize === 0) {
        const group = (3 * rule) / groupSize;
        const overlaps = (groups[group] ?? 0) <= last && (groups[group + 1] ?? 0) >= first;
        if (!overlaps && !(asksIpv6 && groups[group + 2] === 1)) {
          rule += groupSize - 1;
          continue;
        }
      }
      const set = sets[rule] ?? -1;
      if (set >= 0) {
        const overlaps = (bounds[2 * set] ?? 0) <= last && (bounds[2 * set + 1] ?? 0) >= first;
        if (!overlaps && !(asksIpv6 && hasIpv6[set] === 1)) continue;
        if (!this.#isTouched(set, targets)) continue;
      }
      if (!this.#isAsking(requesters[rule] ?? -1, asked)) continue;
      if (!this.#isOnPorts(ports[rule] ?? -1, asked)) continue;
      if (this.#isOpen(during[rule] ?? -1, asked)) found.push(rule);
    }
    return found;
  }

  #isTouched(set: number, targets: AddressSet): boolean {
    return this.#touched.known(set) ?? this.#touched.learn(set, this.#tables.targets.get(set).touches(targets));
  }

  #isAsking(who: number, { requester }: Asked): boolean {
    if (who < 0) return true;
    return this.#asking.known(who) ?? this.#asking.learn(who, mayInclude(this.#tables.requesters.get(who), requester));
  }

  /** A plan without ports is inside every list, one that chooses ports at run time touches every list. */
  #isOnPorts(list: number, { ports, plan }: Asked): boolean {
    if (list < 0 || ports === undefined || plan.otherPorts.length > 0) return true;
    return this.#onPorts.known(list) ?? this.#onPorts.learn(list, this.#tables.ports.get(list).touches(ports));
  }

  #isOpen(during: number, { openings }: Asked): boolean {
    if (during < 0) return true;
    return (
      this.#open.known(during) ??
      this.#open.learn(during, openings.until(this.#tables.during.get(during)) !== undefined)
    );
  }
}

/** Yes and no about the entries of one table, for as long as one plan is asked about. */
class Answers {
  // Twice the round in which it was learnt, and 1 where the answer was yes: to forget is to begin another round.
  readonly #marks: Uint32Array;
  #round = 0;

  constructor(count: number) {
    this.#marks = new Uint32Array(count);
  }

  forget(): void {
    this.#round += 1;
    if (this.#round < 0x7fff_ffff) return;
    this.#marks.fill(0);
    this.#round = 1;
  }

  known(at: number): boolean | undefined {
    const mark = this.#marks[at] ?? 0;
    return mark >>> 1 === this.#round ? (mark & 1) === 1 : undefined;
  }

  learn(at: number, answer: boolean): boolean {
    this.#marks[at] = this.#round * 2 + (answer ? 1 : 0);
    return answer;
  }
}

/** What an index needs to know of sets before it looks into them. */
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

/** How many rules are passed over at once where none of them is about these addresses. */
export const groupSize = 64;

/**
 * For every 64 rules in the order of the policy: the lowest and the highest IPv4 address of their targets, and 1 where
 * some have IPv6 addresses. A rule without targets is about every address.
 */
export function groupsOf(targets: Int32Array, bounds: Uint32Array, hasIpv6: Uint8Array): Uint32Array {
  const groups = new Uint32Array(3 * Math.ceil(targets.length / groupSize));
  for (let at = 0; at < groups.length; at += 3) {
    let [lowest, highest, ipv6] = [0xffff_ffff, 0, 0];
    for (const set of targets.subarray((at / 3) * groupSize, (at / 3 + 1) * groupSize)) {
      lowest = Math.min(lowest, set < 0 ? 0 : (bounds[2 * set] ?? 0));
      highest = Math.max(highest, set < 0 ? 0xffff_ffff : (bounds[2 * set + 1] ?? 0));
      if (set < 0 || hasIpv6[set] === 1) ipv6 = 1;
    }
    groups.set([lowest, highest, ipv6], at);
  }
  return groups;
}

/** Numbers things in the order in which they come; the same thing has the same number. */
export class Numbered<T> {
  readonly #numbers = new Map<T, number>();

  numberOf(thing: T): number {
    const known = this.#numbers.get(thing);
    if (known !== undefined) return known;
    this.#numbers.set(thing, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** One number for every rule; -1 where the rule has no such thing. */
  column(rules: readonly Rule[], thingOf: (rule: Rule) => T | undefined): Int32Array {
    return Int32Array.from(rules, (rule) => {
      const thing = thingOf(rule);
      return thing === undefined ? -1 : this.numberOf(thing);
    });
  }

  get all(): readonly T[] {
    return [...this.#numbers.keys()];
  }
}

const built = new WeakMap<readonly Rule[], RuleIndex>();

/** The policy's own index where it has one; else one that is made once. */
export function ruleIndex(policy: Policy): RuleIndex {
  if (policy.index !== undefined) return policy.index;
  const { rules } = policy;
  const known = built.get(rules);
  if (known !== undefined) return known;
  const [sets, people, ports, during] = [
    new Numbered<AddressSet>(),
    new Numbered<Who>(),
    new Numbered<PortSet>(),
    new Numbered<During>(),
  ];
  const columns = {
    targets: sets.column(rules, (rule) => rule.targets?.set),
    requesters: people.column(rules, (rule) => rule.requesters),
    ports: ports.column(rules, (rule) => rule.ports?.set),
    during: during.column(rules, (rule) => rule.during),
  };
  const { bounds, hasIpv6 } = boundsOf(sets.all);
  const tables = {
    bounds,
    hasIpv6,
    groups: groupsOf(columns.targets, bounds, hasIpv6),
    targets: tableOf(sets.all),
    requesters: tableOf(people.all),
    ports: tableOf(ports.all),
    during: tableOf(during.all),
  };
  const index = new ColumnIndex(columns, tables, (at) => nth(rules, at));
  built.set(rules, index);
  return index;
}

const tableOf = <T>(list: readonly T[]): Table<T> => ({ count: list.length, get: (at) => nth(list, at) });

function nth<T>(list: readonly T[], at: number): T {
  const value = list[at];
  if (value === undefined) throw new RangeError(`there is no rule or part of a rule ${at}`);
  return value;
}
