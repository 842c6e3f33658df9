// The first of the two pure steps: from the words of a command line to what they literally say. Nothing is looked up
// here; `factsNeeded` tells what has to be, `buildPlan` uses it.
import { err, ok, unreachable, type Result } from "../result.ts";
import { refuseTokens, refuseWords } from "./accept.ts";
import { parseExclusions, type Exclusions } from "./exclusions.ts";
import { refuseCombination } from "./combinations.ts";
import { tokenise, type OptionToken } from "./getopt.ts";
import { emptyDraft, type Draft } from "./options/draft.ts";
import { writtenName, type Meaning, type Use } from "./options/option.ts";
import type { OptionProblem, ParseProblem } from "./parse-error.ts";
import type { Output, Technique } from "./scan-plan.ts";
import { parseTargetWord, type TargetWord } from "./targets.ts";
import { AddressSet, type Family } from "../sets/address-set.ts";

/** A command line understood as far as it goes without looking anything up. */
export interface Options extends Readonly<Omit<Draft, "family" | "techniques" | "outputs">> {
  readonly family: Family;
  readonly techniques: ReadonlySet<Technique>;
  readonly outputs: readonly Output[];
  /** Target words in their order. */
  readonly targets: readonly TargetWord[];
  readonly excluded: Exclusions;
}

/**
 * Reads nmap's words (our own --jit-* options already taken out).
 *
 * Three steps: cut them up as the C library does, refuse what a person would not expect, let each option change the
 * draft in its order. Every refusal is a value with a stable code; nothing is thrown for what was typed.
 */
export function readOptions(words: readonly string[]): Result<Options, ParseProblem> {
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
  const targets: TargetWord[] = [];
  for (const operand of tokens.value.operands) {
    const target = parseTargetWord(operand, family);
    if (!target.ok) return target;
    targets.push(target.value);
  }
  if (targets.length === 0) {
    return err({
      code: "no-targets",
      message: "No target is given.",
      hint: "name an address, a network such as 10.0.0.0/24, or a host name",
    });
  }
  const excluded =
    draft.exclude === undefined ? ok({ set: AddressSet.empty, names: [] }) : parseExclusions(draft.exclude, family);
  if (!excluded.ok) return excluded;
  return ok({ ...draft, family, targets, excluded: excluded.value });
}

function apply(draft: Draft, { entry, name, argument }: OptionToken): OptionProblem | undefined {
  const written = writtenName(name);
  switch (entry.argument) {
    case "none":
      return applyMeaning(draft, entry.help, entry.meaning, { name: written, value: undefined });
    case "optional":
      return applyMeaning(draft, entry.help, entry.meaning, { name: written, value: argument });
    case "required":
      // getopt gives no such option without its argument.
      return applyMeaning(draft, entry.help, entry.meaning, { name: written, value: argument ?? "" });
    default:
      return unreachable(entry);
  }
}

function applyMeaning<Value>(
  draft: Draft,
  help: string,
  meaning: Meaning<Value>,
  use: Use<Value>,
): OptionProblem | undefined {
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
    case "unmodelled":
      return {
        code: "option-not-supported",
        message: `${use.name} is nmap's option (${help}), but this version does not run it.`,
        ...(meaning.instead === undefined ? {} : { hint: meaning.instead }),
      };
    default:
      return unreachable(meaning);
  }
}
