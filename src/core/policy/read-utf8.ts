// The bytes of a policy file as text; where they are no UTF-8, which character it is that nobody can read.
import { err, ok } from "../result.ts";
import type { Problem, Result } from "../result.ts";
import { SourceText } from "./source-text.ts";

/** A byte order mark at its beginning is left out. */
export function readUtf8(file: string, bytes: Uint8Array): Result<string, Problem> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    const start = soundText(bytes).length;
    const at = new SourceText(file, new TextDecoder("utf-8").decode(bytes)).position(start, start + 1);
    const hint = "save the file as UTF-8; what is shown as \u{fffd} is in another encoding, or none";
    return err({ code: "policy-unreadable", message: `${file} is not UTF-8 text`, at, hint });
  }
}

/** The text before the first byte that can't be read. */
function soundText(bytes: Uint8Array): string {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textOf(bytes, middle) === undefined) high = middle - 1;
    else low = middle;
  }
  return textOf(bytes, low) ?? "";
}

/** The text of the first so many bytes, without a character that only begins in them. */
function textOf(bytes: Uint8Array, length: number): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
  } catch {
    return undefined;
  }
}
