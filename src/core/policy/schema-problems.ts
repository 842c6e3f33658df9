// Turns what the schema library found into problems with places: one per slip, the right branch of a union, the key
// itself where a key is unknown.
import type * as z from "zod";
import type { Problem } from "../result.ts";
import type { Path, YamlData } from "./read-yaml.ts";

type Issue = z.core.$ZodIssue;

export function schemaProblems(yaml: YamlData, issues: readonly Issue[]): readonly Problem[] {
  return issues.flatMap((issue) => issueProblems(yaml, issue, []));
}

function issueProblems(yaml: YamlData, issue: Issue, parent: Path): readonly Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const pages = issue.message.split("\f");
    return issue.keys.map((key, index) =>
      problemAt(yaml, [...path, key], "key", "policy-key", pages[index] ?? issue.message),
    );
  }
  if (issue.code === "invalid_union") {
    const branch = issue.errors.find((branchIssues) => !branchIssues.some(rejectsWhole));
    if (branch !== undefined) return branch.flatMap((inner) => issueProblems(yaml, inner, path));
  }
  if (issue.code === "invalid_key") {
    return [problemAt(yaml, path, "key", "policy-value", issue.issues[0]?.message ?? issue.message)];
  }
  return [problemAt(yaml, path, "value", "policy-value", issue.message)];
}

/** Whether a branch of a union was not meant at all: it wants another kind of value, or has none of the keys. */
function rejectsWhole(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

/** A problem at a path; `text` may carry a hint on its second line. */
export function problemAt(yaml: YamlData, path: Path, what: "key" | "value", code: string, text: string): Problem {
  const [message = text, hint] = text.split("\n");
  const [start, end] = yaml.place(path, what);
  return { code, message, at: yaml.source.position(start, end), ...(hint === undefined ? {} : { hint }) };
}
