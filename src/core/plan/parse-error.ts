// Why a command line is refused: the closed list of codes that scripts can rely on, and how a typed word is quoted in
// a sentence. Separate because every step of reading a line uses it.
import { escapeText } from "../escape.ts";
import type { Problem } from "../result.ts";
import type { PortProblemCode } from "./ports.ts";
import type { TargetProblemCode } from "./targets.ts";

export type OptionProblemCode =
  // what the C library's own reading refuses
  | "unknown-option"
  | "ambiguous-option"
  | "missing-argument"
  | "unexpected-argument"
  // what nmap would read, but not as a person expects
  | "unreadable-word"
  | "unicode-dash"
  | "value-looks-like-option"
  | "option-value"
  | "option-repeated"
  | "option-conflict"
  // what this program does not run
  | "option-refused"
  // a file of the requester's that the line names
  | "input-file"
  // what --script and --script-args say
  | "script-syntax"
  | "script-unknown"
  | "script-file"
  | "script-argument";

export type ParseErrorCode =
  OptionProblemCode | PortProblemCode | TargetProblemCode | "no-targets" | "name-unresolved" | "needs-privileges";

export type ParseProblem = Problem<ParseErrorCode>;
export type OptionProblem = Problem<OptionProblemCode>;

const LONGEST_QUOTE = 60;

/** A typed word for use inside a message: in double quotes, hostile characters made visible, cut when long. */
export function quoted(word: string): string {
  const cut = word.length > LONGEST_QUOTE ? `${word.slice(0, LONGEST_QUOTE)}…` : word;
  return `"${escapeText(cut.toWellFormed())}"`;
}
