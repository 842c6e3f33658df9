// What must be done if it runs (policy.md, Meaning 7): the strictest of all rules used.
import type { Asked } from "./asked.ts";
import { coversWhole } from "./coverage.ts";
import { AddressSet } from "../sets/address-set.ts";
import type { LimitUse, Notify, Obligations } from "./decision.ts";
import { limitUse } from "./limits.ts";
import { contactsOthers } from "./ordinary.ts";
import type { RuleOf } from "./policy.ts";

type Covering = RuleOf<"allow" | "confirm" | "ask">;

/** The rules that a decision rests on. */
export interface Used {
  readonly allow: readonly RuleOf<"allow">[];
  readonly confirm: readonly RuleOf<"confirm">[];
  /** Those that bind, by covering or on touch: when it runs, they were approved. */
  readonly ask: readonly RuleOf<"ask">[];
}

/**
 * The rules whose obligations hold.
 *
 * @param askCovering  those of `used.ask` whose conditions for covering hold; where they cover the whole plan, the
 *   obligations of the ask rules are the only ones.
 */
export function binds(asked: Asked, used: Used, askCovering: readonly RuleOf<"ask">[]): readonly Covering[] {
  const alone = askCovering.length > 0 && coversWhole(asked, askCovering);
  return alone ? used.ask : [...used.allow, ...used.confirm, ...used.ask];
}

/** When the rule's window closes, where that is before its time box would end. */
export function closesEarly(rule: Covering, { now, openings }: Asked): number | undefined {
  if (rule.during === undefined) return undefined;
  const boxed = now + rule.ttlSeconds * 1000;
  const closes = openings.until(rule.during, boxed);
  return closes !== undefined && closes < boxed ? closes : undefined;
}

/** The strictest of these rules' obligations. */
export function obligationsOf(asked: Asked, rules: readonly Covering[]): Obligations {
  const { plan, now } = asked;
  let maxRate: number | undefined;
  let endsAt: number | undefined;
  let ttlSeconds = Number.POSITIVE_INFINITY;
  const limits: LimitUse[] = [];
  for (const rule of rules) {
    if (rule.enforce.maxRate !== undefined)
      maxRate = Math.min(maxRate ?? Number.POSITIVE_INFINITY, rule.enforce.maxRate);
    ttlSeconds = Math.min(ttlSeconds, rule.ttlSeconds);
    const closes = closesEarly(rule, asked);
    if (closes !== undefined) endsAt = Math.min(endsAt ?? Number.POSITIVE_INFINITY, closes);
    const use = rule.limits === undefined ? undefined : limitUse(rule.name, rule.limits);
    if (use !== undefined) limits.push(use);
  }
  if (endsAt !== undefined && endsAt < now + ttlSeconds * 1000) {
    ttlSeconds = Math.max(1, Math.floor((endsAt - now) / 1000));
  } else {
    endsAt = undefined;
  }
  const egress = plan.scripts.some(contactsOthers) ? egressOf(rules) : undefined;
  const notify = notifyOf(rules);
  limits.sort((left, right) => (left.rule < right.rule ? -1 : 1));
  return {
    ttlSeconds,
    enforce: maxRate === undefined ? {} : { maxRate },
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(limits.length === 0 ? {} : { limits }),
    ...(egress === undefined ? {} : { egress: egress.toText() }),
    ...(rules.some((rule) => rule.onViolation === "end") ? { onViolation: "end" } : {}),
    ...(notify === undefined ? {} : { notify }),
  };
}

/** What these rules want told, the same whatever order they stand in; undefined where none of them does. */
export function notifyOf(rules: readonly Pick<Covering, "notify">[]): readonly Notify[] | undefined {
  if (rules.every(({ notify }) => notify === undefined)) return undefined;
  const all = rules.flatMap(({ notify }) => (notify === undefined ? [] : [[JSON.stringify(notify), notify] as const]));
  return [...new Map(all)].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, notify]) => notify);
}

/** What scripts that contact others may reach: what every rule used allows; one that lists none allows none. */
export function egressOf(rules: readonly Covering[]): AddressSet {
  const [first, ...others] = rules.map(({ egress }) => egress?.set ?? AddressSet.empty);
  return others.reduce((common, each) => common.intersect(each), first ?? AddressSet.empty);
}
