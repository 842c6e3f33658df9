// The requester's own files that a command line names. They are read once, with the requester's rights, by whoever
// speaks with the requester; what was in them is read here, and their paths never reach nmap.
import { err, ok, type Result } from "../result.ts";
import { digestOfBytes } from "./digest.ts";
import { tokenise } from "./getopt.ts";
import { writtenName } from "./options/option.ts";
import { quoted, type ParseProblem } from "./parse-error.ts";
import type { PlanInput } from "./scan-plan.ts";
import { splitOwnScripts } from "./scripts-expression.ts";

export type InputOption = "-iL" | "--excludefile" | "--script-args-file" | "--script";

export interface NamedInput {
  readonly option: InputOption;
  /** As typed; `-` after -iL is standard input. */
  readonly path: string;
}

/** A file as it was when it was read. */
export interface InputFile extends NamedInput {
  readonly bytes: Uint8Array;
}

/** More is refused: ten million addresses fit. */
export const LARGEST_INPUT = 64 * 1024 * 1024;

const INPUTS: ReadonlyMap<string, InputOption> = new Map([
  ["-iL", "-iL"],
  ["--excludefile", "--excludefile"],
  ["--script-args-file", "--script-args-file"],
  ["--script", "--script"],
]);

/** What has to be read before the line can be. Nothing for a line that will be refused in any case. */
export function inputsNamed(words: readonly string[]): readonly NamedInput[] {
  // Every spelling of these options begins so behind its dashes; most lines have nothing of the kind.
  if (!words.some((word) => /^--?(?:i|e|script)/.test(word))) return [];
  const tokens = tokenise(words);
  if (!tokens.ok) return [];
  const named: NamedInput[] = [];
  for (const { name, argument } of tokens.value.options) {
    const option = INPUTS.get(writtenName(name));
    if (option === undefined || argument === undefined) continue;
    const paths = option === "--script" ? splitOwnScripts(argument).own : [argument];
    for (const path of paths) {
      // Twice the same script is one: it is read once.
      if (named.some((other) => other.option === "--script" && option === "--script" && other.path === path)) continue;
      named.push({ option, path });
    }
  }
  return named;
}

/** The content of the file that an option names. */
export function inputOf(
  option: InputOption,
  path: string,
  files: readonly InputFile[],
): Result<InputFile, ParseProblem> {
  const file = files.find((each) => each.option === option && each.path === path);
  if (file !== undefined) return ok(file);
  return err({
    code: "input-file",
    message: `${option} ${quoted(path)} was not read.`,
    hint: "name its content on the line",
  });
}

/** What the plan keeps of it. */
export function planInput({ option, path, bytes }: InputFile): PlanInput {
  return { option, path, bytes: bytes.length, digest: digestOfBytes(bytes) };
}

/** The same as text; refused where the bytes are no UTF-8. */
export function inputText(
  option: InputOption,
  path: string,
  files: readonly InputFile[],
): Result<string, ParseProblem> {
  const file = inputOf(option, path, files);
  if (!file.ok) return file;
  const text = Buffer.from(file.value.bytes).toString("utf8");
  if (!text.includes("\ufffd")) return ok(text);
  return err({ code: "input-file", message: `${option} ${quoted(path)} is not valid UTF-8.` });
}
