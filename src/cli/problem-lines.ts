// A problem as the lines that a person reads on standard error. Separate from output.ts because it is text, not writing.
import type { Problem } from "../core/result.ts";
import { escapeText } from "../core/escape.ts";
import { ourLine } from "./output.ts";

/**
 * The place, the sentence, the excerpt with its caret and the hint; every line escaped.
 *
 * @param level  `note` for what is only doubtful.
 */
export function problemLines(problem: Problem, level: "error" | "note" = "error"): readonly string[] {
  const { at, hint } = problem;
  const place = at === undefined ? "" : `${at.file}:${at.line}:${at.column}: `;
  return [
    ourLine(level, `${place}${problem.message}`),
    ...(at?.excerpt === undefined
      ? []
      : at.excerpt.split("\n").map((line) => `  ${escapeText(line, { keep: "tab" })}`)),
    ...(hint === undefined ? [] : [ourLine("hint", hint)]),
  ];
}
