// Why a decision came out as it did: one sentence per rule, with both sides of the first condition that failed, or what
// the rule did. The same for people and as JSON.
import { unreachable } from "../result.ts";
import { partInside } from "./coverage.ts";
import type { Judgement, Standing } from "./decide.ts";
import type { RuleExplanation } from "./decision.ts";
import { mayWords } from "./conditions/may.ts";
import type { Rule, RuleOf, Scope } from "./policy.ts";
import { addressWords, listWords, partWords, portWords } from "./words.ts";

export function explain(judgement: Judgement): readonly RuleExplanation[] {
  return judgement.standings.map((standing) => {
    const { rule } = standing;
    const { applies, because } = account(standing, judgement);
    return { rule: rule.name, file: rule.at.file, line: rule.at.line, effect: rule.effect, applies, because };
  });
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
    return yes(`binds wherever it is touched, and it is: ${touchedWords(rule, judgement)}`);
  if (failed !== undefined) return no(failed.failed(rule, judgement.asked));
  switch (rule.effect) {
    case "deny":
      return yes(`strikes: ${touchedWords(rule, judgement)}`);
    case "allow":
      return yes(coveredWords(rule, judgement));
    case "confirm":
      return judgement.coverage === undefined || judgement.coverage.confirm.has(rule)
        ? yes(`${coveredWords(rule, judgement)}, after a confirmation`)
        : no(`${coveredWords(rule, judgement)}, but an allow rule covers that already`);
    case "ask":
      return judgement.coverage === undefined || judgement.binding.has(rule)
        ? yes(`${coveredWords(rule, judgement)}, after ${votesWords(rule)}`)
        : no(`${coveredWords(rule, judgement)}, but an allow or confirm rule covers that already`);
    default:
      return unreachable(rule);
  }
}

/** What of the plan a deny or on-touch rule is touched by. */
function touchedWords(rule: Rule, { asked }: Judgement): string {
  const parts: string[] = [];
  if (rule.requesters !== undefined) parts.push(`asked by ${asked.requester.name}`);
  if (rule.targets !== undefined) parts.push(`asks ${addressWords(rule.targets.set.intersect(asked.plan.targets))}`);
  if (rule.ports !== undefined) {
    const touched = asked.ports === undefined ? undefined : rule.ports.set.intersect(asked.ports);
    parts.push(
      touched === undefined || touched.isEmpty ? "ports are chosen at run time" : `asks ${portWords(touched)}`,
    );
  }
  if (rule.may !== undefined) parts.push("the kind of scan is one that it names");
  const named = parts.length === 0 ? "it names everything" : listWords(parts);
  const unless = rule.effect === "deny" || rule.effect === "ask" ? rule.unless : undefined;
  return unless === undefined
    ? named
    : `${named}, and its unless (${scopeWords(unless)}) does not contain the whole plan`;
}

/** "targets loopback and private, requesters carol": what a scope names, in the words of the policy. */
function scopeWords({ requesters, targets, ports, may }: Scope): string {
  const keys: string[] = [];
  if (requesters !== undefined) keys.push(`requesters ${listWords(requesters.written)}`);
  if (targets !== undefined) keys.push(`targets ${listWords(targets.written)}`);
  if (ports !== undefined) keys.push(`ports ${listWords(ports.written)}`);
  if (may !== undefined) keys.push(`may ${mayWords(may)}`);
  return keys.join(", ");
}

function coveredWords(rule: RuleOf<"allow" | "confirm" | "ask">, { asked }: Judgement): string {
  const part = partInside(asked, rule);
  const whole =
    (rule.targets === undefined || rule.targets.set.includes(asked.plan.targets)) &&
    (rule.ports === undefined || asked.ports === undefined || rule.ports.set.includes(asked.ports));
  return whole ? "covers the whole plan" : `covers ${partWords(part.targets, part.ports)}`;
}

/** "the approval of 1 of leads and 2 of network". */
function votesWords(rule: RuleOf<"ask">): string {
  return `the approval of ${listWords([...rule.ask.votes].map(([people, count]) => `${count} of ${people}`))}`;
}
