// A policy file with its mistakes taken out, so that what is wrong in the rest can be told at the same time. Nothing is
// ever decided with it.
import type * as z from "zod";
import { nearest } from "./nearest.ts";
import type { Path } from "./read-yaml.ts";
import { effects } from "./schema-rule.ts";

type Data = Record<string, unknown>;

// What stands in for an entry that has a mistake: its name goes on being defined, and its neighbours keep their places.
const standIns: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["people", ["nobody"]],
  ["networks", ["192.0.2.0"]],
  ["windows", { days: "mon" }],
  ["approvers", { type: "prompt" }],
  ["profiles", "-sn"],
  ["calendars", { ics: "calendar-with-a-mistake.ics" }],
]);

/** Keys of a rule whose parts are all optional: only the part with the mistake is taken out. */
const looseKeys: ReadonlySet<unknown> = new Set(["ask", "limits", "enforce", "reason", "unless"]);

/**
 * The data of a file without what these issues are about; undefined where nothing of it can be kept. What a mistake
 * hid may come to light in what is left.
 *
 * @param value  what the YAML says; it is not changed.
 */
export function withoutMistakes(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (!isData(value)) return undefined;
  const data = structuredClone(value);
  const broken = issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.path.length === 0 ? issue.keys : issue.keys.flatMap((key) => takeOut(data, [...issue.path, key]));
    }
    return takeOut(data, issue.path);
  });
  const sound = Object.entries(data).filter(([key]) => !broken.includes(key));
  return { ...Object.fromEntries(sound), version: 1 };
}

/** The parts in which nothing can be kept. */
function takeOut(data: Data, path: Path): readonly string[] {
  const [part, entry] = path;
  if (typeof part !== "string") return [];
  const entries = data[part];
  if (Array.isArray(entries) && typeof entry === "number") {
    entries[entry] = ruleWithout(entries[entry], entry, path.slice(2));
    return [];
  }
  const standIn = standIns.get(part);
  if (standIn === undefined || !isData(entries) || typeof entry !== "string") return [part];
  entries[entry] = standIn;
  return [];
}

function ruleWithout(rule: unknown, at: number, path: Path): Data {
  const name = `rule-with-a-mistake-${at}`;
  if (!isData(rule)) return { name, effect: "deny" };
  const [key, ...inside] = path;
  if (key === "name") return { ...rule, name };
  if (key === "effect") return withRequired({ ...rule, effect: effectOf(rule) });
  // Without it an `unless` would be a mistake.
  if (key === "on-touch") return { ...rule, "on-touch": true };
  if (typeof key !== "string") return { name: typeof rule["name"] === "string" ? rule["name"] : name, effect: "deny" };
  const part = rule[key];
  const [inner] = inside;
  const kept = Object.fromEntries(Object.entries(rule).filter(([other]) => other !== key));
  if (!looseKeys.has(key) || !isData(part) || typeof inner !== "string") return withRequired(kept);
  // Of the votes one may be sound; of all else in there, a part is sound or it is not.
  const nested = part[inner];
  const left =
    inner === "votes" && isData(nested) && inside.length > 1
      ? { ...part, [inner]: withoutKey(nested, inside[1]) }
      : withoutKey(part, inner);
  return withRequired(Object.keys(left).length === 0 ? kept : { ...kept, [key]: left });
}

const withoutKey = (data: Data, key: unknown): Data =>
  Object.fromEntries(Object.entries(data).filter(([other]) => other !== key));

/** An ask rule asks somebody. */
function withRequired(rule: Data): Data {
  if (rule["effect"] !== "ask") return rule;
  const ask = isData(rule["ask"]) ? rule["ask"] : {};
  const votes = isData(ask["votes"]) && Object.keys(ask["votes"]).length > 0 ? ask["votes"] : { nobody: 1 };
  return { ...rule, ask: { ...ask, votes } };
}

const ofAsk = ["ask", "reason", "strength", "break-glass", "on-touch"];
const ofDeny = ["message", "unless"];

/** The effect that was probably meant, by its word or else by the keys beside it. */
function effectOf(rule: Data): string {
  const slip = nearest("effect", Object.keys(rule));
  const typed = rule["effect"] ?? (slip === undefined ? undefined : rule[slip]);
  const near = typeof typed === "string" ? nearest(typed, effects) : undefined;
  if (near !== undefined) return near;
  if (ofAsk.some((key) => key in rule)) return "ask";
  return ofDeny.some((key) => key in rule) ? "deny" : "allow";
}

const isData = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);
