// The policy on disk: finds it, reads it, and keeps its compiled form, so that a scan which policy allows starts
// without YAML. The key of the compiled form is everything the policy was made from, byte for byte.
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { basename, dirname, join } from "node:path";
import { attachedNetworks } from "../core/policy/attached.ts";
import type { InterfaceAddress } from "../core/policy/attached.ts";
import type { PolicyText } from "../core/policy/digest.ts";
import type { Policy } from "../core/policy/policy.ts";
import { err, ok } from "../core/result.ts";
import type { Problem, Result } from "../core/result.ts";
import type { AddressSet } from "../core/sets/address-set.ts";
import type { PolicySource } from "../effects.ts";
import { readPolicyCache, writePolicyCache } from "./policy-cache.ts";
import type { CachedPolicy, PolicyBytes, PolicyIngredients } from "./policy-cache.ts";

export interface PolicyPlaces {
  /**
   * Folders (every `*.yaml` and `*.yml` in them that is no `*.cases.yaml`) or single files, in the order of preference:
   * the first that exists is the policy. One that exists and can't be used is an error, never skipped.
   */
  readonly candidates: readonly string[];
  /** The compiled form lives here; it must be a folder that only the owner of this process writes. Absent: none is kept. */
  readonly cacheFile?: string;
  /** Does synchronous work with the rights of the one whose policy it is; this process's own when left out. */
  readonly asOwner?: <T>(work: () => T) => T;
  /** Which build of this program: another one does not trust this one's compiled form. */
  readonly program: string;
}

/** The machine as a policy may speak of it (core/policy/attached.ts). */
export type Interfaces = () => readonly InterfaceAddress[];

export function policyFiles(places: PolicyPlaces, interfaces: Interfaces = ownInterfaces): PolicySource {
  // The rules of time zones change with the system's data: windows are worked out anew then.
  const program = `${places.program} ${process.versions["tz"] ?? ""}`;
  // A scan loads the policy when it is judged and again when its grant is used: the second time it only compares bytes.
  let last: Loaded | undefined;
  // Root reads for the requester no more than the requester could: what is wrong with a policy quotes it.
  const asOwner = places.asOwner ?? (<T>(work: () => T): T => work());
  const readNetworks: ReadNetworks = (folder, names) => asOwner(() => readNetworkFiles(folder, names));
  return {
    async load() {
      const found = asOwner(() => findPolicy(places.candidates));
      if (!found.ok) return err([found.error]);
      const attached = attachedNetworks(interfaces());
      const ingredients = { ...found.value, program, attached: attached.toText().join(",") };
      if (last !== undefined && isSamePolicy(last, ingredients) && last.hasSameNetworks(asOwner))
        return ok(last.policy);
      const cached =
        places.cacheFile === undefined ? undefined : readPolicyCache(places.cacheFile, ingredients, asOwner);
      if (cached !== undefined) {
        last = { ingredients, ...cached };
        return ok(cached.policy);
      }
      const compiled = await compile(ingredients, attached, readNetworks, places.cacheFile);
      const hasNetworks = mayNameFiles(ingredients);
      last = compiled.ok ? { ingredients, policy: compiled.value, hasSameNetworks: () => !hasNetworks } : undefined;
      return compiled;
    },
  };
}

interface Loaded extends CachedPolicy {
  readonly ingredients: PolicyIngredients;
}

/** Whether it may name files of networks or calendars, which can change while it does not (a backslash could spell the key). */
function mayNameFiles({ files }: PolicyIngredients): boolean {
  return files.some(({ bytes }) => bytes.includes("file") || bytes.includes("ics") || bytes.includes("\\"));
}

/** Same bytes in the same place on the same network. */
function isSamePolicy(last: Loaded, now: PolicyIngredients): boolean {
  const then = last.ingredients;
  return (
    then.origin === now.origin &&
    then.attached === now.attached &&
    then.files.length === now.files.length &&
    then.files.every(({ name, bytes }, index) => {
      const other = now.files[index];
      return other?.name === name && Buffer.compare(bytes, other.bytes) === 0;
    })
  );
}

