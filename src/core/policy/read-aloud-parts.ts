// The parts of a rule's sentence: what is scanned and how, under which conditions, within which limits.
import { formatDuration } from "../time.ts";
import { unreachable } from "../result.ts";
import type { May, Rule, Scope } from "./policy.ts";
import { andList } from "./sentence.ts";

type Covering = Exclude<Rule, { effect: "deny" }>;

/** "ordinary scans of lab on tcp/22": the object of a covering rule's sentence. */
export function kindWords(rule: Covering): string {
  const kind = scansOf(rule.may ?? { kind: "ordinary" });
  const of = rule.targets === undefined ? "any address" : andList(rule.targets.written);
  const others = rule.otherPorts ? " and ports chosen at run time" : "";
  const on = rule.ports === undefined ? "" : ` on ${portsWords(rule.ports.written)}${others}`;
  return `${kind} of ${of}${on}`;
}

function scansOf(may: May): string {
  switch (may.kind) {
    case "ordinary":
      return "ordinary scans";
    case "anything":
      return "any kind of scan";
    case "list":
      return `scans that use nothing but ${usesOf(may)}`;
    default:
      return unreachable(may);
  }
}

function usesOf({ techniques, features, scripts }: Extract<May, { kind: "list" }>): string {
  const never = scripts.never.length === 0 ? "" : ` (never ${andList(scripts.never, "or")})`;
  const named = [
    ...(techniques.size > 0 ? [`the techniques ${andList([...techniques])}`] : []),
    ...(features.size > 0 ? [`the features ${andList([...features])}`] : []),
    ...(scripts.categories.length > 0 ? [`scripts of the categories ${andList(scripts.categories)}`] : []),
    ...(scripts.names.length > 0 ? [`the scripts ${andList(scripts.names)}`] : []),
  ];
  return `${andList(named)}${never}`;
}

const portsWords = (written: readonly string[]): string => `the ports ${andList(written)}`;

/** What must be so for a rule to strike or bind: one touched address, port or use is enough. */
export function conditionPhrases(scope: Scope): readonly string[] {
  return [
    ...(scope.requesters === undefined ? [] : [`${andList(scope.requesters.written, "or")} asks for it`]),
    ...(scope.targets === undefined ? [] : [`it touches ${andList(scope.targets.written, "or")}`]),
    ...(scope.ports === undefined
      ? []
      : [`it touches ${portsWords(scope.ports.written)} or chooses ports at run time`]),
    ...(scope.may === undefined || scope.may.kind === "anything" ? [] : [`it uses ${touchedUses(scope.may)}`]),
  ];
}

function touchedUses(may: May): string {
  switch (may.kind) {
    case "anything":
      return "anything";
    case "ordinary":
      return "anything of an ordinary scan";
    case "list":
      return `any of ${usesOf(may)}`;
    default:
      return unreachable(may);
  }
}

/** What an `unless` spares: the whole scan must lie inside. */
export function exceptionWords(scope: Scope): string {
  const all = [
    ...(scope.requesters === undefined ? [] : [`${andList(scope.requesters.written, "or")} asks for it`]),
    ...(scope.targets === undefined ? [] : [`all its targets are in ${andList(scope.targets.written)}`]),
    ...(scope.ports === undefined ? [] : [`all its ports are among ${andList(scope.ports.written)}`]),
    ...(scope.may === undefined || scope.may.kind === "anything" ? [] : [`it is one of the ${scansOf(scope.may)}`]),
  ];
  return andList(all);
}

/** What holds a scan that a covering rule lets through; the time box last. */
export function limitSentences(rule: Covering): readonly string[] {
  const most = [
    ...(rule.timing === undefined ? [] : [`timing template ${rule.timing.maxTemplate} at most`]),
    ...(rule.enforce.maxRate === undefined ? [] : [`${rule.enforce.maxRate} packets a second at most`]),
  ];
  const held = most.length === 0 ? [] : [`With ${andList(most)}.`];
  return [...held, `It is ended after ${formatDuration(rule.ttlSeconds)}.`];
}
