// The six digits that a requester tells a voter: how they are drawn and what is kept of them. Separate so that nothing
// else ever holds the code: it is shown once, on the requester's terminal.
import { hash, timingSafeEqual } from "node:crypto";
import type { RequestId } from "./request.ts";

/** Random bytes that one code takes. */
export const codeBytes = 8;

/** Six digits, each code equally likely to within 2⁻⁴⁴. */
export function codeFrom(bytes: Uint8Array): string {
  if (bytes.length < codeBytes) throw new RangeError(`a code needs ${codeBytes} random bytes, got ${bytes.length}`);
  let number = 0n;
  for (const byte of bytes.subarray(0, codeBytes)) number = (number << 8n) | BigInt(byte);
  return String(number % 1_000_000n).padStart(6, "0");
}

/**
 * What is stored of a code, as 64 hexadecimal digits. Bound to the request, so that one table of all codes does not
 * serve for every request. It hides the code from a glance, not from a search: a million codes are hashed in a second.
 */
export function hashCode(request: RequestId, code: string): string {
  return hash("sha256", `jit-nmap/code/v1\0${request}\0${code}`);
}

/** Whether this is the code, in a time that does not depend on how much of it is right. */
export function isCode(request: RequestId, code: string, stored: string): boolean {
  const typed = Buffer.from(hashCode(request, code), "hex");
  const kept = Buffer.from(stored, "hex");
  return kept.length === typed.length && timingSafeEqual(typed, kept);
}
