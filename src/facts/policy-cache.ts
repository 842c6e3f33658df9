// The compiled form of the policy on disk. It is believed only when it is whole, written by this account and this build,
// and made from exactly the bytes that the policy has now; else it is as if there were none.
import { crc32 } from "node:zlib";
import { compilePolicy } from "../core/policy/compile.ts";
import { loadCompiled } from "../core/policy/compiled.ts";
import type { Policy } from "../core/policy/policy.ts";
import { readOwnFile, writeOwnFile } from "./own-file.ts";

export interface PolicyBytes {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Everything a policy is made from, files of networks and calendars aside: which those are only the policy itself can say. */
export interface PolicyIngredients {
  readonly program: string;
  readonly origin: string;
  readonly folder: string;
  readonly files: readonly PolicyBytes[];
  /** The networks that `attached` stands for, as text. */
  readonly attached: string;
}

type Sizes = readonly (readonly [name: string, bytes: number])[];

interface Header extends Pick<PolicyIngredients, "program" | "origin" | "folder" | "attached"> {
  readonly files: Sizes;
  readonly networkFiles: Sizes;
  readonly compiledBytes: number;
  /** CRC-32 of the compiled form: a flipped bit must not become another policy. Who could forge it could write the policy. */
  readonly crc32: number;
}

const magic = "jit-nmap compiled policy 2\n";

/** The policy that was compiled from these ingredients; undefined when there is none to be believed. Never throws. */
export function readPolicyCache(
  path: string,
  ingredients: PolicyIngredients,
  readNetworkFiles: (folder: string, names: readonly string[]) => readonly PolicyBytes[],
): Policy | undefined {
  try {
    const bytes = readOwnFile(path);
    if (bytes?.subarray(0, magic.length).toString("latin1") !== magic) return undefined;
    const headerEnd = bytes.indexOf(10, magic.length);
    const header = JSON.parse(bytes.toString("utf8", magic.length, headerEnd)) as Header;
    if (!isSameMachineAndBuild(header, ingredients)) return undefined;
    const compiled = bytes.subarray(headerEnd + 1, headerEnd + 1 + header.compiledBytes);
    let at = headerEnd + 1 + header.compiledBytes;
    const matches = (sizes: Sizes, current: readonly PolicyBytes[]): boolean =>
      sizes.length === current.length &&
      sizes.every(([name, size], index) => {
        const now = current[index];
        const then = bytes.subarray(at, (at += size));
        return now?.name === name && now.bytes.equals(then);
      });
    if (!matches(header.files, ingredients.files)) return undefined;
    const networkFiles = readNetworkFiles(
      ingredients.folder,
      header.networkFiles.map(([name]) => name),
    );
    if (!matches(header.networkFiles, networkFiles)) return undefined;
    if (at !== bytes.length || crc32(compiled) !== header.crc32) return undefined;
    return loadCompiled(compiled);
  } catch {
    return undefined;
  }
}

function isSameMachineAndBuild(header: Header, ingredients: PolicyIngredients): boolean {
  return (
    header.program === ingredients.program &&
    header.origin === ingredients.origin &&
    header.folder === ingredients.folder &&
    header.attached === ingredients.attached
  );
}

/** Keeps the compiled form, for this account alone. A folder that can't be written costs time, not correctness. */
export function writePolicyCache(
  path: string,
  ingredients: PolicyIngredients & { readonly networkFiles: readonly PolicyBytes[] },
  policy: Policy,
): void {
  const compiled = compilePolicy(policy);
  const { program, origin, folder, attached, files, networkFiles } = ingredients;
  const sizes = (list: readonly PolicyBytes[]): Sizes => list.map(({ name, bytes }) => [name, bytes.length]);
  const header: Header = {
    program,
    origin,
    folder,
    attached,
    files: sizes(files),
    networkFiles: sizes(networkFiles),
    compiledBytes: compiled.length,
    crc32: crc32(compiled),
  };
  // The compiled form is used where it lies: it begins at a multiple of four.
  const text = `${magic}${JSON.stringify(header)}`;
  const padding = " ".repeat(3 - (Buffer.byteLength(text) % 4));
  const sources = [...files, ...networkFiles].map(({ bytes }) => bytes);
  try {
    writeOwnFile(path, Buffer.concat([Buffer.from(`${text}${padding}\n`), compiled, ...sources]));
  } catch {
    // Compiled again next time.
  }
}
