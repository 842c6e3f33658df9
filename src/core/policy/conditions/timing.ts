// `timing`: the fastest timing template that a covering rule takes.
import type { Condition } from "./condition.ts";

export const timing: Condition = {
  key: "timing",
  covers: (rule, asked) => rule.timing === undefined || asked.plan.timing.template <= rule.timing.maxTemplate,
  touches: () => true,
  contains: () => true,
  failed: (rule, asked) =>
    `asks -T${asked.plan.timing.template}; the rule covers -T${rule.effect === "deny" ? 5 : (rule.timing?.maxTemplate ?? 5)} at most`,
};
