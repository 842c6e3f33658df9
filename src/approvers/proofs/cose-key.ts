// A passkey's public key as Node's crypto takes it: from the COSE form in which authenticators give it. Separate because
// it is a format of its own (CBOR), of which a key uses maps, small numbers and byte strings, and nothing else is read.
import { createPublicKey, type KeyObject } from "node:crypto";

/** How a key signs, in Node's words; `digest` null where the scheme has its own. */
export interface VerifyingKey {
  readonly key: KeyObject;
  readonly digest: "sha256" | null;
}

type Field = number | Uint8Array;

/**
 * ES256, EdDSA (Ed25519) and RS256, which every authenticator has one of.
 *
 * @param cose  base64url.
 * @returns undefined when it is none of these, or not wholly a key.
 *
 * Source: RFC 9052 and 9053 (COSE), RFC 8949 (CBOR), RFC 8230 (RSA).
 */
export function verifyingKey(cose: string): VerifyingKey | undefined {
  const fields = readMap(Buffer.from(cose, "base64url"));
  if (fields === undefined) return undefined;
  const text = (label: number): string | undefined => {
    const value = fields.get(label);
    return value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : undefined;
  };
  const [kind, scheme, curve] = [fields.get(1), fields.get(3), fields.get(-1)];
  const [x, y, n, e] = [text(-2), text(-3), text(-1), text(-2)];
  const jwk = (members: Record<string, string>): KeyObject => createPublicKey({ key: members, format: "jwk" });
  try {
    if (kind === 2 && scheme === -7 && curve === 1 && x !== undefined && y !== undefined)
      return { key: jwk({ kty: "EC", crv: "P-256", x, y }), digest: "sha256" };
    if (kind === 1 && scheme === -8 && curve === 6 && x !== undefined)
      return { key: jwk({ kty: "OKP", crv: "Ed25519", x }), digest: null };
    if (kind === 3 && scheme === -257 && n !== undefined && e !== undefined)
      return { key: jwk({ kty: "RSA", n, e }), digest: "sha256" };
  } catch {
    // A point that is on no curve, a number that is no modulus.
  }
  return undefined;
}

/** One CBOR map from numbers to numbers and byte strings, to the last byte; undefined for anything else. */
function readMap(bytes: Uint8Array): ReadonlyMap<number, Field> | undefined {
  let at = 0;
  const head = (): { readonly major: number; readonly value: number } | undefined => {
    const first = bytes[at++];
    if (first === undefined) return undefined;
    const [major, short] = [first >> 5, first & 31];
    if (short < 24) return { major, value: short };
    const length = short === 24 ? 1 : short === 25 ? 2 : 0;
    if (length === 0 || at + length > bytes.length) return undefined;
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 256 + (bytes[at++] ?? 0);
    return { major, value };
  };
  const field = (): Field | undefined => {
    const found = head();
    if (found?.major === 0) return found.value;
    if (found?.major === 1) return -1 - found.value;
    if (found?.major !== 2 || at + found.value > bytes.length) return undefined;
    at += found.value;
    return bytes.subarray(at - found.value, at);
  };
  const map = head();
  if (map?.major !== 5) return undefined;
  const fields = new Map<number, Field>();
  for (let index = 0; index < map.value; index++) {
    const [label, value] = [field(), field()];
    if (typeof label !== "number" || value === undefined || fields.has(label)) return undefined;
    fields.set(label, value);
  }
  return at === bytes.length ? fields : undefined;
}
