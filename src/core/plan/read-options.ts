// The first of the two pure steps: from the words of a command line to what they literally say. Nothing is looked up
// here; `factsNeeded` tells what has to be, `buildPlan` uses it.
import { err, ok, unreachable, type Result } from "../result.ts";
import { refuseTokens, refuseWords } from "./accept.ts";
import type { Exclusions } from "./exclusions.ts";
import { refuseCombination } from "./combinations.ts";
import { tokenise, type OptionToken } from "./getopt.ts";
import { inputText, planInput, type InputFile } from "./input-files.ts";
import { emptyDraft, type Draft } from "./options/draft.ts";
import { writtenName, type Meaning, type Use } from "./options/option.ts";
import type { OptionProblem, ParseProblem } from "./parse-error.ts";
import { readOwnScripts } from "./own-scripts.ts";
import type { Output, OwnScript, PlanInput, Technique } from "./scan-plan.ts";
import { parseScriptArgs, type ScriptArgument } from "./script-args.ts";
import { readExclusions, readTargets } from "./target-sources.ts";
import type { TargetWord } from "./targets.ts";
import type { Family } from "../sets/address-set.ts";

/** A command line understood as far as it goes without looking anything up. */
export interface Options extends Readonly<Omit<Draft, "family" | "techniques" | "outputs">> {
  readonly family: Family;
  readonly techniques: ReadonlySet<Technique>;
  readonly outputs: readonly Output[];
  /** Target words in their order. */
  readonly targets: readonly TargetWord[];
  readonly excluded: Exclusions;
  readonly ownScripts: readonly OwnScript[];
  /** The files that were read for it. */
  readonly inputs: readonly PlanInput[];
}

/**
 * Reads nmap's words (our own --jit-* options already taken out).
 *
 * Three steps: cut them up as the C library does, refuse what a person would not expect, let each option change the
 * draft in its order. Every refusal is a value with a stable code; nothing is thrown for what was typed.
 *
 * @param files  what `inputsNamed` says, as it was read; a line that names another file is refused.
 */
export function readOptions(words: readonly string[], files: readonly InputFile[] = []): Result<Options, ParseProblem> {
  const unreadable = refuseWords(words);
  if (unreadable !== undefined) return err(unreadable);
  const tokens = tokenise(words);
  if (!tokens.ok) return tokens;
  const draft = emptyDraft();
  for (const token of tokens.value.options) {
    const problem = apply(draft, token);
    if (problem !== undefined) return err(problem);
  }
  // After the options themselves: `--datadir -sS` is refused for what it is, not for how its value looks.
  const problem = refuseTokens(tokens.value) ?? refuseCombination(draft);
  if (problem !== undefined) return err(problem);
  const family = draft.family ?? 4;
  const targets = readTargets(draft, tokens.value.operands, family, files);
  if (!targets.ok) return targets;
  const excluded = readExclusions(draft, family, files);
  if (!excluded.ok) return excluded;
  const scriptArgs = readScriptArgs(draft, files);
  if (!scriptArgs.ok) return scriptArgs;
  const ownScripts = readOwnScripts(draft.ownScriptPaths, files);
  if (!ownScripts.ok) return ownScripts;
  return ok({
    ...draft,
    family,
    ownScripts: ownScripts.value,
    targets: targets.value,
    excluded: excluded.value,
    scriptArgs: scriptArgs.value,
    inputs: inputsOf(draft, files),
  });
}

/** Those of the file and those of the line, which come after them and win. */
function readScriptArgs(
  { scriptArgs, scriptArgsFile }: Draft,
  files: readonly InputFile[],
): Result<readonly ScriptArgument[], ParseProblem> {
  if (scriptArgsFile === undefined) return ok(scriptArgs);
  const text = inputText("--script-args-file", scriptArgsFile, files);
  if (!text.ok) return text;
  const listed = parseScriptArgs(text.value.replace(/[\s,]+$/, ""), "--script-args-file");
  if (!listed.ok) return listed;
  const typed = new Set(scriptArgs.map(({ key }) => key).filter((key) => key !== undefined));
  return ok([...listed.value.filter(({ key }) => key === undefined || !typed.has(key)), ...scriptArgs]);
}

/** A file that no option of this line names is not one of its inputs: a suggestion may have left the option out. */
function inputsOf(draft: Draft, files: readonly InputFile[]): readonly PlanInput[] {
  const paths: Readonly<Record<InputFile["option"], readonly (string | undefined)[]>> = {
    "-iL": [draft.targetList],
    "--excludefile": [draft.excludeFile],
    "--script-args-file": [draft.scriptArgsFile],
    "--script": draft.ownScriptPaths,
  };
  return files.filter(({ option, path }) => paths[option].includes(path)).map(planInput);
}

function apply(draft: Draft, { entry, name, argument }: OptionToken): OptionProblem | undefined {
  const written = writtenName(name);
  switch (entry.argument) {
    case "none":
      return applyMeaning(draft, entry.meaning, { name: written, value: undefined });
    case "optional":
      return applyMeaning(draft, entry.meaning, { name: written, value: argument });
    case "required":
      // getopt gives no such option without its argument.
      return applyMeaning(draft, entry.meaning, { name: written, value: argument ?? "" });
    default:
      return unreachable(entry);
  }
}

function applyMeaning<Value>(draft: Draft, meaning: Meaning<Value>, use: Use<Value>): OptionProblem | undefined {
  switch (meaning.kind) {
    case "modelled":
      return meaning.apply(draft, use);
    case "refused":
      return { code: "option-refused", message: `${use.name} is refused: ${meaning.because}.`, hint: meaning.instead };
    case "information":
      return {
        code: "option-conflict",
        message: `${use.name} makes nmap tell something instead of scanning.`,
        hint: `run it alone: jit-nmap ${use.name}`,
      };
    default:
      return unreachable(meaning);
  }
}
