// `may`: what kind of scan. Absent it means ordinary where a rule covers and anything where it is only touched.
import type { Feature, PlannedScript, ScanPlan, Technique } from "../../plan/scan-plan.ts";
import type { Asked } from "../asked.ts";
import { contactsOthers, isOrdinaryScript, ordinaryFeatures, ordinaryTechniques } from "../ordinary.ts";
import type { May, ScriptList } from "../policy.ts";
import { unreachable } from "../../result.ts";
import { listWords } from "../words.ts";
import type { Condition, Covering } from "./condition.ts";

const ordinary: May = { kind: "ordinary" };
const anything: May = { kind: "anything" };

interface Uses {
  readonly techniques: readonly Technique[];
  readonly features: readonly Feature[];
  readonly scripts: readonly PlannedScript[];
}

/** What the plan uses of which the kind says `included`. */
function select(may: May, plan: ScanPlan, included: boolean): Uses {
  return {
    techniques: plan.techniques.filter((technique) => takesTechnique(may, technique) === included),
    features: plan.features.filter((feature) => takesFeature(may, feature) === included),
    scripts: plan.scripts.filter((script) => takesScript(may, script) === included),
  };
}

function takesTechnique(may: May, technique: Technique): boolean {
  switch (may.kind) {
    case "anything":
      return true;
    case "ordinary":
      return ordinaryTechniques.has(technique);
    case "list":
      return may.techniques.has(technique);
    default:
      return unreachable(may);
  }
}

function takesFeature(may: May, feature: Feature): boolean {
  switch (may.kind) {
    case "anything":
      return true;
    case "ordinary":
      return ordinaryFeatures.has(feature);
    case "list":
      return may.features.has(feature);
    default:
      return unreachable(may);
  }
}

function takesScript(may: May, script: PlannedScript): boolean {
  switch (may.kind) {
    case "anything":
      return true;
    case "ordinary":
      return isOrdinaryScript(script);
    case "list":
      return listsScript(may.scripts, script);
    default:
      return unreachable(may);
  }
}

/**
 * A script of the requester's own is in no list: a name says nothing about a text that anybody may write. Whether it is
 * touched is another question, and so is a rule that asks people, who are shown the text.
 */
function listsScript(list: ScriptList, script: PlannedScript): boolean {
  if (script.own === true) return false;
  const named =
    script.categories.some((category) => list.categories.includes(category)) ||
    list.names.some((pattern) => matchesName(pattern, script.name));
  return named && !list.never.some((pattern) => matchesName(pattern, script.name));
}

/** Whether a script's name fits a pattern whose only wildcard is `*`. Linear: the policy's author is not the only one who picks long names. */
export function matchesName(pattern: string, name: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return pattern === name;
  if (!name.startsWith(head)) return false;
  let from = head.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return name.length - tail.length >= from && name.endsWith(tail);
}

const isNone = (uses: Uses): boolean =>
  uses.techniques.length === 0 && uses.features.length === 0 && uses.scripts.length === 0;

function isInside(may: May, plan: ScanPlan): boolean {
  return (
    may.kind === "anything" ||
    (plan.techniques.every((technique) => takesTechnique(may, technique)) &&
      plan.features.every((feature) => takesFeature(may, feature)) &&
      plan.scripts.every((script) => takesScript(may, script)))
  );
}

/** The plan without those own scripts that the rule lists by their whole name, where it lets nobody scan unasked. */
function besidesListed(rule: Covering, plan: ScanPlan): ScanPlan {
  if (rule.effect === "allow" || rule.may?.kind !== "list") return plan;
  const { names, never } = rule.may.scripts;
  const listed = ({ own, name }: PlannedScript): boolean =>
    own === true && names.includes(name) && !never.some((pattern) => matchesName(pattern, name));
  return { ...plan, scripts: plan.scripts.filter((script) => !listed(script)) };
}

/** Nobody knows the categories of an own script, so it touches whatever names any; and a name, as others do. */
function touchesOwnScript(may: May, plan: ScanPlan): boolean {
  if (may.kind !== "list") return false;
  const { categories, names } = may.scripts;
  return plan.scripts.some(
    ({ own, name }) => own === true && (categories.length > 0 || names.some((pattern) => matchesName(pattern, name))),
  );
}

export const may: Condition = {
  key: "may",
  covers: (rule, asked) =>
    (rule.egress !== undefined || !asked.plan.scripts.some(contactsOthers)) &&
    isInside(rule.may ?? ordinary, besidesListed(rule, asked.plan)),
  touches: (scope, asked) =>
    scope.may === undefined || !isNone(select(scope.may, asked.plan, true)) || touchesOwnScript(scope.may, asked.plan),
  contains: (scope, asked) => isInside(scope.may ?? anything, asked.plan),
  failed: (rule, asked) => {
    if (rule.effect === "deny") return `asks ${kindWords(asked)}; the rule names ${mayWords(rule.may ?? anything)}`;
    const beyond = asked.plan.scripts.filter(contactsOthers);
    if (beyond.length > 0 && rule.egress === undefined) {
      return `asks ${listWords(beyond.map(scriptWords))}, and so hosts beyond the targets; the rule lists no egress addresses for that`;
    }
    const kind = rule.may ?? ordinary;
    return `asks ${usesWords(select(kind, asked.plan, false))}; the rule covers ${mayWords(kind)}`;
  },
};

function kindWords(asked: Asked): string {
  return usesWords(select(anything, asked.plan, true));
}

function usesWords(uses: Uses): string {
  return listWords([
    ...uses.techniques.map((technique) => `the scan technique ${technique}`),
    ...uses.features,
    ...uses.scripts.map(scriptWords),
  ]);
}

function scriptWords(script: PlannedScript): string {
  const kind = script.own === true ? "the requester's own" : script.categories.join(", ");
  return `the script ${script.name} (${kind})`;
}

/** A kind in words: "ordinary scans", "anything", or what a list names. */
export function mayWords(may: May): string {
  switch (may.kind) {
    case "ordinary":
      return "ordinary scans";
    case "anything":
      return "anything";
    case "list": {
      const { scripts } = may;
      const named = [
        ...may.techniques,
        ...may.features,
        ...scripts.categories.map((category) => `scripts of the category ${category}`),
        ...scripts.names.map((name) => `the script ${name}`),
      ];
      const never = scripts.never.length > 0 ? `, never the script ${listWords(scripts.never, "or")}` : "";
      return `${listWords(named)}${never}`;
    }
    default:
      return unreachable(may);
  }
}
