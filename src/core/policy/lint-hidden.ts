// Rules that another rule leaves nothing to do for. Said only where it is so for every plan, person and moment: a
// property test takes out what is called hidden and sees no decision change.
import type { Problem } from "../result.ts";
import { ordinaryFeatures, ordinaryTechniques } from "./ordinary.ts";
import type { Limits, May, Rule, RuleOf, Scope, Who } from "./policy.ts";
import { suspicion } from "./suspicion.ts";

/** Rules that another rule leaves nothing to do for. */
export function lintHidden(rule: Rule, rules: readonly Rule[]): readonly Problem[] {
  // Nothing is in every set: that it has no address is another doubt, or none.
  if (rule.targets?.set.isEmpty === true) return [];
  if (rule.effect === "deny") {
    const other = rules.find((each) => each !== rule && each.effect === "deny" && deniesAllOf(each, rule));
    // Of two that say the same, the later one is named.
    const isTwin = other?.effect === "deny" && deniesAllOf(rule, other) && rules.indexOf(rule) < rules.indexOf(other);
    // What it says beside denying is said by it alone.
    if (other === undefined || isTwin || rule.message !== undefined || rule.notify !== undefined) return [];
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
    includesTargets(deny, rule) &&
    includesTimes(deny, rule)
  );
}

function deniesAllOf(outer: RuleOf<"deny">, inner: RuleOf<"deny">): boolean {
  return (
    outer.unless === undefined &&
    (outer.may === undefined || outer.may.kind === "anything") &&
    includesPeople(outer.requesters, inner.requesters) &&
    includesTargets(outer, inner) &&
    includesPorts(outer, inner) &&
    includesTimes(outer, inner)
  );
}

function coversAllOf(outer: Covering, inner: Covering): boolean {
  return (
    includesPeople(outer.requesters, inner.requesters) &&
    includesTargets(outer, inner) &&
    includesPorts(outer, inner) &&
    (outer.ports === undefined || outer.otherPorts || (inner.ports !== undefined && !inner.otherPorts)) &&
    includesKind(outer.may ?? { kind: "ordinary" }, inner.may ?? { kind: "ordinary" }) &&
    includesTimes(outer, inner) &&
    (outer.timing?.maxTemplate ?? 5) >= (inner.timing?.maxTemplate ?? 5) &&
    hasAlwaysRoom(outer.limits, inner.limits) &&
    includesProfiles(outer.profiles, inner.profiles) &&
    (outer.egress !== undefined || inner.egress === undefined) &&
    holdsWhatever(outer.enforcement, inner.enforcement)
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

/** By name: windows of a policy have one each. */
function includesTimes(outer: Scope, inner: Scope): boolean {
  if (outer.during === undefined) return true;
  const names = outer.during.written;
  return inner.during?.written.every((name) => names.includes(name)) === true;
}

/** A rule that counts what was done before can be over its limit while the other is not. */
function hasAlwaysRoom(outer: Limits | undefined, inner: Limits | undefined): boolean {
  if (outer === undefined) return true;
  const { hosts, ...counted } = outer;
  return Object.keys(counted).length === 0 && (hosts ?? Infinity) >= (inner?.hosts ?? Infinity);
}

function includesProfiles(outer: readonly string[] | undefined, inner: readonly string[] | undefined): boolean {
  return outer === undefined || inner?.every((name) => outer.includes(name)) === true;
}

function holdsWhatever(outer: Covering["enforcement"], inner: Covering["enforcement"]): boolean {
  return outer === undefined || outer === "arguments-only" || outer === inner;
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
