// From words to policy's answer: literal options, then facts, then the plan, then the decision. Records nothing.
import { buildPlan } from "../core/plan/build.ts";
import { digestOf } from "../core/plan/digest.ts";
import { toDocument } from "../core/plan/document.ts";
import { enforceRate } from "../core/plan/enforce.ts";
import { factsNeeded } from "../core/plan/facts.ts";
import { readOptions } from "../core/plan/read-options.ts";
import { decide } from "../core/policy/decide.ts";
import type { Decision } from "../core/policy/decision.ts";
import type { Effects, FactsProblem } from "../effects.ts";
import type { Judged, Refusal, ScanAsk } from "../messages.ts";
import { suggest } from "./suggest.ts";

/**
 * What policy says about a line. The plan in the answer is the one that would run, obligations written into it; of the
 * explanation there is what the record keeps.
 */
export async function judge(ask: ScanAsk, fx: Effects): Promise<Judged | Refusal> {
  const answer = await judgeWhole(ask, fx);
  return answer.kind === "judged" ? { ...answer, decision: kept(answer.decision) } : answer;
}

/** As `judge`, with every rule in the explanation. */
export async function judgeWhole(ask: ScanAsk, fx: Effects): Promise<Judged | Refusal> {
  const options = readOptions(ask.words, ask.files);
  if (!options.ok) return { kind: "not-understood", problem: options.error };
  const facts = await fx.facts.find(factsNeeded(options.value));
  if (!facts.ok) return refusalOf(facts.error);
  const asked = buildPlan(options.value, facts.value);
  if (!asked.ok) return { kind: "not-understood", problem: asked.error };
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };

  const situation = { requester: ask.requester, now: fx.clock.now() };
  const decision = decide(policy.value, asked.value, situation);
  if (decision.effect === "deny") {
    const tryInstead = suggest(ask, asked.value, facts.value, policy.value, situation);
    const denied = { ask, plan: toDocument(asked.value), planDigest: digestOf(asked.value), decision };
    return { kind: "judged", ...denied, ...(tryInstead !== undefined && { tryInstead }) };
  }
  const plan = enforceRate(asked.value, decision.obligations.enforce.maxRate);
  return { kind: "judged", ask, plan: toDocument(plan), planDigest: digestOf(plan), decision };
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
  }
}

/** How many rules that did not apply a denial keeps as its reasons: a policy may have ten thousand. */
const keptReasons = 100;

/** What the record keeps of the explanation: the rules that applied, and for a denial also why the others did not. */
function kept(decision: Decision): Decision {
  const applied = decision.explanation.filter((rule) => rule.applies);
  if (decision.effect !== "deny") return { ...decision, explanation: applied };
  const others = decision.explanation.filter((rule) => !rule.applies).slice(0, keptReasons);
  return { ...decision, explanation: [...applied, ...others] };
}