/** The slow way: only here are the YAML parser and the schema loaded. */
async function compile(
  ingredients: PolicyIngredients,
  attached: AddressSet,
  readNetworks: ReadNetworks,
  cacheFile: string | undefined,
): Promise<Result<Policy, readonly Problem[]>> {
  const { buildPolicy, networkFilesOf, readPolicyFiles } = await import("../core/policy/parse.ts");
  const { folder } = ingredients;
  const texts: PolicyText[] = [];
  const problems: Problem[] = [];
  for (const { name, bytes } of ingredients.files) {
    const text = decode(bytes);
    if (text === undefined)
      problems.push({ code: "policy-unreadable", message: `${join(folder, name)} is not UTF-8 text` });
    else texts.push({ name, text });
  }
  if (problems.length > 0) return err(problems);
  const files = readPolicyFiles(texts);
  if (!files.ok) return err(inFolder(folder, files.error));
  const networkFiles = readNetworks(folder, networkFilesOf(files.value));
  const networkTexts = networkFiles.flatMap(({ name, bytes }) => {
    const text = decode(bytes);
    return text === undefined ? [] : [[name, text] as const];
  });
  const { origin } = ingredients;
  const policy = buildPolicy(files.value, { origin, networkFiles: new Map(networkTexts), attached });
  if (!policy.ok) return err(inFolder(folder, policy.error));
  if (cacheFile !== undefined) writePolicyCache(cacheFile, { ...ingredients, networkFiles }, policy.value);
  return policy;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** People find a mistake by the whole path; rules are named by the file alone. */
function inFolder(folder: string, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) =>
    problem.at === undefined ? problem : { ...problem, at: { ...problem.at, file: join(folder, problem.at.file) } },
  );
}

type Found = Pick<PolicyIngredients, "origin" | "folder" | "files">;

function findPolicy(candidates: readonly string[]): Result<Found, Problem> {
  for (const candidate of candidates) {
    try {
      // A link that leads nowhere exists: somebody meant it to be the policy.
      if (lstatSync(candidate, { throwIfNoEntry: false }) === undefined) continue;
      const isFolder = statSync(candidate).isDirectory();
      const folder = isFolder ? candidate : dirname(candidate);
      const names = isFolder ? readdirSync(candidate).filter(isPolicyName).sort() : [basename(candidate)];
      if (names.length === 0) {
        return err({
          code: "policy-missing",
          message: `the folder ${candidate} has no policy: nothing is allowed`,
          hint: "put a file such as policy.yaml in it, or remove the folder to use the shipped policy",
        });
      }
      return ok({
        origin: candidate,
        folder,
        files: names.map((name) => ({ name, bytes: readPlainFile(join(folder, name)) })),
      });
    } catch (error) {
      return err({ code: "policy-unreadable", message: `the policy ${candidate} can't be read: ${reasonOf(error)}` });
    }
  }
  return err({
    code: "policy-missing",
    message: "there is no policy: nothing is allowed",
    hint: `looked for ${candidates.join(", ")}`,
  });
}

function isPolicyName(name: string): boolean {
  return /\.ya?ml$/.test(name) && !/\.cases\.ya?ml$/.test(name) && !name.startsWith(".");
}

type ReadNetworks = (folder: string, names: readonly string[]) => readonly PolicyBytes[];

/** Those of the named files that can be read; the parser reports the others where they are named. */
export function readNetworkFiles(folder: string, names: readonly string[]): readonly PolicyBytes[] {
  return names.flatMap((name) => {
    try {
      return [{ name, bytes: readPlainFile(join(folder, name)) }];
    } catch {
      return [];
    }
  });
}

/** The bytes of a regular file: a pipe or a device could keep the scan waiting for ever. */
function readPlainFile(path: string): Buffer {
  if (!statSync(path).isFile()) throw new Error(`${path} is not a file`);
  return readFileSync(path);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function ownInterfaces(): readonly InterfaceAddress[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses
      .filter(({ internal }) => !internal)
      .map(({ address, cidr }) => ({ address, prefixLength: Number(cidr?.split("/")[1] ?? Number.NaN) })),
  );
}
