// `limits`: how much. A rule over its limit no longer covers; a rule that binds on touch binds all the same (decide.ts).
import type { Asked } from "../asked.ts";
import { limitUse, overLimit } from "../limits.ts";
import type { Limits, Rule } from "../policy.ts";
import type { Condition } from "./condition.ts";

const noRuns = [] as const;

/** What is too much, in words; undefined where there is room. */
export function exceeded(rule: Rule, asked: Asked): string | undefined {
  if (rule.effect === "deny" || rule.limits === undefined) return undefined;
  return hosts(rule.limits, asked) ?? counted(rule.name, rule.limits, asked);
}

function hosts(limits: Limits, { plan }: Asked): string | undefined {
  if (limits.hosts === undefined || plan.targets.size <= BigInt(limits.hosts)) return undefined;
  return `asks ${plan.targets.size.toString()} hosts; the rule takes ${limits.hosts} at a time`;
}

function counted(name: string, limits: Limits, { plan, requester, now, history }: Asked): string | undefined {
  const use = limitUse(name, limits);
  if (use === undefined) return undefined;
  const asking = { requester: requester.name, now, probes: plan.estimate.probes, targets: plan.targets };
  return overLimit(use, history ?? noRuns, asking);
}

export const limits: Condition = {
  key: "limits",
  covers: (rule, asked) => exceeded(rule, asked) === undefined,
  touches: () => true,
  contains: () => true,
  failed: (rule, asked) => exceeded(rule, asked) ?? "within its limits",
};
