// The compiled form of the policy on disk. It is believed only when it is whole, written by this account and this build,
// and made from exactly the bytes that the policy has now; else it is as if there were none.
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { compilePolicy } from "../core/policy/compile.ts";
import { loadCompiled } from "../core/policy/compiled.ts";
import type { Policy } from "../core/policy/policy.ts";
import { openOwnFile, writeOwnFile } from "./own-file.ts";
import { isPart, isPartOf, pieces, readFully } from "./same-bytes.ts";

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

type As = <T>(work: () => T) => T;

type Sizes = readonly (readonly [name: string, bytes: number])[];

interface Header extends Pick<PolicyIngredients, "program" | "origin" | "folder" | "attached"> {
  readonly files: Sizes;
  readonly networkFiles: Sizes;
  readonly compiledBytes: number;
  /** CRC-32 of the compiled form: a flipped bit must not become another policy. Who could forge it could write the policy. */
  readonly crc32: number;
}

const magic = "jit-nmap compiled policy 4\n";
/** The header's length in so many decimal digits, and a line feed. */
const lengthDigits = 10;

/** A policy, and which files it was made from beside its own. */
export interface CompiledPolicy {
  readonly policy: Policy;
  /** The files of networks and calendars that it was made from, as the policy names them. */
  readonly networkFiles: readonly string[];
}

/**
 * The policy that was compiled from these ingredients; undefined when there is none to be believed. Never throws.
 *
 * @param asOwner  opens files of networks with the rights of the one whose policy it is.
 */
export function readPolicyCache(path: string, ingredients: PolicyIngredients, asOwner: As): CompiledPolicy | undefined {
  try {
    const file = openOwnFile(path);
    if (file === undefined) return undefined;
    const kept = new CacheFile(file);
    if (!kept.isMadeFrom(ingredients) || !kept.hasSameNetworks(asOwner) || !kept.isWhole()) return undefined;
    const policy = loadCompiled(kept);
    return policy === undefined ? undefined : { policy, networkFiles: kept.networkFiles };
  } catch {
    return undefined;
  }
}

// A policy reads its parts when it is asked for them: the file is open for as long as somebody holds it.
const openFiles = new FinalizationRegistry<number>(closeSync);

class CacheFile {
  readonly length: number;
  readonly #file: number;
  readonly #header: Header;
  readonly #compiledAt: number;

  /** @throws for a file that is no such thing; it is closed with this object. */
  constructor(file: number) {
    openFiles.register(this, file);
    this.#file = file;
    const start = readFully(file, 0, magic.length + lengthDigits + 1).toString("latin1");
    const digits = start.slice(magic.length, -1);
    if (!start.startsWith(magic) || !/^[0-9]+$/.test(digits)) throw new Error("this is no compiled policy");
    const header = readFully(file, start.length, Number(digits));
    this.#header = JSON.parse(header.toString("utf8")) as Header;
    this.#compiledAt = start.length + header.length;
    this.length = this.#header.compiledBytes;
  }

  read(at: number, length: number): Uint8Array {
    if (at < 0 || at + length > this.length) throw new RangeError("a compiled policy ends before its time");
    return readFully(this.#file, this.#compiledAt + at, length);
  }

  get networkFiles(): readonly string[] {
    return this.#header.networkFiles.map(([name]) => name);
  }

  isMadeFrom(ingredients: PolicyIngredients): boolean {
    const { program, origin, folder, attached, files } = this.#header;
    let at = this.#compiledAt + this.length;
    return (
      program === ingredients.program &&
      origin === ingredients.origin &&
      folder === ingredients.folder &&
      attached === ingredients.attached &&
      files.length === ingredients.files.length &&
      files.every(([name, size], index) => {
        const now = ingredients.files[index];
        const then = at;
        at += size;
        return now?.name === name && now.bytes.length === size && isPart(this.#file, then, now.bytes);
      })
    );
  }

  hasSameNetworks(asOwner: As): boolean {
    const { folder, files, networkFiles } = this.#header;
    let at = this.#compiledAt + this.length + totalOf(files);
    for (const [name, size] of networkFiles) {
      if (!this.#isPart(at, size, join(folder, name), asOwner)) return false;
      at += size;
    }
    return true;
  }

  #isPart(at: number, size: number, path: string, asOwner: As): boolean {
    let other: number | undefined;
    try {
      // Not waiting for whoever writes into a pipe.
      const now = (other = asOwner(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)));
      return fstatSync(now).isFile() && isPartOf(this.#file, at, size, now);
    } catch {
      return false;
    } finally {
      if (other !== undefined) closeSync(other);
    }
  }

  isWhole(): boolean {
    const { files, networkFiles } = this.#header;
    const end = this.#compiledAt + this.length + totalOf(files) + totalOf(networkFiles);
    if (fstatSync(this.#file).size !== end) return false;
    let sum = 0;
    for (const piece of pieces(this.#file, this.#compiledAt, this.length)) sum = crc32(piece, sum);
    return sum === this.#header.crc32;
  }
}

const totalOf = (sizes: Sizes): number => sizes.reduce((sum, [, size]) => sum + size, 0);

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
  const text = Buffer.from(JSON.stringify(header), "utf8");
  const start = Buffer.from(`${magic}${String(text.length).padStart(lengthDigits, "0")}\n`, "latin1");
  const sources = [...files, ...networkFiles].map(({ bytes }) => bytes);
  try {
    writeOwnFile(path, Buffer.concat([start, text, compiled, ...sources]));
  } catch {
    // Compiled again next time.
  }
}
