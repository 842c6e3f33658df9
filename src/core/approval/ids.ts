// Names of requests, grants and sessions: random, short enough to say on the telephone, and readable back from a
// sloppy spelling. Separate because three records share the form. Alphabet: Crockford base 32 (no i, l, o, u).
import type { SessionId } from "../audit/event.ts";
import type { GrantId } from "../grant/grant.ts";
import type { RequestId } from "./request.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const bodyLength = 10;

/** Random bytes that one id takes: 56 bits, of which the first 50 are used. */
export const idBytes = 7;

function body(bytes: Uint8Array): string {
  if (bytes.length < idBytes) throw new RangeError(`an id needs ${idBytes} random bytes, got ${bytes.length}`);
  let bits = 0n;
  for (const byte of bytes.subarray(0, idBytes)) bits = (bits << 8n) | BigInt(byte);
  let text = "";
  for (let index = 0; index < bodyLength; index += 1) {
    const shift = BigInt(8 * idBytes - 5 * (index + 1));
    text += alphabet.charAt(Number((bits >> shift) & 31n));
  }
  return text;
}

/** @param bytes  at least `idBytes` from the operating system's generator. */
export const requestIdFrom = (bytes: Uint8Array): RequestId => `r${body(bytes)}` as RequestId;
/** @param bytes  at least `idBytes` from the operating system's generator. */
export const grantIdFrom = (bytes: Uint8Array): GrantId => `g${body(bytes)}` as GrantId;
/** @param bytes  at least `idBytes` from the operating system's generator. */
export const sessionIdFrom = (bytes: Uint8Array): SessionId => `s${body(bytes)}` as SessionId;

/**
 * The id prefixes that a person may have meant: any case, `o` for 0, `i` and `l` for 1, with or without the leading `r`.
 *
 * @returns prefixes made of the ids' own characters only (safe for a range search); empty when it can be no request id.
 *
 * Source: Crockford base 32, decoding rules.
 */
export function requestIdPrefixes(text: string): readonly string[] {
  const plain = text.toLowerCase().replaceAll("o", "0").replaceAll(/[il]/g, "1");
  if (!/^[0-9a-hjkmnp-tv-z]+$/.test(plain)) return [];
  const prefixes: string[] = [];
  if (plain.startsWith("r") && plain.length <= bodyLength + 1) prefixes.push(plain);
  if (plain.length <= bodyLength) prefixes.push(`r${plain}`);
  return prefixes;
}
