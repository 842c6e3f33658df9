// The decision: every rule is held against the plan, all reasons are kept, and what the rules do not cover is denied.
// Pure and without an order among rules (policy.md, Meaning).
import type { ScanPlan } from "../plan/scan-plan.ts";
import { asked as askedOf } from "./asked.ts";
import type { Asked, Situation } from "./asked.ts";
import type { Condition } from "./conditions/condition.ts";
import { unheld } from "./conditions/enforcement.ts";
import { conditions } from "./conditions/index.ts";
import { exceeded } from "./conditions/limits.ts";
import { cover } from "./coverage.ts";
import type { Coverage } from "./coverage.ts";
import type { Decision, PolicyReference, Requirement, RuleExplanation } from "./decision.ts";
import { explain, explainApplying, explainOthers } from "./explain.ts";
import { binds, egressOf, obligationsOf } from "./obligations.ts";
import type { Used } from "./obligations.ts";
import { contactsOthers } from "./ordinary.ts";
import type { Policy, Rule, RuleOf, Scope } from "./policy.ts";
import { ruleIndex } from "./rule-index.ts";
import type { AddressSet } from "../sets/address-set.ts";
import { unreachable } from "../result.ts";
import { partWords } from "./words.ts";

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
  /** Of the rules that can matter; the others touch none of the targets. */
  readonly standings: readonly Standing[];
  readonly struck: readonly RuleOf<"deny">[];
  /** Undefined where a deny struck: nobody asks what the others would have covered. */
  readonly coverage: Coverage | undefined;
  /** The ask rules that bind, by covering or on touch. */
  readonly binding: ReadonlySet<RuleOf<"ask">>;
  /** What scripts that contact others may reach beside the targets; undefined where there is no such script. */
  readonly egress: AddressSet | undefined;
}

type Covering = RuleOf<"allow" | "confirm" | "ask">;

/**
 * Decides whether a plan may run, needs a confirmation or an approval first, or is refused.
 *
 * Every rule is evaluated even after a deny, so that the explanation can name all reasons. No rule that covers, or a
 * rule that cannot be evaluated, is a deny. The explanation is worked out when it is first read.
 *
 * Source: policy.md, Meaning; deny-overrides as in XACML 3.0 appendix C. Differs from Cedar, which skips a rule that errors.
 */
export function decide(policy: Policy, plan: ScanPlan, situation: Situation): Decision {
  const reference: PolicyReference = {
    digest: policy.digest,
    ...(policy.contact === undefined ? {} : { contact: policy.contact }),
  };
  try {
    return decisionFrom(judge(policy, plan, situation), reference);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return {
      effect: "deny",
      policy: reference,
      requires: [],
      uncovered: [],
      messages: [`the policy can't be evaluated for this plan: ${because}`],
      explanation: [],
    };
  }
}

/** Holds every rule that can matter against the plan. Throws where a set is too large to work with. */
export function judge(policy: Policy, plan: ScanPlan, situation: Situation): Judgement {
  const asked = askedOf(plan, situation);
  const index = ruleIndex(policy);
  const standings = index.candidates(plan.targets).map((at) => standingOf(index.rule(at), asked));
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
  const judged = { asked, policy, standings, binding, egress: undefined };
  if (struck.length > 0) return { ...judged, struck, coverage: undefined };
  const coverage = cover(asked, { allow, confirm, ask });
  for (const rule of coverage.ask) binding.add(rule);
  if (!plan.scripts.some(contactsOthers)) return { ...judged, struck, coverage };
  return touchEgress({ ...judged, struck, coverage });
}

