// Every rule that can matter held against a plan: which conditions hold, what strikes, what is covered and what binds.
// From this both the decision (decide.ts) and its explanation (explain.ts) are made.
import type { ScanPlan } from "../plan/scan-plan.ts";
import { unreachable } from "../result.ts";
import type { AddressSet } from "../sets/address-set.ts";
import { asked as askedOf } from "./asked.ts";
import type { Asked, Situation } from "./asked.ts";
import type { Condition } from "./conditions/condition.ts";
import { conditions } from "./conditions/index.ts";
import { cover } from "./coverage.ts";
import type { Candidates, Coverage } from "./coverage.ts";
import { binds, egressOf } from "./obligations.ts";
import type { Used } from "./obligations.ts";
import { contactsOthers } from "./ordinary.ts";
import type { Policy, Rule, RuleOf, Scope } from "./policy.ts";
import { ruleIndex } from "./rule-index.ts";

/** How one rule stands to the plan, before the rules are put together. */
export interface Standing<R extends Rule = Rule> {
  readonly rule: R;
  /** The first condition that fails; undefined where all hold. */
  readonly failed: Condition | undefined;
  /** Only deny rules: the plan lies whole inside its `unless`. */
  readonly spared: boolean;
  /** Only on-touch ask rules: the plan touches what the rule names, and its `unless` does not spare it. */
  readonly touched: boolean;
}

/** Everything that was found out about a plan: what a decision and its explanation are made from. */
export interface Judgement {
  readonly asked: Asked;
  readonly policy: Policy;
  /** Of the rules that can matter; the others have nothing to do with the plan (rule-index.ts). */
  readonly standings: readonly Standing[];
  /** The rules that cover a part, by effect. */
  readonly covering: Candidates;
  readonly struck: readonly RuleOf<"deny">[];
  /** Undefined where a deny struck: nobody asks what the others would have covered. */
  readonly coverage: Coverage | undefined;
  /** The ask rules that bind, by covering or on touch. */
  readonly binding: ReadonlySet<RuleOf<"ask">>;
  /** What scripts that contact others may reach beside the targets; undefined where there is no such script. */
  readonly egress: AddressSet | undefined;
}

type Covering = RuleOf<"allow" | "confirm" | "ask">;

/** Holds every rule that can matter against the plan. Throws where a set is too large to work with. */
export function judge(policy: Policy, plan: ScanPlan, situation: Situation): Judgement {
  const asked = askedOf(plan, situation);
  const index = ruleIndex(policy);
  const standings = index.candidates(asked).map((at) => standingOf(index.rule(at), asked));
  const struck: RuleOf<"deny">[] = [];
  const allow: RuleOf<"allow">[] = [];
  const confirm: RuleOf<"confirm">[] = [];
  const ask: RuleOf<"ask">[] = [];
  const binding = new Set<RuleOf<"ask">>();
  for (const { rule, failed, spared, touched } of standings) {
    if (spared) continue;
    if (touched && rule.effect === "ask") binding.add(rule);
    if (failed !== undefined) continue;
    switch (rule.effect) {
      case "deny":
        struck.push(rule);
        break;
      case "allow":
        allow.push(rule);
        break;
      case "confirm":
        confirm.push(rule);
        break;
      case "ask":
        ask.push(rule);
        break;
      default:
        unreachable(rule);
    }
  }
  const covering = { allow, confirm, ask };
  const judged = { asked, policy, standings, covering, struck, binding, egress: undefined };
  if (struck.length > 0) return { ...judged, coverage: undefined };
  const coverage = cover(asked, covering);
  for (const rule of coverage.ask) binding.add(rule);
  const judgement = { ...judged, coverage };
  return plan.scripts.some(contactsOthers) ? touchEgress(judgement) : judgement;
}

/** What scripts may reach beside the targets is contacted too: a deny that names it strikes (policy.md, Meaning 2). */
function touchEgress(judgement: Judgement): Judgement {
  const { asked, policy } = judgement;
  const egress = egressOf(usedIn(judgement).rules);
  if (egress.isEmpty) return judgement;
  const wider = { ...asked, plan: { ...asked.plan, targets: asked.plan.targets.union(egress) } };
  const index = ruleIndex(policy);
  const standings = index
    .candidates(asked, egress)
    .flatMap((at) => {
      const rule = index.rule(at);
      return rule.effect === "deny" ? [standingOf(rule, wider)] : [];
    })
    .filter(({ failed, spared }) => failed === undefined && !spared);
  const struck = standings.flatMap(({ rule }) => (rule.effect === "deny" ? [rule] : []));
  if (struck.length === 0) return { ...judgement, egress };
  const others = judgement.standings.filter(({ rule }) => !struck.some((one) => one === rule));
  return { ...judgement, egress, standings: [...others, ...standings], struck, coverage: undefined };
}

/** The rules that a decision rests on, and with which obligations (policy.md, Meaning 7). */
export function usedIn({
  asked,
  covering,
  coverage,
  binding,
}: Judgement): Used & { readonly rules: readonly Covering[] } {
  const used = { allow: covering.allow, confirm: byName(coverage?.confirm), ask: byName(binding) };
  const askCovering = used.ask.filter((rule) => covering.ask.includes(rule));
  return { ...used, rules: binds(asked, used, askCovering) };
}

/** Requirements stand in the order of names, so that moving a rule in its file changes nothing. */
function byName<R extends Rule>(rules: ReadonlySet<R> | undefined): readonly R[] {
  if (rules === undefined || rules.size === 0) return [];
  return [...rules].sort((left, right) => (left.name < right.name ? -1 : 1));
}

export function standingOf(rule: Rule, asked: Asked): Standing {
  if (rule.effect === "deny") {
    const failed = firstThatFails(rule, asked);
    return { rule, failed, spared: failed === undefined && containsPlan(rule.unless, asked), touched: false };
  }
  const touched =
    rule.effect === "ask" && rule.onTouch && touchesPlan(rule, asked) && !containsPlan(rule.unless, asked);
  let failed: Condition | undefined;
  for (const one of conditions) {
    if (!one.covers(rule, asked)) {
      failed = one;
      break;
    }
  }
  return { rule, failed, spared: false, touched };
}

function firstThatFails(scope: Scope, asked: Asked): Condition | undefined {
  for (const one of conditions) if (!one.touches(scope, asked)) return one;
  return undefined;
}

const touchesPlan = (scope: Scope, asked: Asked): boolean => firstThatFails(scope, asked) === undefined;

function containsPlan(unless: Scope | undefined, asked: Asked): boolean {
  return unless !== undefined && conditions.every((one) => one.contains(unless, asked));
}
