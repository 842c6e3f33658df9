// Why a decision came out as it did: one sentence per rule, with both sides of the first condition that failed, or what
// the rule did. The same for people and as JSON.
import { unreachable } from "../result.ts";
import { partInside } from "./coverage.ts";
import { standingOf } from "./judgement.ts";
import type { Judgement, Standing } from "./judgement.ts";
import type { RuleExplanation } from "./decision.ts";
import { exceeded } from "./conditions/limits.ts";
import { unheld } from "./conditions/enforcement.ts";
import { mayWords } from "./conditions/may.ts";
import { closesEarly } from "./obligations.ts";
import { contactsOthers } from "./ordinary.ts";
import type { Rule, RuleOf, Scope } from "./policy.ts";
import { ruleIndex } from "./rule-index.ts";
import { clockWords } from "./windows.ts";
import { addressWords, listWords, partWords, portWords, requesterWords } from "./words.ts";

export function explain(judgement: Judgement): readonly RuleExplanation[] {
  return [...explained(judgement)];
}

/** Only the rules that have their part in it. */
export function explainApplying(judgement: Judgement): readonly RuleExplanation[] {
  return judgement.standings.flatMap((standing) => {
    const one = explanationOf(standing, judgement);
    return one.applies ? [one] : [];
  });
}

/** The first so many of the rules that have none. */
export function explainOthers(judgement: Judgement, most: number): readonly RuleExplanation[] {
  const others: RuleExplanation[] = [];
  if (most <= 0) return others;
  for (const one of explained(judgement)) {
    if (!one.applies && others.push(one) >= most) break;
  }
  return others;
}

const places: ReadonlySet<string> = new Set(["requesters", "targets", "ports"]);

/**
 * Of the rules that are for this person, these addresses and these ports, the first so many that do not cover for
 * another reason: what somebody can do something about whom "no rule covers it" does not help.
 */
export function nearMisses(judgement: Judgement, most: number): readonly RuleExplanation[] {
  const { asked, policy, standings } = judgement;
  const index = ruleIndex(policy);
  const known = new Map<Rule, Standing>();
  for (const standing of standings) known.set(standing.rule, standing);
  const misses: RuleExplanation[] = [];
  for (let at = 0; at < index.count && misses.length < most; at++) {
    const rule = index.rule(at);
    if (rule.effect === "deny") continue;
    const standing = known.get(rule) ?? standingOf(rule, asked);
    if (standing.failed === undefined || standing.touched || places.has(standing.failed.key)) continue;
    misses.push(explanationOf(standing, judgement));
  }
  return misses;
}

/** Every rule in the order of the policy, those too that touch none of the targets. */
function* explained(judgement: Judgement): Generator<RuleExplanation> {
  const { asked, policy, standings } = judgement;
  const index = ruleIndex(policy);
  const known = new Map<Rule, Standing>();
  for (const standing of standings) known.set(standing.rule, standing);
  for (let at = 0; at < index.count; at++) {
    const rule = index.rule(at);
    yield explanationOf(known.get(rule) ?? standingOf(rule, asked), judgement);
  }
}

function explanationOf(standing: Standing, judgement: Judgement): RuleExplanation {
  const { rule } = standing;
  const { applies, because } = account(standing, judgement);
  return { rule: rule.name, file: rule.at.file, line: rule.at.line, effect: rule.effect, applies, because };
}

interface Account {
  readonly applies: boolean;
  readonly because: string;
}

const no = (because: string): Account => ({ applies: false, because });
const yes = (because: string): Account => ({ applies: true, because });

function account({ rule, failed, spared, touched }: Standing, judgement: Judgement): Account {
  if (spared) return no("spared: its unless contains the whole plan");
  if (touched && rule.effect === "ask")
    return yes(
      `binds wherever it is touched, and it is: ${touchedWords(rule, judgement)}${unmetWords(rule, judgement)}`,
    );
  if (failed !== undefined) return no(failed.failed(rule, judgement.asked));
  switch (rule.effect) {
    case "deny":
      return yes(`strikes: ${touchedWords(rule, judgement)}`);
    case "allow":
      return yes(`${coveredWords(rule, judgement)}${termWords(rule, judgement)}`);
    case "confirm":
      return judgement.coverage === undefined || judgement.coverage.confirm.has(rule)
        ? yes(`${coveredWords(rule, judgement)}, after a confirmation${termWords(rule, judgement)}`)
        : no(`${coveredWords(rule, judgement)}, but an allow rule covers that already`);
    case "ask":
      return judgement.coverage === undefined || judgement.binding.has(rule)
        ? yes(`${coveredWords(rule, judgement)}, after ${votesWords(rule)}${termWords(rule, judgement)}`)
        : no(`${coveredWords(rule, judgement)}, but an allow or confirm rule covers that already`);
    default:
      return unreachable(rule);
  }
}

