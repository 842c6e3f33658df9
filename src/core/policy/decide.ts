// The decision: every rule is held against the plan, all reasons are kept, and what the rules do not cover is denied.
// Pure and without an order among rules (policy.md, Meaning).
import type { ScanPlan } from "../plan/scan-plan.ts";
import type { Situation } from "./asked.ts";
import { unheld } from "./conditions/enforcement.ts";
import { exceeded } from "./conditions/limits.ts";
import type { Decision, Effect, Obligations, PolicyReference, Requirement, RuleExplanation } from "./decision.ts";
import { explain, explainApplying, explainOthers, nearMisses } from "./explain.ts";
import { judge, usedIn } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import { notifyOf, obligationsOf } from "./obligations.ts";
import type { Policy, RuleOf } from "./policy.ts";
import { partWords } from "./words.ts";

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
    files: policy.files,
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

function decisionFrom(judgement: Judgement, policy: PolicyReference): Decision {
  const { asked, struck, coverage } = judgement;
  const deny = (uncovered: readonly string[], unmet: readonly string[] = []): Decision => {
    const messages = [...struck.flatMap((rule) => (rule.message === undefined ? [] : [rule.message])), ...unmet];
    return new Denied(judgement, policy, uncovered, messages);
  };
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
  if (confirm.length === 0 && ask.length === 0) return new Passed(judgement, policy, "allow", nobody, obligations);
  const requires = [...confirm.map((rule): Requirement => ({ rule: rule.name, confirm: true })), ...ask.map(approval)];
  return new Passed(judgement, policy, ask.length > 0 ? "ask" : "confirm", requires, obligations);
}

const nobody = [] as const;

function approval(rule: RuleOf<"ask">): Requirement {
  const { votes, via, answerWithinSeconds, startWithinSeconds, reason } = rule.ask;
  const { strength, breakGlass } = rule;
  return {
    rule: rule.name,
    votes: Object.fromEntries(votes),
    via,
    answerWithinSeconds,
    startWithinSeconds,
    ...(reason === undefined ? {} : { reason }),
    ...(strength === undefined ? {} : { strength }),
    ...(breakGlass === undefined ? {} : { breakGlass }),
  };
}

/**
 * An answer with its explanation, which is worked out when it is first read: most allowed scans show none. A class, and
 * not an object with a getter, because a scanning service decides a hundred thousand times a second.
 */
abstract class Decided {
  abstract readonly effect: Effect;
  readonly policy: PolicyReference;
  readonly #judgement: Judgement;
  #explanation: readonly RuleExplanation[] | undefined;

  constructor(judgement: Judgement, policy: PolicyReference) {
    this.policy = policy;
    this.#judgement = judgement;
  }

  get explanation(): readonly RuleExplanation[] {
    return (this.#explanation ??= explain(this.#judgement));
  }

  /** What a decision was made from; a decision is plain data for everybody outside this file. */
  static judgementOf(decision: object): Judgement | undefined {
    return #judgement in decision ? decision.#judgement : undefined;
  }

  abstract with(explanation: readonly RuleExplanation[]): Decision;

  toJSON(): Decision {
    return this.with(this.explanation);
  }
}

class Passed<E extends Exclude<Effect, "deny">, R extends readonly Requirement[]> extends Decided {
  readonly effect: E;
  readonly requires: R;
  readonly obligations: Obligations;

  constructor(judgement: Judgement, policy: PolicyReference, effect: E, requires: R, obligations: Obligations) {
    super(judgement, policy);
    this.effect = effect;
    this.requires = requires;
    this.obligations = obligations;
  }

  with(explanation: readonly RuleExplanation[]): Decision {
    const { effect, requires, obligations, policy } = this;
    return { effect, requires, obligations, policy, explanation } as Decision;
  }
}

class Denied extends Decided {
  readonly effect = "deny";
  readonly requires = nobody;
  readonly uncovered: readonly string[];
  readonly messages: readonly string[];

  constructor(
    judgement: Judgement,
    policy: PolicyReference,
    uncovered: readonly string[],
    messages: readonly string[],
  ) {
    super(judgement, policy);
    this.uncovered = uncovered;
    this.messages = messages;
  }

  with(explanation: readonly RuleExplanation[]): Decision {
    const { effect, requires, uncovered, messages, policy } = this;
    const notify = notifyOf(Decided.judgementOf(this)?.struck ?? []);
    const told = notify === undefined ? {} : { notify };
    return { effect, requires, uncovered, messages, ...told, policy, explanation };
  }
}

/** The rules that came nearest to covering what a denial calls uncovered, at most so many; none for any other answer. */
export function nearlyCovering(decision: Decision, most: number): readonly RuleExplanation[] {
  if (decision.effect !== "deny" || decision.uncovered.length === 0) return [];
  const judgement = Decided.judgementOf(decision);
  return judgement === undefined ? [] : nearMisses(judgement, most);
}

/**
 * The decision as it is put on record, plain data: with the rules that applied, and for a denial also why others did
 * not, at most so many of them. Of ten thousand rules, those that have nothing to do with it are then never looked at.
 */
export function recorded(decision: Decision, mostOthers: number): Decision {
  const isDeny = decision.effect === "deny";
  const judgement = Decided.judgementOf(decision);
  if (judgement === undefined) {
    const applied = decision.explanation.filter(({ applies }) => applies);
    const others = decision.explanation.filter(({ applies }) => !applies).slice(0, isDeny ? mostOthers : 0);
    return { ...decision, explanation: [...applied, ...others] };
  }
  const others = isDeny ? explainOthers(judgement, mostOthers) : [];
  return (decision as Decision & Decided).with([...explainApplying(judgement), ...others]);
}
