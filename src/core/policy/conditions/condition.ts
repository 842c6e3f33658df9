// What a condition of a rule answers. The three questions differ on purpose (policy.md, Meaning 2): a covering rule
// takes what lies inside it, a deny strikes where it is touched, an `unless` spares only what it contains whole.
import type { Asked } from "../asked.ts";
import type { Rule, RuleOf, Scope } from "../policy.ts";

export type Covering = RuleOf<"allow" | "confirm" | "ask">;

export interface Condition {
  /** The key as a policy writes it. */
  readonly key: string;
  /** Whether the rule covers some part of what is asked, as far as this key says. */
  covers(rule: Covering, asked: Asked): boolean;
  /** Whether what is asked touches what the scope names under this key; an absent key names everything. */
  touches(scope: Scope, asked: Asked): boolean;
  /** Whether the scope contains, as far as this key says, all that is asked; an absent key contains everything. */
  contains(scope: Scope, asked: Asked): boolean;
  /** The sentence for `covers` or `touches` being false, with both sides. */
  failed(rule: Rule, asked: Asked): string;
}
