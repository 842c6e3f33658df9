// Where the targets of a line come from, and what is taken off them: words, lists, exclusions. Apart from the reading of
// options, because files come in here.
import { err, ok, type Result } from "../result.ts";
import { AddressSet, type Family } from "../sets/address-set.ts";
import { parseExclusionList, parseExclusions, type Exclusions } from "./exclusions.ts";
import { inputOf, type InputFile } from "./input-files.ts";
import type { InputDraft } from "./options/draft-inputs.ts";
import { quoted, type ParseProblem } from "./parse-error.ts";
import { parseTargetList } from "./target-list.ts";
import { parseTargetWord, type TargetWord } from "./targets.ts";

/** The target words in their order; of a list one set, and its names. Never empty. */
export function readTargets(
  draft: Pick<InputDraft, "targetList">,
  operands: readonly string[],
  family: Family,
  files: readonly InputFile[],
): Result<readonly TargetWord[], ParseProblem> {
  const path = draft.targetList;
  if (path === undefined) return readOperands(operands, family);
  if (operands.length > 0) {
    // Versions before 7.96 leave the words out in silence, later ones scan both.
    return err({
      code: "option-conflict",
      message: "Targets stand on the line and in the list of -iL: versions of nmap differ in which of them they scan.",
      hint: path === "-" ? "put all targets into the list" : `put all targets into ${quoted(path)}`,
    });
  }
  const file = inputOf("-iL", path, files);
  if (!file.ok) return file;
  const listed = parseTargetList(file.value.bytes, family, nameOf(path));
  if (!listed.ok) return listed;
  const { set, names } = listed.value;
  if (set.isEmpty && names.length === 0) {
    return err({ code: "no-targets", message: "The list of -iL names no target.", hint: "one target a line" });
  }
  const named = names.map((name): TargetWord => ({ kind: "name", name }));
  return ok(set.isEmpty ? named : [{ kind: "addresses", set }, ...named]);
}

function readOperands(operands: readonly string[], family: Family): Result<readonly TargetWord[], ParseProblem> {
  const targets: TargetWord[] = [];
  for (const operand of operands) {
    const target = parseTargetWord(operand, family);
    if (!target.ok) return target;
    targets.push(target.value);
  }
  if (targets.length > 0) return ok(targets);
  return err({
    code: "no-targets",
    message: "No target is given.",
    hint: "name an address, a network such as 10.0.0.0/24, or a host name",
  });
}

/** --exclude and --excludefile together. */
export function readExclusions(
  draft: Pick<InputDraft, "exclude" | "excludeFile">,
  family: Family,
  files: readonly InputFile[],
): Result<Exclusions, ParseProblem> {
  const parts: Exclusions[] = [];
  if (draft.exclude !== undefined) {
    const typed = parseExclusions(draft.exclude, family);
    if (!typed.ok) return typed;
    parts.push(typed.value);
  }
  if (draft.excludeFile !== undefined) {
    const file = inputOf("--excludefile", draft.excludeFile, files);
    if (!file.ok) return file;
    const listed = parseExclusionList(file.value.bytes, family, nameOf(draft.excludeFile));
    if (!listed.ok) return listed;
    parts.push(listed.value);
  }
  return ok({
    set: AddressSet.unionOf(parts.map((part) => part.set)),
    names: [...new Set(parts.flatMap((part) => part.names))],
  });
}

const nameOf = (path: string): string => (path === "-" ? "standard input" : path);
