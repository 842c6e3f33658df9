// Policy's answer to a line as `check` and `policy explain` show it: the same to people and as JSON.
import { cardOf } from "../core/approval/card.ts";
import { escapeText } from "../core/escape.ts";
import { fingerprintOf } from "../core/plan/digest.ts";
import type { Decision, Requester, RuleExplanation } from "../core/policy/decision.ts";
import { networkShares } from "../core/policy/network-shares.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Problem } from "../core/result.ts";
import type { Possible } from "../core/policy/possible-again.ts";
import { formatDuration, time } from "../core/time.ts";
import type { Judged, Refusal } from "../messages.ts";
import { cardPlan } from "../core/approval/card-of-request.ts";
import { renderCard, type TextLayout } from "./card-text.ts";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { planJson, requirementJson } from "./plan-json.ts";
import { againWords } from "./again-words.ts";
import { quoteWords } from "../core/plan/quote-words.ts";
import { unreachable } from "../core/result.ts";

/** What policy said, without who may act on it. */
export type PolicyAnswer = Pick<
  Judged,
  "plan" | "planDigest" | "decision" | "held" | "tryInstead" | "again" | "warnings"
>;

/** 0 allow, 75 someone must say yes, 77 deny. */
export function answerCode(answer: Pick<PolicyAnswer, "decision"> | Refusal): number {
  if (!("decision" in answer)) return exitCodeOf(answer);
  switch (answer.decision.effect) {
    case "allow":
      return EXIT.ok;
    case "confirm":
    case "ask":
      return EXIT.waiting;
    case "deny":
      return EXIT.denied;
    default:
      return unreachable(answer.decision);
  }
}

/** The one document that scripts, editors and other programs can build on (interface.md, `check --json`). */
export function answerJson(answer: PolicyAnswer | Refusal): object {
  if (!("decision" in answer)) return errorJson("problems" in answer ? answer.problems[0] : answer.problem);
  const { decision, plan, planDigest, tryInstead, again, warnings } = answer;
  return {
    schema: 1,
    effect: decision.effect,
    planDigest,
    fingerprint: fingerprintOf(planDigest),
    plan: planJson(plan),
    requires: decision.requires.map(requirementJson),
    ...("obligations" in decision ? { obligations: decision.obligations } : {}),
    ...(decision.effect === "deny" ? { uncovered: decision.uncovered, messages: decision.messages } : {}),
    explanation: decision.explanation,
    ...(warnings === undefined ? {} : { warnings }),
    ...(tryInstead === undefined ? {} : { try: ["jit-nmap", ...tryInstead] }),
    ...(again === undefined ? {} : { again: { from: time(again.from), effect: again.effect } }),
  };
}

export function errorJson(problem: Problem | undefined): object {
  return { schema: 1, error: problem ?? { code: "unknown", message: "refused without a reason" } };
}

/** The card, what each rule says, what is uncovered or to be wary of, and the decisive line last. */
export function answerText(
  answer: PolicyAnswer & {
    readonly asked: { readonly requester: Requester; readonly reason?: string };
    /** Of the policy that answered. */
    readonly networks?: Policy["networks"];
  },
  layout: TextLayout,
): string {
  const { plan, planDigest, decision, held, tryInstead, again, warnings = [] } = answer;
  const { requester, reason } = answer.asked;
  const asked = {
    requester,
    plan,
    requires: decision.requires,
    explanation: [],
    ...(reason === undefined ? {} : { reason }),
    ...("obligations" in decision ? { obligations: decision.obligations } : {}),
    ...(held === undefined ? {} : { held }),
  };
  const parts = cardPlan(plan, planDigest);
  const networks = answer.networks === undefined ? undefined : networkShares(parts.plan.targets, answer.networks);
  const background = networks === undefined ? {} : { background: { networks } };
  const card = renderCard(cardOf({ ...asked, ...background }, parts), layout);
  const rules = decision.explanation.map(ruleText);
  const between = rules.length > 0 ? [""] : [];
  const warned = warnings.map(({ message }) => escapeText(`warning: ${message}`));
  return [card, "", ...rules, ...between, ...warned, ...answerLines(decision, tryInstead, again), ""].join("\n");
}

const ruleText = (rule: RuleExplanation): string =>
  escapeText(
    `${rule.applies ? "yes" : "no "} ${rule.effect} ${rule.rule} (${rule.file}:${rule.line}): ${rule.because}`,
  );

function answerLines(
  decision: Decision,
  tryInstead: readonly string[] | undefined,
  again: Possible | undefined,
): readonly string[] {
  switch (decision.effect) {
    case "allow":
      return [`allow: it would run at once, in a time box of ${formatDuration(decision.obligations.ttlSeconds)}`];
    case "confirm":
      return ["confirm: you would be asked to type the number of hosts"];
    case "ask": {
      const votes = decision.requires.flatMap((requirement) =>
        "votes" in requirement ? Object.entries(requirement.votes).map(([set, count]) => `${count} of ${set}`) : [],
      );
      return [escapeText(`ask: it needs the yes of ${votes.join(", and of ")}`)];
    }
    case "deny":
      return [
        ...decision.messages.map((message) => escapeText(message)),
        ...decision.uncovered.map((part) => escapeText(`no rule covers ${part}`)),
        ...(decision.policy.contact === undefined
          ? []
          : [escapeText(`about the policy ask ${decision.policy.contact}`)]),
        ...(again === undefined ? [] : [againWords(again)]),
        tryInstead === undefined
          ? "deny: nothing would run"
          : escapeText(`deny: nothing would run; try: jit-nmap ${quoteWords(tryInstead)}`),
      ];
    default:
      return unreachable(decision);
  }
}
