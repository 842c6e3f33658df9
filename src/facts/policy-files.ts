// The policy on disk: finds it, reads it, and keeps its compiled form, so that a scan which policy allows starts
// without YAML. The key of the compiled form is everything the policy was made from, byte for byte.
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { attachedNetworks } from "../core/policy/attached.ts";
import type { InterfaceAddress } from "../core/policy/attached.ts";
import type { PolicyText } from "../core/policy/digest.ts";
import { err, ok } from "../core/result.ts";
import type { Problem, Result } from "../core/result.ts";
import type { AddressSet } from "../core/sets/address-set.ts";
import type { PolicySource } from "../effects.ts";
import { stampOf } from "./file-stamp.ts";
import { readPolicyCache, writePolicyCache } from "./policy-cache.ts";
import type { CompiledPolicy, PolicyBytes, PolicyIngredients } from "./policy-cache.ts";
import { findPolicy, readNetworkFiles, readPolicy } from "./policy-place.ts";
import type { PolicyPlace } from "./policy-place.ts";

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

type As = <T>(work: () => T) => T;

/** The machine as a policy may speak of it (core/policy/attached.ts). */
export type Interfaces = () => readonly InterfaceAddress[];

export function policyFiles(places: PolicyPlaces, interfaces: Interfaces = ownInterfaces): PolicySource {
  // The rules of time zones change with the system's data: windows are worked out anew then.
  const program = `${places.program} ${process.versions["tz"] ?? ""}`;
  // A scan loads the policy when it is judged and again when its grant is used: then only its files are looked at.
  let last: Loaded | undefined;
  // Root reads for the requester no more than the requester could: what is wrong with a policy quotes it.
  const asOwner = places.asOwner ?? (<T>(work: () => T): T => work());
  const readNetworks: ReadNetworks = (folder, names) => asOwner(() => readNetworkFiles(folder, names));
  return {
    async load() {
      const readAt = Date.now();
      const found = asOwner(() => findPolicy(places.candidates));
      if (!found.ok) return err([found.error]);
      const place = found.value;
      const attached = attachedNetworks(interfaces());
      const on = attached.toText().join(",");
      if (last !== undefined && isUntouched(last, place, on, asOwner)) return ok(last.policy);
      const read = asOwner(() => readPolicy(place));
      if (!read.ok) return err([read.error]);
      const ingredients = { ...place, files: read.value, program, attached: on };
      const cached =
        places.cacheFile === undefined ? undefined : readPolicyCache(places.cacheFile, ingredients, asOwner);
      const made =
        cached === undefined ? await compile(ingredients, attached, readNetworks, places.cacheFile) : ok(cached);
      last = undefined;
      if (!made.ok) return made;
      const paths = filesOf(place, made.value.networkFiles);
      last = { ...made.value, place, attached: on, stamp: asOwner(() => stampOf(paths, readAt)), readAt };
      return ok(last.policy);
    },
  };
}

interface Loaded extends CompiledPolicy {
  readonly place: PolicyPlace;
  readonly attached: string;
  readonly stamp: string | undefined;
  readonly readAt: number;
}

const filesOf = ({ folder, names }: PolicyPlace, networkFiles: readonly string[]): readonly string[] =>
  [...names, ...networkFiles].map((name) => join(folder, name));

/** The same files in the same place on the same network, and nobody has written to one since. */
function isUntouched(last: Loaded, now: PolicyPlace, attached: string, asOwner: As): boolean {
  const { place, stamp, readAt, networkFiles } = last;
  return (
    stamp !== undefined &&
    last.attached === attached &&
    place.origin === now.origin &&
    place.names.join("/") === now.names.join("/") &&
    asOwner(() => stampOf(filesOf(now, networkFiles), readAt)) === stamp
  );
}

/** The slow way: only here are the YAML parser and the schema loaded. */
async function compile(
  ingredients: PolicyIngredients,
  attached: AddressSet,
  readNetworks: ReadNetworks,
  cacheFile: string | undefined,
): Promise<Result<CompiledPolicy, readonly Problem[]>> {
  const { buildPolicy, networkFilesOf, readPolicyFiles } = await import("../core/policy/parse.ts");
  const { readUtf8 } = await import("../core/policy/read-utf8.ts");
  const { folder } = ingredients;
  const texts: PolicyText[] = [];
  const problems: Problem[] = [];
  for (const { name, bytes } of ingredients.files) {
    const text = readUtf8(name, bytes);
    if (text.ok) texts.push({ name, text: text.value });
    else problems.push(text.error);
  }
  const files = readPolicyFiles(texts);
  if (problems.length > 0) {
    const others = files.ok ? files.value.problems : files.error;
    return err(inFolder(folder, [...problems, ...(texts.length > 0 ? others : [])]));
  }
  if (!files.ok) return err(inFolder(folder, files.error));
  const named = networkFilesOf(files.value);
  const networkFiles = readNetworks(folder, named);
  const networkTexts = networkFiles.flatMap(({ name, bytes }) => {
    const text = readUtf8(name, bytes);
    return text.ok ? [[name, text.value] as const] : [];
  });
  const { origin } = ingredients;
  const policy = buildPolicy(files.value, { origin, networkFiles: new Map(networkTexts), attached });
  if (!policy.ok) return err(inFolder(folder, policy.error));
  if (cacheFile !== undefined) writePolicyCache(cacheFile, { ...ingredients, networkFiles }, policy.value);
  return ok({ policy: policy.value, networkFiles: named });
}

/** People find a mistake by the whole path; rules are named by the file alone. */
function inFolder(folder: string, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) =>
    problem.at === undefined ? problem : { ...problem, at: { ...problem.at, file: join(folder, problem.at.file) } },
  );
}

type ReadNetworks = (folder: string, names: readonly string[]) => readonly PolicyBytes[];

function ownInterfaces(): readonly InterfaceAddress[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses
      .filter(({ internal }) => !internal)
      .map(({ address, cidr }) => ({ address, prefixLength: Number(cidr?.split("/")[1] ?? Number.NaN) })),
  );
}
