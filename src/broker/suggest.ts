// The command that a denial shows: narrower than what was asked, and allowed, or at least askable. It is read, built
// and judged again as if it had been typed, so that what is shown works.
import { buildPlan } from "../core/plan/build.ts";
import { factsNeeded, type Facts } from "../core/plan/facts.ts";
import { narrowerWords, pasteable } from "../core/plan/narrower-words.ts";
import { readOptions } from "../core/plan/read-options.ts";
import type { ScanPlan } from "../core/plan/scan-plan.ts";
import { renderTargets } from "../core/plan/target-render.ts";
import type { Situation } from "../core/policy/asked.ts";
import { decide } from "../core/policy/decide.ts";
import { expandProfiles } from "../core/policy/expand-profiles.ts";
import { nearestAllowed } from "../core/policy/nearest-allowed.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { ScanAsk } from "../messages.ts";

type Line = Pick<ScanAsk, "words" | "files">;

/**
 * Words to paste after `jit-nmap`; undefined when nothing near it would be let through. A line that was a profile stays
 * one; another becomes one where a profile does no more than was asked and nothing else is let through.
 *
 * @param situation  with the profile that the line was made of.
 */
export function suggest(
  { words, files }: Line,
  asked: ScanPlan,
  facts: Facts,
  policy: Policy,
  situation: Situation,
): readonly string[] | undefined {
  const { profile, ...plain } = situation;
  if (profile !== undefined) {
    const same = ofProfile(profile, asked, facts, policy, plain);
    if (same !== undefined) return same;
  }
  const narrower = nearestAllowed(policy, asked, plain);
  const candidate = narrower && narrowerWords(words, asked, narrower);
  if (candidate !== undefined && isLetThrough({ words: candidate, ...(files && { files }) }, facts, policy, plain))
    return candidate;
  for (const name of [...policy.profiles.keys()].slice(0, mostProfiles)) {
    const other = name === profile ? undefined : ofProfile(name, asked, facts, policy, plain);
    if (other !== undefined) return other;
  }
  return undefined;
}

/** Trying more would take longer than it helps. */
const mostProfiles = 20;

/** The profile on as many of the targets as policy lets through, where it does no more than was asked. */
function ofProfile(
  name: string,
  asked: ScanPlan,
  facts: Facts,
  policy: Policy,
  plain: Situation,
): readonly string[] | undefined {
  const whole = planOf({ words: [`@${name}`, ...renderTargets(asked.targets, asked.family)] }, facts, policy);
  if (whole === undefined || !isWithin(whole.plan, asked)) return undefined;
  const near = nearestAllowed(policy, whole.plan, { ...plain, profile: name });
  if (near === undefined) return undefined;
  const words = [`@${name}`, ...renderTargets(near.targets, near.family)];
  return words.join(" ").length <= pasteable && isLetThrough({ words }, facts, policy, plain) ? words : undefined;
}

function isLetThrough(line: Line, facts: Facts, policy: Policy, plain: Situation): boolean {
  const read = planOf(line, facts, policy);
  if (read === undefined) return false;
  const named = read.profile === undefined ? {} : { profile: read.profile };
  return decide(policy, read.plan, { ...plain, ...named }).effect !== "deny";
}

/** What the line means, where the facts at hand are enough to say so. */
function planOf(
  { words, files }: Line,
  facts: Facts,
  policy: Policy,
): { readonly plan: ScanPlan; readonly profile?: string } | undefined {
  const line = expandProfiles(words, policy);
  const options = line.ok ? readOptions(line.value.words, files) : line;
  if (!line.ok || !options.ok) return undefined;
  const needed = factsNeeded(options.value);
  if ((needed.services && facts.services.length === 0) || (needed.scripts && facts.scripts.length === 0))
    return undefined;
  const plan = buildPlan(options.value, facts);
  return plan.ok ? { ...line.value, plan: plan.value } : undefined;
}

/** Whether a plan does nothing that the other does not. */
function isWithin(inner: ScanPlan, outer: ScanPlan): boolean {
  const scripts = new Set(outer.scripts.map(({ name }) => name));
  return (
    outer.targets.includes(inner.targets) &&
    outer.ports.includes(inner.ports) &&
    inner.techniques.every((technique) => outer.techniques.includes(technique)) &&
    inner.features.every((feature) => outer.features.includes(feature)) &&
    inner.scripts.every(({ name }) => scripts.has(name))
  );
}
