// The command that a denial shows: narrower than what was asked, and allowed, or at least askable. It is read, built
// and judged again as if it had been typed, so that what is shown works.
import { buildPlan } from "../core/plan/build.ts";
import type { Facts } from "../core/plan/facts.ts";
import { narrowerWords } from "../core/plan/narrower-words.ts";
import { readOptions } from "../core/plan/read-options.ts";
import type { ScanPlan } from "../core/plan/scan-plan.ts";
import type { Situation } from "../core/policy/asked.ts";
import { decide } from "../core/policy/decide.ts";
import { nearestAllowed } from "../core/policy/nearest-allowed.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { ScanAsk } from "../messages.ts";

/** Words to paste after `jit-nmap`; undefined when nothing near it would be let through. */
export function suggest(
  { words, files }: Pick<ScanAsk, "words" | "files">,
  asked: ScanPlan,
  facts: Facts,
  policy: Policy,
  situation: Situation,
): readonly string[] | undefined {
  const narrower = nearestAllowed(policy, asked, situation);
  const candidate = narrower && narrowerWords(words, asked, narrower);
  if (candidate === undefined) return undefined;
  const options = readOptions(candidate, files);
  if (!options.ok) return undefined;
  const plan = buildPlan(options.value, facts);
  if (!plan.ok) return undefined;
  return decide(policy, plan.value, situation).effect === "deny" ? undefined : candidate;
}
