// What is allowed to stand in a policy and is probably not meant: rules that can never matter, votes that nobody can
// cast, exceptions that never spare. For `policy check`; nothing here decides.
import { readOptions } from "../plan/read-options.ts";
import type { Technique } from "../plan/scan-plan.ts";
import type { Problem } from "../result.ts";
import { formatDuration } from "../time.ts";
import { lintKeys, lintVotes } from "./lint-votes.ts";
import { nearest } from "./nearest.ts";
import { lintHidden } from "./lint-hidden.ts";
import type { Policy, Rule, Scope, ScriptList, Who } from "./policy.ts";
import { suspicion } from "./suspicion.ts";
import type { Window } from "./windows.ts";
import { listWords } from "./words.ts";

/**
 * Every suspicion, in the order of the rules. Codes begin with `lint-`; an empty list is no proof of sense.
 *
 * @param now  milliseconds since the Unix epoch, UTC: what is over by then never comes again.
 */
export function lintPolicy(policy: Policy, now: number): Problem[] {
  const problems = policy.rules.flatMap((rule) => [
    ...lintHidden(rule, policy.rules),
    ...lintScope(rule),
    ...lintTimes(rule, now),
    ...lintHold(rule),
    ...lintMay(rule),
    ...lintUnless(rule),
    ...lintNames(rule, policy),
    ...(rule.effect === "ask" ? lintVotes(policy, rule) : []),
  ]);
  problems.push(...lintDead(policy), ...lintProfiles(policy), ...lintDelegates(policy, now), ...lintKeys(policy));
  if (policy.rules.every((rule) => rule.effect === "deny")) {
    problems.push({
      code: "lint-denies-all",
      message: "no rule allows, confirms or asks: everything is denied",
      hint: "add a rule with effect: allow, confirm or ask",
    });
  }
  return problems;
}

function lintScope(rule: Rule): readonly Problem[] {
  const problems: Problem[] = [];
  // The networks that a machine is attached to are no mistake of the policy.
  if (rule.targets?.set.isEmpty === true && !rule.targets.written.includes("attached")) {
    problems.push(
      suspicion(rule, "never", `its targets (${listWords(rule.targets.written)}) have no address: it can never apply`),
    );
  }
  const ports = rule.ports?.written ?? [];
  for (const [index, word] of ports.entries()) {
    const before = /^(tcp|udp|sctp|protocol)\//.exec(ports[index - 1] ?? "")?.[1];
    if (before === undefined || word.includes("/")) continue;
    const hint = `write "${before}/…,${word}" in quotes if it belongs to ${before}, or put it first if it does not`;
    problems.push(
      suspicion(rule, "ports", `the port ${word} stands alone after a comma: it means every protocol`, hint),
    );
  }
  if (rule.effect !== "deny" && rule.otherPorts && rule.ports === undefined) {
    problems.push(suspicion(rule, "other-ports", "other-ports means nothing in a rule that lists no ports"));
  }
  return problems;
}

/** Rules whose windows are all over, or hold nothing. */
function lintTimes(rule: Rule, now: number): readonly Problem[] {
  const scopes: readonly (readonly [what: string, scope: Scope | undefined])[] = [
    ["it can never apply", rule],
    ["its unless never spares anything", rule.effect === "deny" || rule.effect === "ask" ? rule.unless : undefined],
  ];
  return scopes.flatMap(([what, scope]) => {
    const during = scope?.during;
    if (during?.windows.every((window) => neverOpensAgain(window, now)) !== true) return [];
    const names = during.written.map((name, index) => `${name} (${during.windows[index]?.words ?? ""})`);
    const hint = "give it windows that still open, or leave it out";
    return [suspicion(rule, "never", `${what}: ${listWords(names)} never opens again`, hint)];
  });
}

const neverOpensAgain = (window: Window, now: number): boolean =>
  window.kind === "dated" && window.spans.every(([from, to]) => to <= now || to <= from);

/** Keys about how a scan is held that say nothing beside the others. */
function lintHold(rule: Rule): readonly Problem[] {
  if (rule.effect === "deny") return [];
  const { may, egress, enforcement } = rule;
  const problems: Problem[] = [];
  if (rule.effect === "ask" && rule.breakGlass !== undefined && rule.breakGlass.ttlSeconds > rule.ttlSeconds) {
    const [broken, own] = [rule.breakGlass.ttlSeconds, rule.ttlSeconds].map((seconds) => formatDuration(seconds));
    const hint = "in an emergency less time is meant, not more: the shorter of the two holds";
    problems.push(
      suspicion(rule, "break-glass", `its break-glass takes ${broken ?? ""}, its own ttl ${own ?? ""}`, hint),
    );
  }
  if (egress !== undefined && may?.kind === "list" && !namesScripts(may.scripts)) {
    problems.push(suspicion(rule, "egress", "its egress is for scripts, and its may names none"));
  }
  const isRaw = may?.kind === "list" && may.techniques.size > 0 && [...may.techniques].every(needsRawSockets);
  if (enforcement === "unprivileged" && isRaw) {
    const hint = "name connect, ping or list, or leave the enforcement out";
    problems.push(
      suspicion(rule, "never", "it takes unprivileged scans only, and its techniques need raw sockets", hint),
    );
  }
  return problems;
}

