// `timing`: the fastest timing template that a covering rule takes. A scan that typed numbers make faster than its
// template counts as the template that it is as fast as.
import { paceOf, type Pace } from "../../plan/pace.ts";
import type { Asked } from "../asked.ts";
import type { Rule } from "../policy.ts";
import type { Condition } from "./condition.ts";

function paceUnder(rule: Rule, { plan }: Asked): Pace {
  return paceOf(plan.timing, rule.effect !== "deny" && rule.enforce.maxRate !== undefined);
}

export const timing: Condition = {
  key: "timing",
  covers: (rule, asked) => rule.timing === undefined || paceUnder(rule, asked).template <= rule.timing.maxTemplate,
  touches: () => true,
  contains: () => true,
  failed: (rule, asked) => {
    const { template, by } = paceUnder(rule, asked);
    const asks = by === undefined ? `-T${template}` : `${by}, as fast as -T${template}`;
    return `asks ${asks}; the rule covers -T${rule.effect === "deny" ? 5 : (rule.timing?.maxTemplate ?? 5)} at most`;
  },
};
