// From words to policy's answer: literal options, then facts, then the plan, then the decision. Records nothing.
import { aboveCeiling } from "../core/confinement/ceiling.ts";
import { reachOf } from "../core/confinement/reach.ts";
import { buildPlan } from "../core/plan/build.ts";
import { digestOf } from "../core/plan/digest.ts";
import { fromDocument, toDocument } from "../core/plan/document.ts";
import { enforceRate } from "../core/plan/enforce.ts";
import { factsNeeded } from "../core/plan/facts.ts";
import { readOptions } from "../core/plan/read-options.ts";
import type { RequestId } from "../core/approval/request.ts";
import type { Situation } from "../core/policy/asked.ts";
import { decide, nearlyCovering, recorded } from "../core/policy/decide.ts";
import { expandProfiles, namesProfile } from "../core/policy/expand-profiles.ts";
import type { ExpandedLine } from "../core/policy/expand-profiles.ts";
import { historyNeeded } from "../core/policy/limits.ts";
import type { Policy } from "../core/policy/policy.ts";
import { possibleAgain } from "../core/policy/possible-again.ts";
import { unreachable, type Problem } from "../core/result.ts";
import { warningsOf } from "../core/policy/warnings.ts";
import type { Effects, FactsProblem } from "../effects.ts";
import type { Judged, Refusal, ScanAsk } from "../messages.ts";
import { suggest } from "./suggest.ts";

/**
 * What policy says about a line. The plan in the answer is the one that would run, obligations written into it; of the
 * explanation there is what the record keeps.
 */
export async function judge(ask: ScanAsk, fx: Effects): Promise<Judged | Refusal> {
  const answer = await judgeWhole(ask, fx);
  const above = answer.kind === "judged" ? await forbiddenHere(answer, fx) : undefined;
  if (above !== undefined) return { kind: "misconfigured", problems: [above] };
  return answer.kind === "judged" ? { ...answer, decision: recorded(answer.decision, keptReasons) } : answer;
}

/** Nobody is asked about what this machine's ceiling forbids; the runner refuses it all the same. */
async function forbiddenHere(
  { decision, plan, ask }: Judged,
  fx: Pick<Effects, "runner">,
): Promise<Problem | undefined> {
  const { ceiling } = await fx.runner.level();
  if (ceiling === undefined || decision.effect === "deny") return undefined;
  const { egress = [], ttlSeconds } = decision.obligations;
  const asked = fromDocument(plan);
  return aboveCeiling(asked, reachOf(asked, egress), Math.min(ttlSeconds, ask.ttlSeconds ?? ttlSeconds), ceiling);
}

/** As `judge`, with every rule in the explanation. */
export async function judgeWhole(ask: ScanAsk, fx: Effects): Promise<Judged | Refusal> {
  const line = await expanded(ask.words, fx);
  if ("kind" in line) return line;
  const { words, profile } = line;
  const options = readOptions(words, ask.files);
  if (!options.ok) return { kind: "not-understood", problem: options.error };
  const facts = await fx.facts.find(factsNeeded(options.value));
  if (!facts.ok) return refusalOf(facts.error);
  const asked = buildPlan(options.value, facts.value);
  if (!asked.ok) return { kind: "not-understood", problem: asked.error };
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };

  const now = fx.clock.now();
  const { level, because, noOwnScripts } = await fx.runner.level();
  const situation = { requester: ask.requester, now, level, ...(await historyFor(policy.value, now, fx)) };
  const named = { ...(profile !== undefined && { profile }) };
  const decision = decide(policy.value, asked.value, { ...situation, ...named });
  if (decision.effect === "deny") {
    const tryInstead = suggest({ ...ask, words }, asked.value, facts.value, policy.value, { ...situation, ...named });
    const denied = { ask, ...named, plan: toDocument(asked.value), planDigest: digestOf(asked.value), decision };
    const nearly = nearlyCovering(decision, shownMisses);
    const again = possibleAgain(policy.value, asked.value, { ...situation, ...named });
    const hints = { ...(tryInstead !== undefined && { tryInstead }), ...(again !== undefined && { again }), nearly };
    return { kind: "judged", ...denied, ...hints };
  }
  // Nobody is asked about what can't run.
  if (asked.value.ownScripts !== undefined && noOwnScripts !== undefined)
    return { kind: "unavailable", problem: noOwnScripts };
  const plan = enforceRate(asked.value, decision.obligations.enforce.maxRate);
  const warnings = warningsOf(plan, decision, level, ask.ttlSeconds, asked.value.timing);
  const warned = warnings.length === 0 ? {} : { warnings };
  const held = { level, ...(because !== undefined && { because }) };
  return {
    kind: "judged",
    ask,
    ...named,
    plan: toDocument(plan),
    planDigest: digestOf(plan),
    decision,
    held,
    ...warned,
  };
}

/** The line as nmap's rules read it: only a profile's name needs the policy for that. */
async function expanded(words: readonly string[], fx: Pick<Effects, "policy">): Promise<ExpandedLine | Refusal> {
  if (!namesProfile(words)) return { words };
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
  const line = expandProfiles(words, policy.value);
  return line.ok ? line.value : { kind: "not-understood", problem: line.error };
}

/** Why nothing can run on this machine. */
export function refusalOf(problem: FactsProblem): Refusal {
  switch (problem.code) {
    case "nmap-missing":
      return { kind: "not-found", problem };
    case "nmap-unusable":
      return { kind: "cannot-execute", problem };
    case "nmap-too-old":
    case "nmap-data-unreadable":
      return { kind: "misconfigured", problems: [problem] };
    default:
      return unreachable(problem.code);
  }
}

/** How many rules that did not apply a denial keeps as its reasons: a policy may have ten thousand. */
const keptReasons = 100;

/** How many rules a denial names that would have covered but for one condition. */
const shownMisses = 3;

/** What was done before under the rules' limits, where they have any. */
export async function historyFor(
  policy: Policy,
  now: number,
  fx: Pick<Effects, "store">,
  except?: RequestId,
): Promise<Pick<Situation, "history">> {
  const need = historyNeeded(policy, now);
  return need === undefined ? {} : { history: await fx.store.history(need, now, except) };
}
