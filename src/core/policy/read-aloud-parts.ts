// The parts of a rule's sentence: what is scanned and how, under which conditions, within which limits.
import { formatDuration } from "../time.ts";
import { unreachable } from "../result.ts";
import type { VoteStrength } from "./decision.ts";
import type { May, Rule, Scope, Who } from "./policy.ts";
import { andList, plural } from "./sentence.ts";

type Covering = Exclude<Rule, { effect: "deny" }>;

/** "ordinary scans of lab on tcp/22": the object of a covering rule's sentence. */
export function kindWords(rule: Covering): string {
  const kind = scansOf(rule.may ?? { kind: "ordinary" });
  const of = rule.targets === undefined ? "any address" : andList(rule.targets.written);
  const others = rule.otherPorts ? " and those chosen at run time" : " alone";
  const on = rule.ports === undefined ? "" : ` on ${portsWords(rule.ports.written, "and")}${others}`;
  const profile = rule.profiles === undefined ? "" : ` by the profiles ${andList(rule.profiles, "or")}`;
  const beyond = beyondWords(rule);
  const when = rule.during === undefined ? "" : `, during ${duringWords(rule.during)}`;
  return `${kind} of ${of}${on}${profile}${beyond}${when}`;
}

/** Scripts that contact others need their addresses, whatever kind of scan it is; ordinary ones stay with the target. */
function beyondWords({ egress, may }: Covering): string {
  if (egress !== undefined) return `, whose scripts may also contact ${andList(egress.written)}`;
  if (may === undefined || may.kind === "ordinary") return "";
  const { categories, names } = may.kind === "list" ? may.scripts : { categories: ["all"], names: [] };
  return categories.length + names.length === 0 ? "" : ", none of whose scripts contacts other hosts";
}

function scansOf(may: May): string {
  switch (may.kind) {
    case "ordinary":
      return "ordinary scans";
    case "anything":
      return "any kind of scan";
    case "list":
      return `scans that use nothing but ${usesOf(may, "and")}`;
    default:
      return unreachable(may);
  }
}

type Conjunction = "and" | "or";

function usesOf({ techniques, features, scripts }: Extract<May, { kind: "list" }>, conjunction: Conjunction): string {
  const never = scripts.never.length === 0 ? "" : ` (never ${andList(scripts.never, "or")})`;
  const named = [
    ...(techniques.size > 0 ? [`the techniques ${andList([...techniques], conjunction)}`] : []),
    ...(features.size > 0 ? [`the features ${andList([...features], conjunction)}`] : []),
    ...(scripts.categories.length > 0 ? [`scripts of the categories ${andList(scripts.categories, conjunction)}`] : []),
    ...(scripts.names.length > 0 ? [`the scripts ${andList(scripts.names, conjunction)}`] : []),
  ];
  return `${andList(named, conjunction)}${never}`;
}

/** "office-hours (mon-fri 09:00-18:00, Europe/Berlin)". */
function duringWords({ windows, written, zone }: NonNullable<Scope["during"]>): string {
  return andList(
    written.map((name, index) => `${name} (${windows[index]?.words ?? ""}, ${zone.name})`),
    "or",
  );
}

const portsWords = (written: readonly string[], conjunction: Conjunction): string =>
  `the ports ${andList(written, conjunction)}`;

/** Sets and logins alike: whether a name is one or many does not show in it. */
const askedBy = ({ written }: Who): string => `it is asked for by ${andList(written, "or")}`;

/** What must be so for a rule to strike or bind: one touched address, port or use is enough. */
export function conditionPhrases(scope: Scope): readonly string[] {
  return [
    ...(scope.requesters === undefined ? [] : [askedBy(scope.requesters)]),
    ...(scope.targets === undefined ? [] : [`it touches ${andList(scope.targets.written, "or")}`]),
    ...(scope.ports === undefined
      ? []
      : [`it touches ${portsWords(scope.ports.written, "or")} or chooses ports at run time`]),
    ...(scope.may === undefined || scope.may.kind === "anything" ? [] : [`it uses ${touchedUses(scope.may)}`]),
    ...(scope.during === undefined ? [] : [`it is during ${duringWords(scope.during)}`]),
  ];
}

