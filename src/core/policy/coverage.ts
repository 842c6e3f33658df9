// Exact coverage of a plan by rectangles `targets × ports` (policy.md, Meaning 3), independent of the rules' order.
// The ports are cut into classes that every rule takes whole or not at all; per class the rest is a matter of addresses.
import type { AddressSet } from "../sets/address-set.ts";
import { AddressSet as Addresses } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import type { Asked } from "./asked.ts";
import type { RuleOf } from "./policy.ts";

/** A part of the plan: these addresses on these ports; a plan without ports has undefined. */
export interface Part {
  readonly targets: AddressSet;
  readonly ports: PortSet | undefined;
}

/** Rules that cover some part of the plan: every condition of theirs holds and their rectangle touches it. */
export interface Candidates {
  readonly allow: readonly RuleOf<"allow">[];
  readonly confirm: readonly RuleOf<"confirm">[];
  readonly ask: readonly RuleOf<"ask">[];
}

export interface Coverage {
  /** The confirm rules that cover a part which no allow covers. */
  readonly confirm: ReadonlySet<RuleOf<"confirm">>;
  /** The ask rules that cover a part which neither allow nor confirm covers. */
  readonly ask: ReadonlySet<RuleOf<"ask">>;
  readonly uncovered: readonly Part[];
}

type Rectangle = RuleOf<"allow" | "confirm" | "ask">;

export function cover(asked: Asked, candidates: Candidates): Coverage {
  // The usual case: what one allow takes whole, nobody else is asked about.
  if (candidates.allow.some((rule) => takesWhole(rule, asked))) return coveredByAllow;
  const confirm = new Set<RuleOf<"confirm">>();
  const ask = new Set<RuleOf<"ask">>();
  const uncovered: Part[] = [];
  const all: Rectangle[] = [...candidates.allow, ...candidates.confirm, ...candidates.ask];
  for (const ports of portClasses(asked.ports, all)) {
    let rest = without(asked.plan.targets, onPorts(candidates.allow, ports));
    if (rest.isEmpty) continue;
    const confirming = onPorts(candidates.confirm, ports);
    for (const rule of confirming) if (touches(rule, rest)) confirm.add(rule);
    rest = without(rest, confirming);
    if (rest.isEmpty) continue;
    const asking = onPorts(candidates.ask, ports);
    for (const rule of asking) if (touches(rule, rest)) ask.add(rule);
    rest = without(rest, asking);
    if (!rest.isEmpty) addPart(uncovered, { targets: rest, ports });
  }
  return { confirm, ask, uncovered };
}

const coveredByAllow: Coverage = { confirm: new Set(), ask: new Set(), uncovered: [] };

function takesWhole({ targets, ports }: Rectangle, asked: Asked): boolean {
  return (
    (ports === undefined || asked.ports === undefined || ports.set.includes(asked.ports)) &&
    (targets === undefined || targets.set.includes(asked.plan.targets))
  );
}

/** Whether these rules alone cover the whole plan. */
export function coversWhole(asked: Asked, rules: readonly Rectangle[]): boolean {
  if (rules.some((rule) => takesWhole(rule, asked))) return true;
  return portClasses(asked.ports, rules).every((ports) => without(asked.plan.targets, onPorts(rules, ports)).isEmpty);
}

/** The part of the plan inside one rule's rectangle. */
export function partInside(asked: Asked, rule: Rectangle): Part {
  return {
    targets: rule.targets === undefined ? asked.plan.targets : rule.targets.set.intersect(asked.plan.targets),
    ports: rule.ports === undefined || asked.ports === undefined ? asked.ports : rule.ports.set.intersect(asked.ports),
  };
}

const touches = (rule: Rectangle, targets: AddressSet): boolean =>
  rule.targets === undefined || rule.targets.set.touches(targets);

/** The rules that take a class of ports; it was cut so that one of its ports speaks for all. */
function onPorts<R extends Rectangle>(rules: readonly R[], ports: PortSet | undefined): readonly R[] {
  if (ports === undefined) return rules;
  return rules.filter((rule) => rule.ports === undefined || rule.ports.set.touches(ports));
}

/** The addresses that none of the rules covers. One rule that includes all is the usual case and costs no set. */
function without(targets: AddressSet, rules: readonly Rectangle[]): AddressSet {
  if (rules.some((rule) => rule.targets === undefined || rule.targets.set.includes(targets))) return Addresses.empty;
  if (rules.length === 0) return targets;
  const together = unionOf(rules.map((rule) => rule.targets?.set ?? Addresses.empty));
  return together.includes(targets) ? Addresses.empty : targets.subtract(together);
}

/** Pairwise, so that joining many sets costs a logarithm and not a square. */
function unionOf(sets: readonly AddressSet[]): AddressSet {
  let level = sets;
  while (level.length > 1) {
    const next: AddressSet[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index], level[index + 1]];
      if (left !== undefined) next.push(right === undefined ? left : left.union(right));
    }
    level = next;
  }
  return level[0] ?? Addresses.empty;
}

function portClasses(ports: PortSet | undefined, rules: readonly Rectangle[]): readonly (PortSet | undefined)[] {
  if (ports === undefined) return [undefined];
  let classes: PortSet[] = [ports];
  const done = new Set<PortSet>();
  for (const rule of rules) {
    const set = rule.ports?.set;
    if (set === undefined || done.has(set)) continue;
    done.add(set);
    if (set.includes(ports)) continue;
    classes = classes.flatMap((part) =>
      !set.touches(part) || set.includes(part) ? [part] : [part.intersect(set), part.subtract(set)],
    );
  }
  return classes;
}

/** Parts with the same addresses are one part with the ports of both: that is how a person would say it. */
function addPart(parts: Part[], part: Part): void {
  const same = parts.findIndex((other) => other.targets.equals(part.targets));
  const found = parts[same];
  if (found?.ports === undefined || part.ports === undefined) parts.push(part);
  else parts[same] = { targets: part.targets, ports: found.ports.union(part.ports) };
}
