// Telling an ending and giving its code in one step, as every command that reaches the pipeline does.
import { isatty } from "node:tty";
import type { Problem } from "../core/result.ts";
import type { Outcome } from "../messages.ts";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { outcomeLines } from "./outcome-lines.ts";
import { writeErr } from "./output.ts";
import { problemLines } from "./problem-lines.ts";

/** Says on standard error how it ended. @returns the exit code. */
export function tellOutcome(outcome: Outcome): number {
  for (const line of outcomeLines(outcome, isatty(2))) writeErr(line);
  return exitCodeOf(outcome);
}

/** Says what is wrong. @returns the exit code, 64 unless told otherwise. */
export function tellProblem(problem: Problem, code: number = EXIT.notUnderstood): number {
  for (const line of problemLines(problem)) writeErr(line);
  return code;
}
