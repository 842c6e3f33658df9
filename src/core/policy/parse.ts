// From the text of policy files to a policy. Two steps, because a policy may name files of networks that somebody has
// to read in between: `readPolicyFiles` checks every file by itself, `buildPolicy` looks up the names.
// Loads yaml and zod: never imported on the path of an allowed scan.
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import type { AddressSet } from "../sets/address-set.ts";
import { build } from "./build.ts";
import type { PolicyText } from "./digest.ts";
import type { Policy } from "./policy.ts";
import { readYaml } from "./read-yaml.ts";
import type { YamlData } from "./read-yaml.ts";
import { policyFile } from "./schema.ts";
import type { PolicyFile } from "./schema.ts";
import { problemAt, schemaProblems } from "./schema-problems.ts";
import { SourceText } from "./source-text.ts";

/** A file that is well-formed by itself. */
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

/** Checks every file by itself. All mistakes of all files are listed, each with its place. */
export function readPolicyFiles(files: readonly PolicyText[]): Result<readonly CheckedFile[], readonly Problem[]> {
  const checked: CheckedFile[] = [];
  const problems: Problem[] = [];
  if (files.length === 0) problems.push({ code: "policy-missing", message: "there is no policy file" });
  for (const file of files) {
    const result = readPolicyFile(file);
    if (result.ok) checked.push(result.value);
    else problems.push(...result.error);
  }
  return problems.length > 0 ? err(problems) : ok(checked);
}

function readPolicyFile({ name, text }: PolicyText): Result<CheckedFile, readonly Problem[]> {
  const yaml = readYaml(new SourceText(name, text));
  if (!yaml.ok) return yaml;
  if (yaml.value.value === null || yaml.value.value === undefined) {
    return err([
      problemAt(yaml.value, [], "value", "policy-empty", "the file is empty\na policy file begins with version: 1"),
    ]);
  }
  const data = policyFile.safeParse(yaml.value.value);
  return data.success ? ok({ yaml: yaml.value, data: data.data }) : err(schemaProblems(yaml.value, data.error.issues));
}

/** The names of the files of networks and the calendars that these files need, as they are written. */
export function networkFilesOf(files: readonly CheckedFile[]): readonly string[] {
  const names = files.flatMap(({ data }) =>
    Object.values(data.networks ?? {}).flatMap((network) => (Array.isArray(network) ? [] : [network.file])),
  );
  const calendars = files.flatMap(({ data }) => Object.values(data.calendars ?? {}).map(({ ics }) => ics));
  return [...new Set([...names, ...calendars])];
}

/** Merges the files and looks up every name. All mistakes are listed. */
export function buildPolicy(files: readonly CheckedFile[], given: Given): Result<Policy, readonly Problem[]> {
  return build(files, given);
}

/** Both steps at once, for whoever has all files at hand. */
export function parsePolicy(files: readonly PolicyText[], given: Given): Result<Policy, readonly Problem[]> {
  const checked = readPolicyFiles(files);
  return checked.ok ? buildPolicy(checked.value, given) : checked;
}
