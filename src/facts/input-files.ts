// The requester's own input files (-iL, --excludefile, --script-args-file), read once and whole, with the requester's
// rights. Only plain files and standard input: nothing that could block, never end, or do something when opened.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { InputFiles } from "../effects.ts";
import { escapeText } from "../core/escape.ts";
import { LARGEST_INPUT } from "../core/plan/input-files.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";

type Refusal = Problem<"input-refused">;

export interface InputFilesOptions {
  /** Does synchronous work with the requester's rights. */
  readonly asRequester?: <T>(work: () => T) => T;
  /** What `-` is; standard input of this process unless a test has another. */
  readonly standardInput?: () => AsyncIterable<Uint8Array>;
  /** Bytes. */
  readonly largest?: number;
}

export function createInputFiles(options: InputFilesOptions = {}): InputFiles {
  const largest = options.largest ?? LARGEST_INPUT;
  const asRequester = options.asRequester ?? (<T>(work: () => T): T => work());
  return {
    read(path) {
      if (path === "-") return readStream(options.standardInput?.() ?? process.stdin, largest);
      return Promise.resolve(asRequester(() => readPlainFile(path, largest)));
    },
  };
}

function readPlainFile(path: string, largest: number): Result<Uint8Array, Refusal> {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: a pipe without a writer must not hold us until we have seen that it is one.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const before = fstatSync(descriptor, { bigint: true });
    if (before.isDirectory()) return refused(path, "it is a directory");
    if (before.isFIFO()) return refused(path, "it is a pipe", "give it to standard input: … | jit-nmap -iL -");
    if (!before.isFile()) return refused(path, "it is not a plain file");
    if (before.size > largest) return refused(path, tooLarge(largest), "split it into several scans");
    // Files of /proc say that they are empty; so does a file that grows while it is read.
    const bytes = readAtMost(descriptor, Math.max(Number(before.size), 4096), largest);
    if (bytes === undefined) return refused(path, tooLarge(largest), "split it into several scans");
    const after = fstatSync(descriptor, { bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs) {
      return refused(path, "it was changed while it was read", "try again");
    }
    return ok(bytes);
  } catch (error) {
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
    // Only what the file system said is the requester's business; anything else is a defect.
    if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
    return refused(path, reasons.get(code) ?? code);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function readAtMost(descriptor: number, expected: number, largest: number): Uint8Array | undefined {
  let buffer = new Uint8Array(Math.min(expected, largest) + 1);
  let length = 0;
  for (;;) {
    if (length === buffer.length) {
      if (length > largest) return undefined;
      const larger = new Uint8Array(Math.min(2 * buffer.length, largest + 1));
      larger.set(buffer);
      buffer = larger;
    }
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) return length > largest ? undefined : buffer.subarray(0, length);
    length += count;
  }
}

async function readStream(stream: AsyncIterable<Uint8Array>, largest: number): Promise<Result<Uint8Array, Refusal>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      // An endless stream is left, not followed: leaving the loop closes it.
      if (length > largest) return refused("-", tooLarge(largest), "split it into several scans");
      chunks.push(chunk);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return refused("-", reasons.get(code) ?? code);
  }
  return ok(Buffer.concat(chunks));
}

function tooLarge(largest: number): string {
  return `it is larger than ${largest} bytes`;
}

function refused(path: string, because: string, hint?: string): Result<never, Refusal> {
  const what = path === "-" ? "Standard input" : `The file ${escapeText(path)}`;
  const message = `${what} can't be read: ${because}.`;
  return err({ code: "input-refused", message, ...(hint === undefined ? {} : { hint }) });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["ENOTDIR", "a part of its path is not a directory"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["ELOOP", "its links lead in a circle"],
  ["EISDIR", "it is a directory"],
  ["ENXIO", "it is a socket or a device"],
  ["ENODEV", "it is a device"],
  ["ENAMETOOLONG", "its name is too long"],
  ["EIO", "the disk failed"],
]);
