// `enforcement`: what must hold the session. What this installation can't hold, the rule does not cover.
import { unreachable } from "../../result.ts";
import type { Asked } from "../asked.ts";
import type { Rule } from "../policy.ts";
import type { Condition } from "./condition.ts";

/** What is missing, in words; undefined where the session would be held as the rule wants. */
export function unheld(rule: Rule, { plan, level = "advisory" }: Asked): string | undefined {
  if (rule.effect === "deny" || rule.enforcement === undefined) return undefined;
  switch (rule.enforcement) {
    case "required":
      return level === "enforced"
        ? undefined
        : `sessions here are ${level}; the rule requires enforced ones, which nmap can't leave`;
    case "unprivileged":
      return plan.privileged ? "asks raw sockets; the rule takes unprivileged scans only (--unprivileged)" : undefined;
    case "arguments-only":
      return undefined;
    default:
      return unreachable(rule.enforcement);
  }
}

export const enforcement: Condition = {
  key: "enforcement",
  covers: (rule, asked) => unheld(rule, asked) === undefined,
  touches: () => true,
  contains: () => true,
  failed: (rule, asked) => unheld(rule, asked) ?? "held as the rule wants",
};
