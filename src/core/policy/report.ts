// Where the mistakes of one policy file are collected while its names are looked up.
import type { Problem } from "../result.ts";
import type { CheckedFile } from "./parse.ts";
import type { Path } from "./read-yaml.ts";
import { problemAt } from "./schema-problems.ts";

export interface Report {
  readonly file: CheckedFile;
  add(path: Path, what: "key" | "value", code: string, message: string, hint?: string): void;
  /** A problem that has its place already: in a file that the policy names. */
  addProblem(problem: Problem): void;
}

export function reportInto(problems: Problem[], file: CheckedFile): Report {
  return {
    file,
    add: (path, what, code, message, hint) =>
      void problems.push(problemAt(file.yaml, path, what, code, hint === undefined ? message : `${message}\n${hint}`)),
    addProblem: (problem) => void problems.push(problem),
  };
}

/** Refuses a name that another file, or another part of the same kind, has already taken. */
export function takeName(taken: Map<string, string>, name: string, kind: string, report: Report, path: Path): boolean {
  const before = taken.get(name);
  const [start] = report.file.yaml.place(path, "key");
  const { source } = report.file.yaml;
  if (before !== undefined) {
    report.add(path, "key", "policy-twice", `the ${kind} ${name} is already defined at ${before}`);
    return false;
  }
  taken.set(name, `${source.file}:${source.lineOf(start)}`);
  return true;
}
