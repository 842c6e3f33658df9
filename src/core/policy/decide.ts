// The decision: every rule is held against the plan, all reasons are kept, and what the rules do not cover is denied.
// Pure and without an order among rules (policy.md, Meaning).
import type { ScanPlan } from "../plan/scan-plan.ts";
import { asked as askedOf } from "./asked.ts";
import type { Asked, Situation } from "./asked.ts";
import type { Condition } from "./conditions/condition.ts";
import { conditions } from "./conditions/index.ts";
import { cover } from "./coverage.ts";
import type { Coverage } from "./coverage.ts";
import type { Decision, PolicyReference, Requirement, RuleExplanation } from "./decision.ts";
import { explain } from "./explain.ts";
import { obligationsOf } from "./obligations.ts";
import type { Policy, Rule, RuleOf, Scope } from "./policy.ts";
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
  readonly standings: readonly Standing[];
  readonly struck: readonly RuleOf<"deny">[];
  /** Undefined where a deny struck: nobody asks what the others would have covered. */
  readonly coverage: Coverage | undefined;
  /** The ask rules that bind, by covering or on touch. */
  readonly binding: ReadonlySet<RuleOf<"ask">>;
}

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

/** Holds every rule against the plan. Throws where a set is too large to work with. */
export function judge(policy: Policy, plan: ScanPlan, situation: Situation): Judgement {
  const asked = askedOf(plan, situation);
  const standings = policy.rules.map((rule) => standingOf(rule, asked));
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
  if (struck.length > 0) return { asked, standings, struck, coverage: undefined, binding };
  const coverage = cover(asked, { allow, confirm, ask });
  for (const rule of coverage.ask) binding.add(rule);
  return { asked, standings, struck, coverage, binding };
}

function standingOf(rule: Rule, asked: Asked): Standing {
  if (rule.effect === "deny") {
    const failed = conditions.find((one) => !one.touches(rule, asked));
    return { rule, failed, spared: failed === undefined && containsPlan(rule.unless, asked), touched: false };
  }
  const touched =
    rule.effect === "ask" &&
    rule.onTouch &&
    conditions.every((one) => one.touches(rule, asked)) &&
    !containsPlan(rule.unless, asked);
  return { rule, failed: conditions.find((one) => !one.covers(rule, asked)), spared: false, touched };
}

function containsPlan(unless: Scope | undefined, asked: Asked): boolean {
  return unless !== undefined && conditions.every((one) => one.contains(unless, asked));
}

function decisionFrom(judgement: Judgement, policy: PolicyReference): Decision {
  const { asked, standings, struck, coverage, binding } = judgement;
  const deny = (uncovered: readonly string[]): Decision =>
    explained(judgement, policy, {
      effect: "deny",
      requires: [],
      uncovered,
      messages: struck.flatMap((rule) => (rule.message === undefined ? [] : [rule.message])),
    });
  if (coverage === undefined) return deny([]);
  if (asked.plan.targets.isEmpty) return deny(["no target"]);
  if (coverage.uncovered.length > 0) return deny(coverage.uncovered.map((part) => partWords(part.targets, part.ports)));

  const covering = standings.filter(({ failed, spared }) => failed === undefined && !spared).map(({ rule }) => rule);
  const allow = covering.filter((rule) => rule.effect === "allow");
  const confirm = byName(coverage.confirm);
  const ask = byName(binding);
  const askCovering = ask.filter((rule) => covering.includes(rule));
  const obligations = obligationsOf(asked, { allow, confirm, ask }, askCovering);
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
  return {
    ...answer,
    policy,
    get explanation() {
      return (explanation ??= explain(judgement));
    },
  };
}

function approval(rule: RuleOf<"ask">): Requirement {
  const { votes, via, answerWithinSeconds, startWithinSeconds, reason } = rule.ask;
  return {
    rule: rule.name,
    votes: Object.fromEntries(votes),
    via,
    answerWithinSeconds,
    startWithinSeconds,
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Requirements stand in the order of names, so that moving a rule in its file changes nothing. */
function byName<R extends Rule>(rules: ReadonlySet<R>): readonly R[] {
  return [...rules].sort((left, right) => (left.name < right.name ? -1 : 1));
}
