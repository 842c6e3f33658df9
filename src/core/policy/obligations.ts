// What must be done if it runs (policy.md, Meaning 7): the strictest of all rules used.
import type { Asked } from "./asked.ts";
import { coversWhole } from "./coverage.ts";
import type { Obligations } from "./decision.ts";
import type { RuleOf } from "./policy.ts";

/** The rules that a decision rests on. */
export interface Used {
  readonly allow: readonly RuleOf<"allow">[];
  readonly confirm: readonly RuleOf<"confirm">[];
  /** Those that bind, by covering or on touch: when it runs, they were approved. */
  readonly ask: readonly RuleOf<"ask">[];
}

/**
 * @param askCovering  those of `used.ask` whose conditions for covering hold; where they cover the whole plan, the
 *   obligations of the ask rules are the only ones.
 */
export function obligationsOf(asked: Asked, used: Used, askCovering: readonly RuleOf<"ask">[]): Obligations {
  const alone = askCovering.length > 0 && coversWhole(asked, askCovering);
  return strictest(alone ? used.ask : [...used.allow, ...used.confirm, ...used.ask]);
}

function strictest(rules: readonly RuleOf<"allow" | "confirm" | "ask">[]): Obligations {
  const rates = rules.flatMap(({ enforce }) => (enforce.maxRate === undefined ? [] : [enforce.maxRate]));
  return {
    ttlSeconds: Math.min(...rules.map((rule) => rule.ttlSeconds)),
    enforce: rates.length === 0 ? {} : { maxRate: Math.min(...rates) },
  };
}
