// A policy file with its mistakes taken out, so that what is wrong in the rest can be told at the same time. Nothing is
// ever decided with it.
import type * as z from "zod";
import type { Path } from "./read-yaml.ts";

type Data = Record<string, unknown>;

// What stands in for an entry that has a mistake: its name goes on being defined, and its neighbours keep their places.
const standIns: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["people", ["nobody"]],
  ["networks", ["192.0.2.0"]],
  ["windows", { days: "mon" }],
  ["approvers", { type: "prompt" }],
  ["profiles", "-sn"],
]);

/**
 * The data of a file without what these issues are about; undefined where nothing of it can be kept.
 *
 * @param value  what the YAML says; it is not changed.
 */
export function withoutMistakes(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (!isData(value)) return undefined;
  const data = structuredClone(value);
  const broken = issues.flatMap((issue) =>
    issue.path.length === 0 && issue.code === "unrecognized_keys" ? issue.keys : takeOut(data, issue.path),
  );
  const sound = Object.entries(data).filter(([key]) => !broken.includes(key));
  return { ...Object.fromEntries(sound), version: 1 };
}

/** The parts in which nothing can be kept. */
function takeOut(data: Data, [part, entry]: Path): readonly string[] {
  if (typeof part !== "string") return [];
  const entries = data[part];
  if (Array.isArray(entries) && typeof entry === "number") {
    entries[entry] = ruleLike(entries[entry], entry);
    return [];
  }
  const standIn = standIns.get(part);
  if (standIn === undefined || !isData(entries) || typeof entry !== "string") return [part];
  entries[entry] = standIn;
  return [];
}

function ruleLike(rule: unknown, at: number): Data {
  const name = isData(rule) ? rule["name"] : undefined;
  const isName = typeof name === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
  return { name: isName ? name : `rule-with-a-mistake-${at}`, effect: "deny" };
}

const isData = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);