/** What of the plan a deny or on-touch rule is touched by. */
function touchedWords(rule: Rule, { asked, egress }: Judgement): string {
  const parts: string[] = [];
  if (rule.requesters !== undefined) parts.push(`asked by ${requesterWords(asked.requester)}`);
  if (rule.targets !== undefined) {
    const touched = rule.targets.set.intersect(asked.plan.targets);
    parts.push(
      touched.isEmpty && egress !== undefined
        ? `its scripts may contact ${addressWords(rule.targets.set.intersect(egress))}`
        : `asks ${addressWords(touched)}`,
    );
  }
  if (rule.ports !== undefined) {
    const touched = asked.ports === undefined ? undefined : rule.ports.set.intersect(asked.ports);
    parts.push(
      touched === undefined || touched.isEmpty ? "ports are chosen at run time" : `asks ${portWords(touched)}`,
    );
  }
  if (rule.may !== undefined) parts.push("the kind of scan is one that it names");
  if (rule.during !== undefined)
    parts.push(`it is ${clockWords(rule.during.zone, asked.now)}, during ${listWords(rule.during.written, "or")}`);
  const named = parts.length === 0 ? "it names everything" : listWords(parts);
  const unless = rule.effect === "deny" || rule.effect === "ask" ? rule.unless : undefined;
  return unless === undefined
    ? named
    : `${named}, and its unless (${scopeWords(unless)}) does not contain the whole plan`;
}

/** "targets loopback and private, requesters carol": what a scope names, in the words of the policy. */
function scopeWords({ requesters, targets, ports, may, during }: Scope): string {
  const keys: string[] = [];
  if (requesters !== undefined) keys.push(`requesters ${listWords(requesters.written)}`);
  if (targets !== undefined) keys.push(`targets ${listWords(targets.written)}`);
  if (ports !== undefined) keys.push(`ports ${listWords(ports.written)}`);
  if (may !== undefined) keys.push(`may ${mayWords(may)}`);
  if (during !== undefined) keys.push(`during ${listWords(during.written)}`);
  return keys.join(", ");
}

function coveredWords(rule: RuleOf<"allow" | "confirm" | "ask">, { asked }: Judgement): string {
  const part = partInside(asked, rule);
  const whole =
    (rule.targets === undefined || rule.targets.set.includes(asked.plan.targets)) &&
    (rule.ports === undefined || asked.ports === undefined || rule.ports.set.includes(asked.ports));
  return whole ? "covers the whole plan" : `covers ${partWords(part.targets, part.ports)}`;
}

/** What beside the plan hangs on the rule: that its window closes early, and whom its scripts may reach. */
const termWords = (rule: RuleOf<"allow" | "confirm" | "ask">, judgement: Judgement): string =>
  `${boxWords(rule, judgement)}${egressWords(rule, judgement)}`;

/** Where sessions are not enforced nothing but the script itself keeps to the list. */
function egressWords({ egress }: RuleOf<"allow" | "confirm" | "ask">, { asked }: Judgement): string {
  if (egress === undefined || !asked.plan.scripts.some(contactsOthers)) return "";
  const { level = "advisory" } = asked;
  const held = level === "enforced" ? "" : `; sessions here are ${level}: nothing holds them to that`;
  return `; its scripts may also contact ${listWords(egress.written)}${held}`;
}

/** That the session ends with the window, where that is before its time box. */
function boxWords(rule: RuleOf<"allow" | "confirm" | "ask">, { asked }: Judgement): string {
  const closes = closesEarly(rule, asked);
  if (closes === undefined || rule.during === undefined) return "";
  return `; ${listWords(rule.during.written, "or")} closes on ${clockWords(rule.during.zone, closes)}, and the session ends then`;
}

/** Why a rule that binds can't be met. */
function unmetWords(rule: RuleOf<"ask">, { asked }: Judgement): string {
  const because = unheld(rule, asked) ?? exceeded(rule, asked);
  return because === undefined ? "" : `; that can't be met: ${because}`;
}

/** "the approval of 1 of leads and 2 of network". */
function votesWords(rule: RuleOf<"ask">): string {
  const strength = rule.strength === undefined ? "" : `, each vote at least ${rule.strength}`;
  return `the approval of ${listWords([...rule.ask.votes].map(([people, count]) => `${count} of ${people}`))}${strength}`;
}
