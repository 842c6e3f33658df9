// From the text of policy files to a policy. Two steps, because a policy may name files of networks that somebody has
// to read in between: `readPolicyFiles` checks every file by itself, `buildPolicy` looks up the names.
// Loads yaml and zod: never imported on the path of an allowed scan.
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import type { AddressSet } from "../sets/address-set.ts";
import { build } from "./build.ts";
import type { PolicyText } from "./digest.ts";
import type { Policy } from "./policy.ts";
import { readYamlParts } from "./read-yaml.ts";
import type { YamlData } from "./read-yaml.ts";
import { policyFile } from "./schema.ts";
import type { PolicyFile } from "./schema.ts";
import { problemAt, schemaProblems } from "./schema-problems.ts";
import { SourceText } from "./source-text.ts";
import { withoutMistakes } from "./schema-without-mistakes.ts";

/** A file that is well-formed by itself, or what is so of it. */
export interface CheckedFile {
  readonly yaml: YamlData;
  readonly data: PolicyFile;
}

/** What a policy is made from besides its own files. */
export interface Given {
  /** The folder or file that the policy is read from, as people are told it. */
  readonly origin: string;
  /** The files that `networks` and `calendars` name, by the name written there. A name that is missing is an error in the policy. */
  readonly networkFiles: ReadonlyMap<string, string>;
  /** What the built-in network `attached` stands for (attached.ts). */
  readonly attached: AddressSet;
}

/** Policy files as data, and what is wrong in each by itself. */
export interface ReadFiles {
  /** Where a file has mistakes, what is left of it without them: only to find what else is wrong. */
  readonly files: readonly CheckedFile[];
  readonly problems: readonly Problem[];
}

/**
 * Checks every file by itself. Fails where one can't be read as YAML, with the mistakes of all; other mistakes are in
 * the answer, so that `buildPolicy` can find those of the names too.
 */
export function readPolicyFiles(files: readonly PolicyText[]): Result<ReadFiles, readonly Problem[]> {
  if (files.length === 0) return err([{ code: "policy-missing", message: "there is no policy file" }]);
  const checked: CheckedFile[] = [];
  const problems: Problem[] = [];
  let readable = true;
  for (const file of files) {
    const read = readPolicyFile(file);
    problems.push(...read.problems);
    if (read.checked === undefined) readable = false;
    else checked.push(read.checked);
  }
  return readable ? ok({ files: checked, problems }) : err(problems);
}

interface ReadFile {
  readonly checked?: CheckedFile;
  readonly problems: readonly Problem[];
}

function readPolicyFile({ name, text }: PolicyText): ReadFile {
  const { data: yaml, problems } = readYamlParts(new SourceText(name, text));
  if (yaml === undefined) return { problems };
  if (yaml.value === null || yaml.value === undefined) {
    const sentence = "the file is empty\na policy file begins with version: 1";
    return { problems: [...problems, problemAt(yaml, [], "value", "policy-empty", sentence)] };
  }
  return checkedAgain(yaml, yaml.value, problems, mostRounds);
}

/** A mistake can hide another in what it keeps from being understood, and that one a third. */
const mostRounds = 8;

/** The data with what is wrong in it; where something is, what was found is taken out and the rest looked at again. */
function checkedAgain(yaml: YamlData, value: unknown, before: readonly Problem[], rounds: number): ReadFile {
  const whole = policyFile.safeParse(value);
  if (whole.success) return { checked: { yaml, data: whole.data }, problems: before };
  const { issues } = whole.error;
  const problems = [...before, ...elsewhere(schemaProblems(yaml, issues), before)];
  return rounds === 0 ? { problems } : checkedAgain(yaml, withoutMistakes(value, issues), problems, rounds - 1);
}

/** Those that do not stand where something is said to be wrong already: it would be the same slip once more. */
function elsewhere(problems: readonly Problem[], said: readonly Problem[]): readonly Problem[] {
  const places = new Set(said.map(placeOf));
  return problems.filter((problem) => problem.at === undefined || !places.has(placeOf(problem)));
}

const placeOf = ({ at }: Problem): string => `${at?.file ?? ""}:${at?.line ?? 0}:${at?.column ?? 0}`;

/** The names of the files of networks and the calendars that these files need, as they are written. */
export function networkFilesOf({ files }: ReadFiles): readonly string[] {
  const names = files.flatMap(({ data }) =>
    Object.values(data.networks ?? {}).flatMap((network) => (Array.isArray(network) ? [] : [network.file])),
  );
  const calendars = files.flatMap(({ data }) => Object.values(data.calendars ?? {}).map(({ ics }) => ics));
  return [...new Set([...names, ...calendars])];
}

/** Merges the files and looks up every name. All mistakes are listed, those of the single files among them. */
export function buildPolicy({ files, problems }: ReadFiles, given: Given): Result<Policy, readonly Problem[]> {
  const built = build(files, given);
  if (problems.length === 0) return built;
  return err(inOrder(files, [...problems, ...(built.ok ? [] : elsewhere(built.error, problems))]));
}

/** As somebody reads who goes through the files from the top. */
function inOrder(files: readonly CheckedFile[], problems: readonly Problem[]): readonly Problem[] {
  const order = new Map(files.map(({ yaml }, index) => [yaml.source.file, index]));
  const rank = ({ at }: Problem): readonly number[] => [
    order.get(at?.file ?? "") ?? files.length,
    at?.line ?? 0,
    at?.column ?? 0,
  ];
  return [...problems].sort((left, right) => {
    const [one, other] = [rank(left), rank(right)];
    const differs = one.findIndex((value, index) => value !== other[index]);
    return differs < 0 ? 0 : (one[differs] ?? 0) - (other[differs] ?? 0);
  });
}

/** Both steps at once, for whoever has all files at hand. */
export function parsePolicy(files: readonly PolicyText[], given: Given): Result<Policy, readonly Problem[]> {
  const read = readPolicyFiles(files);
  return read.ok ? buildPolicy(read.value, given) : read;
}
