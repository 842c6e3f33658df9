// A policy as English sentences, one for every rule: what a security lead reads and signs off. Nothing is cut here that
// somebody typed.
import { escapeText } from "../escape.ts";
import { formatDuration } from "../time.ts";
import type { AskTerms, Policy, Rule } from "./policy.ts";
import { nameLines } from "./read-aloud-names.ts";
import { conditionPhrases, exceptionWords, kindWords, limitSentences, noticeSentences } from "./read-aloud-parts.ts";
import { unreachable } from "../result.ts";
import { andList, plural } from "./sentence.ts";

/** The whole policy as text: what its names stand for, then a sentence or more for every rule. Ends with a line feed. */
export function readAloud(policy: Policy): string {
  const names = nameLines(policy);
  const rules = policy.rules.map((rule) => `${rule.name} (${rule.at.file}:${rule.at.line})\n  ${sentencesOf(rule)}`);
  const paragraphs = [
    ...(names.length > 0 ? [names.join("\n")] : []),
    ...rules,
    [
      ...togetherSentences(policy.rules),
      ...(policy.contact === undefined ? [] : [`Questions: ${policy.contact}`]),
    ].join(" "),
  ];
  return `${paragraphs.map((text) => escapeText(text, { keep: "newline" })).join("\n\n")}\n`;
}

/** What the rules say to each other; only what these can say. */
function togetherSentences(rules: readonly Rule[]): readonly string[] {
  const has = (effect: Rule["effect"]): boolean => rules.some((rule) => rule.effect === effect);
  const asking = rules.filter((rule) => rule.effect === "ask");
  const milder = [has("allow"), has("confirm"), asking.length > 0].filter(Boolean).length;
  return [
    "What these rules do not cover is denied.",
    ...(has("deny") && milder > 0 ? ["What one of them denies is denied, whatever the others say."] : []),
    ...(milder > 1 ? ["Where two of them cover the same, the one that needs less of people is enough."] : []),
    ...(asking.length > 1 ? ["Where it is people who are asked, all the rules that cover it need their yes."] : []),
    ...(asking.length > 0 ? ["Nobody's yes counts for a request of their own."] : []),
  ];
}

/** What the rule does, in sentences on one line. */
export function sentencesOf(rule: Rule): string {
  if (rule.effect === "deny") {
    const when = conditionPhrases(rule);
    const struck = when.length === 0 ? "Every scan is denied" : `A scan is denied when ${andList(when)}`;
    const spared = rule.unless === undefined ? "" : `, unless ${exceptionWords(rule.unless)}`;
    const told = rule.message === undefined ? "" : ` The requester is told: "${rule.message}".`;
    return [`${struck}${spared}.${told}`, ...noticeSentences(rule)].join(" ");
  }
  return [mainSentence(rule), ...limitSentences(rule), ...noticeSentences(rule)].join(" ");
}

type Covering = Exclude<Rule, { effect: "deny" }>;

function mainSentence(rule: Covering): string {
  const who = rule.requesters === undefined ? "Everyone" : capital(andList(rule.requesters.written));
  return `${who} may run ${kindWords(rule)}, ${howWords(rule)}.${channelSentence(rule)}${touchSentence(rule)}`;
}

function howWords(rule: Covering): string {
  switch (rule.effect) {
    case "allow":
      return "without asking anybody";
    case "confirm":
      return "after typing the number of hosts";
    case "ask": {
      const { votes, answerWithinSeconds, startWithinSeconds, reason } = rule.ask;
      const yes = andList([...votes].map(([name, count]) => `${count} of ${name}`));
      const clocks = `within ${formatDuration(answerWithinSeconds)}, and begun within ${formatDuration(startWithinSeconds)} of that`;
      return `once ${yes} said yes ${clocks}${reasonWords(reason)}`;
    }
    default:
      return unreachable(rule);
  }
}

function reasonWords(reason: AskTerms["reason"]): string {
  if (reason === undefined) return "";
  const least = reason.minLength === undefined ? "" : ` of at least ${plural(reason.minLength, "character")}`;
  const occurs = reason.pattern === undefined ? "" : ` in which ${reason.pattern} occurs`;
  return `, giving a reason${least}${occurs}`;
}

function channelSentence(rule: Covering): string {
  return rule.effect === "ask" && rule.ask.via.length > 0 ? ` They are asked through ${andList(rule.ask.via)}.` : "";
}

function touchSentence(rule: Covering): string {
  if (rule.effect !== "ask" || !rule.onTouch) return "";
  const when = conditionPhrases(rule);
  const spared = rule.unless === undefined ? "" : `, unless ${exceptionWords(rule.unless)}`;
  return ` This yes is needed whenever ${when.length === 0 ? "anything is scanned" : andList(when)}, whatever other rules allow${spared}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
