// How a lint names the rule that it doubts.
import type { Problem } from "../result.ts";
import type { Rule } from "./policy.ts";

export function suspicion(rule: Rule, code: string, message: string, hint?: string): Problem {
  const at = { file: rule.at.file, line: rule.at.line, column: 1 };
  return {
    code: `lint-${code}`,
    message: `rule ${rule.name}: ${message}`,
    at,
    ...(hint === undefined ? {} : { hint }),
  };
}
