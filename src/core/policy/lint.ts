// What is allowed to stand in a policy and is probably not meant: rules that can never matter, votes that nobody can
// cast, exceptions that never spare. For `policy check`; nothing here decides.
import type { Problem } from "../result.ts";
import { lintVotes } from "./lint-votes.ts";
import { nearest } from "./nearest.ts";
import { ordinaryFeatures, ordinaryTechniques } from "./ordinary.ts";
import type { May, Policy, Rule, RuleOf, Scope, Who } from "./policy.ts";
import { suspicion } from "./suspicion.ts";
import { listWords } from "./words.ts";

/** Every suspicion, in the order of the rules. Codes begin with `lint-`; an empty list is no proof of sense. */
export function lintPolicy(policy: Policy): Problem[] {
  const problems = policy.rules.flatMap((rule) => [
    ...lintHidden(rule, policy.rules),
    ...lintScope(rule),
    ...lintMay(rule),
    ...lintUnless(rule),
    ...lintNames(rule, policy),
    ...(rule.effect === "ask" ? lintVotes(policy, rule) : []),
  ]);
  if (policy.rules.every((rule) => rule.effect === "deny")) {
    problems.push({
      code: "lint-denies-all",
      message: "no rule allows, confirms or asks: everything is denied",
      hint: "add a rule with effect: allow, confirm or ask",
    });
  }
  return problems;
}

/** Rules that another rule leaves nothing to do for. */
function lintHidden(rule: Rule, rules: readonly Rule[]): readonly Problem[] {
  // Nothing is in every set: that it has no address is another doubt, or none.
  if (rule.targets?.set.isEmpty === true) return [];
  if (rule.effect === "deny") {
    const other = rules.find((each) => each !== rule && each.effect === "deny" && deniesAllOf(each, rule));
    // Of two that say the same, the later one is named.
    const isTwin = other?.effect === "deny" && deniesAllOf(rule, other) && rules.indexOf(rule) < rules.indexOf(other);
    if (other === undefined || isTwin || rule.message !== undefined) return [];
    return [
      suspicion(rule, "hidden", `the deny rule ${other.name} strikes wherever this one does`, "leave one of them out"),
    ];
  }
  const deny = rules.find((other) => other.effect === "deny" && strikesEverythingIn(other, rule));
  if (deny !== undefined) {
    return [suspicion(rule, "hidden", `it never matters: the deny rule ${deny.name} strikes whatever it covers`)];
  }
  if (rule.effect === "allow" || (rule.effect === "ask" && rule.onTouch)) return [];
  const winners = rules.filter(
    (other) => other.effect === "allow" || (other.effect === "confirm" && rule.effect === "ask"),
  );
  const winner = winners.find((other) => coversAllOf(other as Covering, rule));
  if (winner === undefined) return [];
  const hint = "narrow the other rule, or say on-touch: true here if it must bind all the same";
  return [
    suspicion(
      rule,
      "hidden",
      `it never ${rule.effect === "ask" ? "asks" : "confirms"}: the ${winner.effect} rule ${winner.name} covers all that it covers`,
      ...(rule.effect === "ask" ? [hint] : []),
    ),
  ];
}

type Covering = RuleOf<"allow" | "confirm" | "ask">;

/** Every plan that lies in the covering rule touches the deny; a deny that lists ports never touches a scan without ports. */
function strikesEverythingIn(deny: RuleOf<"deny">, rule: Covering): boolean {
  return (
    deny.unless === undefined &&
    deny.ports === undefined &&
    (deny.may === undefined || deny.may.kind === "anything") &&
    includesPeople(deny.requesters, rule.requesters) &&
    includesTargets(deny, rule)
  );
}

function deniesAllOf(outer: RuleOf<"deny">, inner: RuleOf<"deny">): boolean {
  return (
    outer.unless === undefined &&
    (outer.may === undefined || outer.may.kind === "anything") &&
    includesPeople(outer.requesters, inner.requesters) &&
    includesTargets(outer, inner) &&
    includesPorts(outer, inner)
  );
}

function coversAllOf(outer: Covering, inner: Covering): boolean {
  return (
    includesPeople(outer.requesters, inner.requesters) &&
    includesTargets(outer, inner) &&
    includesPorts(outer, inner) &&
    (outer.ports === undefined || outer.otherPorts || (inner.ports !== undefined && !inner.otherPorts)) &&
    includesKind(outer.may ?? { kind: "ordinary" }, inner.may ?? { kind: "ordinary" }) &&
    (outer.timing?.maxTemplate ?? 5) >= (inner.timing?.maxTemplate ?? 5)
  );
}

function includesPeople(outer: Who | undefined, inner: Who | undefined): boolean {
  if (outer === undefined || outer.everyone) return true;
  if (inner === undefined || inner.everyone) return false;
  return (["logins", "services", "groups"] as const).every((key) =>
    [...inner[key]].every((name) => outer[key].has(name)),
  );
}

function includesTargets(outer: Scope, inner: Scope): boolean {
  if (outer.targets === undefined) return true;
  return inner.targets !== undefined && outer.targets.set.includes(inner.targets.set);
}

function includesPorts(outer: Scope, inner: Scope): boolean {
  if (outer.ports === undefined) return true;
  return inner.ports !== undefined && outer.ports.set.includes(inner.ports.set);
}

function includesKind(outer: May, inner: May): boolean {
  if (outer.kind === "anything") return true;
  if (outer.kind === "ordinary") {
    return (
      inner.kind === "ordinary" ||
      (inner.kind === "list" &&
        inner.scripts.categories.length + inner.scripts.names.length === 0 &&
        [...inner.techniques].every((technique) => ordinaryTechniques.has(technique)) &&
        [...inner.features].every((feature) => ordinaryFeatures.has(feature)))
    );
  }
  return (
    inner.kind === "list" &&
    outer.scripts.never.length === 0 &&
    [...inner.techniques].every((technique) => outer.techniques.has(technique)) &&
    [...inner.features].every((feature) => outer.features.has(feature)) &&
    inner.scripts.categories.every((category) => outer.scripts.categories.includes(category)) &&
    inner.scripts.names.every((name) => outer.scripts.names.includes(name))
  );
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

/** Lists that cover less than they seem to: a list covers nothing that it does not name. */
function lintMay(rule: Rule): readonly Problem[] {
  const { may } = rule;
  if (rule.effect === "deny" || may?.kind !== "list") return [];
  const problems: Problem[] = [];
  if (may.techniques.size === 0) {
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
        "never",
        `its may names ${feature} but not the scripts that come with it: no scan has one without the other`,
        hint,
      ),
    );
  }
  return problems;
}

function lintUnless(rule: Rule): readonly Problem[] {
  if ((rule.effect !== "deny" && rule.effect !== "ask") || rule.unless === undefined) return [];
  const { targets, requesters } = rule.unless;
  if (targets !== undefined && rule.targets !== undefined && !targets.set.touches(rule.targets.set)) {
    return [suspicion(rule, "unless", "its unless never spares anything: it names none of the rule's targets")];
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