/** What scripts may reach beside the targets is contacted too: a deny that names it strikes (policy.md, Meaning 2). */
function touchEgress(judgement: Judgement): Judgement {
  const { asked, policy } = judgement;
  const egress = egressOf(usedIn(judgement).rules);
  if (egress.isEmpty) return judgement;
  const wider = { ...asked, plan: { ...asked.plan, targets: asked.plan.targets.union(egress) } };
  const index = ruleIndex(policy);
  const standings = index
    .candidates(egress)
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
function usedIn({ asked, standings, coverage, binding }: Judgement): Used & { readonly rules: readonly Covering[] } {
  const covering = standings.flatMap(({ rule, failed, spared }) => (failed === undefined && !spared ? [rule] : []));
  const allow = covering.filter((rule) => rule.effect === "allow");
  const confirm = byName(coverage?.confirm ?? new Set<RuleOf<"confirm">>());
  const ask = byName(binding);
  const askCovering = ask.filter((rule) => covering.includes(rule));
  return { allow, confirm, ask, rules: binds(asked, { allow, confirm, ask }, askCovering) };
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

function decisionFrom(judgement: Judgement, policy: PolicyReference): Decision {
  const { asked, struck, coverage } = judgement;
  const deny = (uncovered: readonly string[], unmet: readonly string[] = []): Decision =>
    explained(judgement, policy, {
      effect: "deny",
      requires: [],
      uncovered,
      messages: [...struck.flatMap((rule) => (rule.message === undefined ? [] : [rule.message])), ...unmet],
    });
  if (coverage === undefined) return deny([]);
  if (asked.plan.targets.isEmpty) return deny(["no target"]);
  if (coverage.uncovered.length > 0) return deny(coverage.uncovered.map((part) => partWords(part.targets, part.ports)));

  const { confirm, ask, rules } = usedIn(judgement);
  const unmet = ask.flatMap((rule) => {
    const because = unheld(rule, asked) ?? exceeded(rule, asked);
    return because === undefined ? [] : [`the rule ${rule.name} binds, but ${because}`];
  });
  if (unmet.length > 0) return deny([], unmet);
  const obligations = obligationsOf(asked, rules);
  if (confirm.length === 0 && ask.length === 0) {
    return explained(judgement, policy, { effect: "allow", requires: [], obligations });
  }
  const requires = [...confirm.map((rule): Requirement => ({ rule: rule.name, confirm: true })), ...ask.map(approval)];
  return explained(judgement, policy, { effect: ask.length > 0 ? "ask" : "confirm", requires, obligations });
}

type Answer = Decision extends infer D ? (D extends D ? Omit<D, "policy" | "explanation"> : never) : never;

/** An answer with its explanation, which is worked out when it is first read: most allowed scans show none. */
function explained<A extends Answer>(judgement: Judgement, policy: PolicyReference, answer: A) {
  let explanation: readonly RuleExplanation[] | undefined;
  const decision = {
    ...answer,
    policy,
    get explanation() {
      return (explanation ??= explain(judgement));
    },
  };
  sources.set(decision, { judgement, answer });
  return decision;
}

// A decision is plain data for everybody else: what it was made from stays here.
const sources = new WeakMap<object, { readonly judgement: Judgement; readonly answer: Answer }>();

/**
 * The decision as it is put on record: with the rules that applied, and for a denial also why others did not, at most
 * so many of them. Of ten thousand rules, those that have nothing to do with it are then never looked at.
 */
export function recorded(decision: Decision, mostOthers: number): Decision {
  const source = sources.get(decision);
  const isDeny = decision.effect === "deny";
  if (source === undefined) {
    const applied = decision.explanation.filter(({ applies }) => applies);
    const others = decision.explanation.filter(({ applies }) => !applies).slice(0, isDeny ? mostOthers : 0);
    return { ...decision, explanation: [...applied, ...others] };
  }
  const { judgement, answer } = source;
  const others = isDeny ? explainOthers(judgement, mostOthers) : [];
  return { ...answer, policy: decision.policy, explanation: [...explainApplying(judgement), ...others] };
}

function approval(rule: RuleOf<"ask">): Requirement {
  const { votes, via, answerWithinSeconds, startWithinSeconds, reason } = rule.ask;
  const { strength } = rule;
  return {
    rule: rule.name,
    votes: Object.fromEntries(votes),
    via,
    answerWithinSeconds,
    startWithinSeconds,
    ...(reason === undefined ? {} : { reason }),
    ...(strength === undefined ? {} : { strength }),
  };
}

/** Requirements stand in the order of names, so that moving a rule in its file changes nothing. */
function byName<R extends Rule>(rules: ReadonlySet<R>): readonly R[] {
  return [...rules].sort((left, right) => (left.name < right.name ? -1 : 1));
}