function touchedUses(may: May): string {
  switch (may.kind) {
    case "anything":
      return "anything";
    case "ordinary":
      return "anything of an ordinary scan";
    case "list":
      return `any of ${usesOf(may, "or")}`;
    default:
      return unreachable(may);
  }
}

/** What an `unless` spares: the whole scan must lie inside. */
export function exceptionWords(scope: Scope): string {
  const all = [
    ...(scope.requesters === undefined ? [] : [askedBy(scope.requesters)]),
    ...(scope.targets === undefined ? [] : [`all its targets are in ${andList(scope.targets.written, "or")}`]),
    ...(scope.ports === undefined ? [] : [`all its ports are among ${andList(scope.ports.written)}`]),
    ...(scope.may === undefined || scope.may.kind === "anything" ? [] : [`it is one of the ${scansOf(scope.may)}`]),
  ];
  if (scope.during !== undefined) all.push(`it is during ${duringWords(scope.during)}`);
  return andList(all);
}

/** What holds a scan that a covering rule lets through; the time box last. */
export function limitSentences(rule: Covering): readonly string[] {
  const { timing, enforce, limits = {} } = rule;
  const most = [
    ...(limits.hosts === undefined ? [] : [`${plural(limits.hosts, "host")} a scan at most`]),
    ...(limits.probes === undefined
      ? []
      : [`${limits.probes.count} probes of one requester in ${formatDuration(limits.probes.seconds)} at most`]),
    ...(limits.runs === undefined
      ? []
      : [`${plural(limits.runs.count, "run")} of one requester in ${formatDuration(limits.runs.seconds)} at most`]),
    ...(limits.concurrent === undefined
      ? []
      : [`${plural(limits.concurrent, "session")} of one requester at a time at most`]),
    ...(limits.coolDownSeconds === undefined
      ? []
      : [`a pause of ${formatDuration(limits.coolDownSeconds)} between two scans of one target`]),
    ...(timing === undefined ? [] : [`timing template ${timing.maxTemplate} at most`]),
    ...(enforce.maxRate === undefined ? [] : [`${enforce.maxRate} packets a second at most`]),
  ];
  return [
    ...(most.length === 0 ? [] : [`With ${andList(most)}.`]),
    ...(rule.enforcement === undefined ? [] : [heldSentence(rule.enforcement)]),
    ...(rule.onViolation === undefined ? [] : [violationSentence(rule.onViolation)]),
    ...(rule.during === undefined ? [] : ["It is ended when its window closes, if that is sooner."]),
    `It is ended after ${formatDuration(rule.ttlSeconds)}.`,
  ];
}

function violationSentence(onViolation: NonNullable<Covering["onViolation"]>): string {
  switch (onViolation) {
    case "end":
      return "It is ended when it does what its plan does not say.";
    case "record":
      return "When it does what its plan does not say, that is recorded and it goes on.";
    default:
      return unreachable(onViolation);
  }
}

function strengthSentence(strength: VoteStrength): string {
  switch (strength) {
    case "asserted":
      return "A yes counts also where only the channel it came through says whose it is (asserted).";
    case "account":
      return "A yes counts only from somebody who signed in at the page as the voter, or signed with a key of theirs (account).";
    case "signed":
      return "A yes counts only when it is signed with a key of the voter's.";
    default:
      return unreachable(strength);
  }
}

function heldSentence(enforcement: NonNullable<Covering["enforcement"]>): string {
  switch (enforcement) {
    case "required":
      return "Only where sessions are confined.";
    case "unprivileged":
      return "Only without raw sockets.";
    case "arguments-only":
      return "The command alone need hold it.";
    default:
      return unreachable(enforcement);
  }
}

/** Whom the rule tells what, and how it is broken in an emergency. */
export function noticeSentences(rule: Rule): readonly string[] {
  const { notify } = rule;
  const told =
    notify === undefined ? [] : [`${andList(notify.via)} is told when a scan is ${andList(notify.on, "or")}.`];
  if (rule.effect !== "ask") return told;
  const { strength, breakGlass } = rule;
  return [
    ...(strength === undefined ? [] : [strengthSentence(strength)]),
    ...(breakGlass === undefined
      ? []
      : [
          `In an emergency it may be run at once for ${formatDuration(Math.min(breakGlass.ttlSeconds, rule.ttlSeconds))}; ${andList(breakGlass.alert)} is alerted and a review is owed.`,
        ]),
    ...told,
  ];
}