const namesScripts = ({ categories, names }: ScriptList): boolean => categories.length + names.length > 0;

const needsRawSockets = (technique: Technique): boolean => !["list", "ping", "connect"].includes(technique);

/** What this version reads and does not act on. */
function lintDead({ checkpoints }: Policy): readonly Problem[] {
  if (checkpoints.length === 0) return [];
  const message = `checkpoints are not sent anywhere by this version: ${listWords(checkpoints)} get nothing`;
  return [{ code: "lint-dead", message, hint: "audit verify prints the head of the trail, to be kept elsewhere" }];
}

/** Profiles that no line can be made of, whatever its targets. */
function lintProfiles({ profiles }: Policy): readonly Problem[] {
  return [...profiles].flatMap(([name, words]) => {
    const read = readOptions([...words, words.includes("-6") ? "::1" : "127.0.0.1"]);
    if (read.ok) return [];
    const { message, hint } = read.error;
    return [{ code: "lint-profile", message: `profile ${name}: ${message}`, ...(hint === undefined ? {} : { hint }) }];
  });
}

/** Whose votes are handed on no longer, in whatever zone. */
function lintDelegates({ delegates }: Policy, now: number): readonly Problem[] {
  return [...delegates].flatMap(([login, { to, until }]) => {
    if (Date.parse(until) + 2 * 86_400_000 > now) return [];
    const message = `delegates: ${to} votes for ${login} until ${until}, and that is over`;
    return [{ code: "lint-never", message, hint: "give it a later day, or leave it out" }];
  });
}

/** Lists that cover less than they seem to: a list covers nothing that it does not name. */
function lintMay(rule: Rule): readonly Problem[] {
  const { may } = rule;
  if (rule.effect === "deny" || may?.kind !== "list") return [];
  const problems: Problem[] = [];
  if (may.techniques.size === 0 && !(rule.effect === "ask" && rule.onTouch)) {
    const hint = "name the techniques too, such as techniques: [connect, syn, udp, ping]";
    problems.push(
      suspicion(rule, "never", "its may names no scan technique, and every scan uses one: it covers nothing", hint),
    );
  }
  for (const [feature, category] of [
    ["service-version", "version"],
    ["default-scripts", "default"],
  ] as const) {
    const { categories, names } = may.scripts;
    if (!may.features.has(feature) || categories.includes(category) || names.length > 0) continue;
    const hint = `add scripts: { categories: [${category}] }`;
    problems.push(
      suspicion(
        rule,
        "kind",
        `its may names ${feature} but not the scripts that come with it: no scan has one without the other`,
        hint,
      ),
    );
  }
  return problems;
}

function lintUnless(rule: Rule): readonly Problem[] {
  if ((rule.effect !== "deny" && rule.effect !== "ask") || rule.unless === undefined) return [];
  const { targets, requesters, ports } = rule.unless;
  if (targets !== undefined && rule.targets !== undefined && !targets.set.touches(rule.targets.set)) {
    return [suspicion(rule, "unless", "its unless never spares anything: it names none of the rule's targets")];
  }
  if (ports !== undefined && rule.ports !== undefined && !ports.set.touches(rule.ports.set)) {
    return [suspicion(rule, "unless", "its unless never spares anything: it names none of the rule's ports")];
  }
  if (requesters !== undefined && rule.requesters !== undefined && sharesNobody(requesters, rule.requesters)) {
    return [suspicion(rule, "unless", "its unless never spares anybody: it names none of the rule's requesters")];
  }
  return [];
}

/** Sure only where both name logins alone: who is in a group is not written in a policy. */
function sharesNobody(left: Who, right: Who): boolean {
  const plain = (who: Who): boolean => !who.everyone && who.groups.size === 0 && who.services.size === 0;
  return plain(left) && plain(right) && ![...left.logins].some((login) => right.logins.has(login));
}

/** A name that is nobody's is a login; one that resembles a set is more likely a slip. */
function lintNames(rule: Rule, policy: Policy): readonly Problem[] {
  const known = new Set([...policy.people.values()].flatMap((who) => [...who.logins]));
  const unless = rule.effect === "deny" || rule.effect === "ask" ? (rule.unless?.requesters?.written ?? []) : [];
  const votes = rule.effect === "ask" ? [...rule.ask.votes.keys()] : [];
  return [...(rule.requesters?.written ?? []), ...unless, ...votes].flatMap((name) => {
    if (policy.people.has(name) || known.has(name) || name.includes(":")) return [];
    const near = nearest(
      name,
      [...policy.people.keys(), ...known, "everyone"].filter((other) => other !== name),
    );
    if (near === undefined) return [];
    return [
      suspicion(rule, "name", `${name} is taken for a login, as nothing else has that name`, `did you mean ${near}?`),
    ];
  });
}
