// Turns what the schema library found into problems with places: one per slip, the right branch of a union, the key
// itself where a key is unknown.
import type * as z from "zod";
import { escapeText } from "../escape.ts";
import type { Problem } from "../result.ts";
import { nearest } from "./nearest.ts";
import type { Path, YamlData } from "./read-yaml.ts";

type Issue = z.core.$ZodIssue;

export function schemaProblems(yaml: YamlData, issues: readonly Issue[]): readonly Problem[] {
  const problems = issues
    .filter((issue) => !isShadow(issue, issues))
    .flatMap((issue) => issueProblems(yaml, issue, []));
  // A key that is missing for a slip is unknown too: once is enough.
  const slips = problems.filter(({ code }) => code === "policy-key");
  return problems.filter((problem) => {
    const first = slips.find(({ at }) => at?.line === problem.at?.line && at?.column === problem.at?.column);
    return problem.code !== "policy-key" || first === problem;
  });
}

/** That a part has nothing in it is no news where what is in it was not understood. */
const isShadow = ({ code, path }: Issue, all: readonly Issue[]): boolean =>
  code === "custom" &&
  all.some((other) => other.code === "unrecognized_keys" && other.path.join("\0") === path.join("\0"));

function issueProblems(yaml: YamlData, issue: Issue, parent: Path): readonly Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const pages = issue.message.split("\f");
    return issue.keys.map((key, index) =>
      problemAt(yaml, [...path, key], "key", "policy-key", pages[index] ?? issue.message),
    );
  }
  if (issue.code === "invalid_union") {
    const branch = meant(issue.errors.filter((branchIssues) => !branchIssues.some(rejectsWhole)));
    if (branch !== undefined) return branch.flatMap((inner) => issueProblems(yaml, inner, path));
  }
  if (issue.code === "invalid_key") {
    return [problemAt(yaml, path, "key", "policy-value", issue.issues[0]?.message ?? issue.message)];
  }
  const missing = missingKey(yaml.value, path);
  if (missing !== undefined) {
    // No branch of the union is chosen without it, so nobody has said yet that the key beside it is unknown.
    const slip = issue.code === "invalid_union" ? slipOf(missing, yaml.value, path.slice(0, -1)) : undefined;
    if (slip !== undefined) {
      const text = `unknown key ${JSON.stringify(slip)}\ndid you mean ${JSON.stringify(missing)}?`;
      return [problemAt(yaml, [...path.slice(0, -1), slip], "key", "policy-key", text)];
    }
    return [problemAt(yaml, path.slice(0, -1), "value", "policy-value", `${missing} is missing\n${issue.message}`)];
  }
  return [problemAt(yaml, path, "value", "policy-value", issue.message)];
}

/** Of the branches of a union the one with the fewest keys that it does not know, then the fewest mistakes. */
function meant(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const unknown = (branch: readonly Issue[]): number =>
    branch.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 0), 0);
  const ranked = [...branches].sort((left, right) => unknown(left) - unknown(right) || left.length - right.length);
  return ranked[0]?.filter((issue) => !isShadow(issue, ranked[0] ?? []));
}

/** The key that is probably the missing one with a slip. */
function slipOf(missing: string, value: unknown, path: Path): string | undefined {
  let parent = value;
  for (const step of path) parent = (parent as Record<PropertyKey, unknown> | undefined)?.[step];
  return nearest(missing, Object.keys(parent ?? {}));
}

/** The last key of a path whose parent is there without it. */
function missingKey(value: unknown, path: Path): string | undefined {
  const last = path.at(-1);
  let parent = value;
  for (const step of path.slice(0, -1)) parent = (parent as Record<PropertyKey, unknown> | undefined)?.[step];
  if (typeof last !== "string" || typeof parent !== "object" || parent === null) return undefined;
  return last in parent ? undefined : last;
}

/** Whether a branch of a union was not meant at all: it wants another kind of value, or has none of the keys. */
function rejectsWhole(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

/** A problem at a path; `text` may carry a hint on its second line. */
export function problemAt(yaml: YamlData, path: Path, what: "key" | "value", code: string, text: string): Problem {
  // Keys and names of the file stand in it.
  const [message = text, hint] = escapeText(text, { keep: "newline" }).split("\n");
  const [start, end] = yaml.place(path, what);
  return { code, message, at: yaml.source.position(start, end), ...(hint === undefined ? {} : { hint }) };
}
