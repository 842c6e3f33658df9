// `jit-nmap check ARGS`: what would happen and who must approve. Records and runs nothing.
import { createInterface } from "node:readline";
import { cardOf } from "../../core/approval/card.ts";
import { escapeText } from "../../core/escape.ts";
import { fingerprintOf } from "../../core/plan/digest.ts";
import type { Decision, RuleExplanation } from "../../core/policy/decision.ts";
import type { Problem } from "../../core/result.ts";
import { formatDuration } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import type { Judged, Refusal } from "../../messages.ts";
import { check } from "../../pipeline.ts";
import { cardPlan, renderCard } from "../card-text.ts";
import { EXIT, exitCodeOf } from "../exit-code.ts";
import { outputLayout } from "../output-layout.ts";
import { writeOut } from "../output.ts";
import { takeOwnOptions } from "../own-options.ts";
import { jsonText } from "../json-text.ts";
import { planJson, requirementJson } from "../plan-json.ts";
import { quoteWords } from "../quote-words.ts";
import { askOf } from "../scan.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { CommandContext, RunCommand } from "./index.ts";

const flags: ReadonlySet<string> = new Set(["--json", "--stdin"]);

const usage = `usage: jit-nmap check [--json] ARGS...
       jit-nmap check --json --stdin     one JSON array of arguments a line, one object a line

Says what would happen to this scan and who must approve it; runs nothing.
Exit code: 0 allowed, 75 someone must say yes, 77 denied, 64 not understood. With --stdin always 0.
`;

export const run: RunCommand = async (context) => {
  const taken = takeOwnOptions(context.args, flags);
  if (!taken.ok) return tellProblem(taken.error);
  const { words, own } = taken.value;
  const json = own.flags.has("--json");
  if (own.help || (words.length === 1 && (words[0] === "--help" || words[0] === "-h"))) {
    writeOut(usage);
    return EXIT.ok;
  }
  if (own.flags.has("--stdin")) {
    if (json && words.length === 0) return checkLines(context);
    return tellProblem({ code: "check-usage", message: "--stdin goes with --json and without arguments" });
  }
  if (words.length === 0) {
    return tellProblem({ code: "check-usage", message: "nothing to check", hint: "jit-nmap check --help" });
  }
  const fx = await context.effects();
  const answer = await check(askOf(taken.value, fx), fx);
  if (json) {
    writeOut(jsonText(answerJson(answer)));
    return codeOf(answer);
  }
  if (answer.kind !== "judged") return tellOutcome(answer);
  writeOut(answerText(answer, context));
  return codeOf(answer);
};

function codeOf(answer: Judged | Refusal): number {
  if (answer.kind !== "judged") return exitCodeOf(answer);
  switch (answer.decision.effect) {
    case "allow":
      return EXIT.ok;
    case "confirm":
    case "ask":
      return EXIT.waiting;
    case "deny":
      return EXIT.denied;
  }
}

/** Many checks in one process: a line that is no array of strings gets an error object in its place. */
async function checkLines({ effects }: CommandContext): Promise<number> {
  const fx = await effects();
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    writeOut(jsonText(await lineAnswer(line, fx), "compact"));
  }
  return EXIT.ok;
}

async function lineAnswer(line: string, fx: Effects): Promise<object> {
  const words = stringsOf(line);
  if (words === undefined) {
    return errorJson({ code: "not-an-array", message: "a line must be one JSON array of strings" });
  }
  const taken = takeOwnOptions(words);
  if (!taken.ok) return errorJson(taken.error);
  return answerJson(await check(askOf(taken.value, fx), fx));
}

function stringsOf(line: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && value.every((word) => typeof word === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The one document that scripts, editors and other programs can build on (interface.md, `check --json`). */
export function answerJson(answer: Judged | Refusal): object {
  if (answer.kind !== "judged") return errorJson("problems" in answer ? answer.problems[0] : answer.problem);
  const { decision, plan, planDigest, tryInstead } = answer;
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
    ...(tryInstead === undefined ? {} : { try: ["jit-nmap", ...tryInstead] }),
  };
}

function errorJson(problem: Problem | undefined): object {
  return { schema: 1, error: problem ?? { code: "unknown", message: "refused without a reason" } };
}

function answerText({ ask, plan, planDigest, decision, tryInstead }: Judged, { environment }: CommandContext): string {
  const { requester, reason } = ask;
  const asked = {
    requester,
    plan,
    requires: decision.requires,
    explanation: [],
    ...(reason === undefined ? {} : { reason }),
    ...("obligations" in decision ? { obligations: decision.obligations } : {}),
  };
  const card = renderCard(cardOf(asked, cardPlan(plan, planDigest)), outputLayout(environment));
  const rules = decision.explanation.map(ruleText);
  return [card, "", ...rules, ...(rules.length > 0 ? [""] : []), ...answerLines(decision, tryInstead), ""].join("\n");
}

const ruleText = (rule: RuleExplanation): string =>
  escapeText(
    `${rule.applies ? "yes" : "no "} ${rule.effect} ${rule.rule} (${rule.file}:${rule.line}): ${rule.because}`,
  );

/** The decisive line last. */
function answerLines(decision: Decision, tryInstead: readonly string[] | undefined): readonly string[] {
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
        tryInstead === undefined
          ? "deny: nothing would run"
          : escapeText(`deny: nothing would run; try: jit-nmap ${quoteWords(tryInstead)}`),
      ];
  }
}
