// Standard Webhooks: how a message of a service proves whose it is, in both directions (v1: HMAC-SHA256 with a shared
// secret; v1a: Ed25519), and Slack's own v0. Pure but for the cryptography.
// Source: the Standard Webhooks specification 1.0.0; Slack, "Verifying requests from Slack".
import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** `secret` of one direction; `private`, `public`: the two halves of a key pair. */
export type Key =
  | { readonly kind: "secret"; readonly secret: Buffer }
  | { readonly kind: "private" | "public"; readonly key: KeyObject };

/** What is signed. */
export interface Message {
  /** `webhook-id`: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  /** Seconds since the Unix epoch, as decimal digits. */
  readonly timestamp: string;
  readonly body: string;
}

/** At least so many bytes: a shorter secret could be found by trying (approval.md, rule 7). */
const leastSecretBytes = 32;
/** Between a message's clock and ours, in seconds. */
const toleranceSeconds = 300;

/** A shared secret as it stands in its file: `whsec_` and base64, or any long text; undefined when it is too short. */
export function secretOf(text: string): Key | undefined {
  const plain = text.trim();
  const secret = plain.startsWith("whsec_")
    ? Buffer.from(plain.slice("whsec_".length), "base64")
    : Buffer.from(plain, "utf8");
  return secret.length < leastSecretBytes ? undefined : { kind: "secret", secret };
}

// The fixed beginnings of Ed25519 keys in PKCS #8 and SubjectPublicKeyInfo (RFC 8410): raw keys follow them.
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
const spki = Buffer.from("302a300506032b6570032100", "hex");

/** Half of an Ed25519 pair as it stands in its file: PEM, `whsk_` or `whpk_` and base64; undefined when it is none. */
export function keyOf(text: string, half: "private" | "public"): Key | undefined {
  try {
    const plain = text.trim();
    const raw = /^wh([sp])k_([A-Za-z0-9+/]+={0,2})$/.exec(plain);
    const bytes = Buffer.from(raw?.[2] ?? "", "base64").subarray(0, 32);
    if (raw !== null && (bytes.length !== 32 || (raw[1] === "s") !== (half === "private"))) return undefined;
    const key =
      half === "private"
        ? createPrivateKey(raw === null ? plain : { key: Buffer.concat([pkcs8, bytes]), format: "der", type: "pkcs8" })
        : createPublicKey(raw === null ? plain : { key: Buffer.concat([spki, bytes]), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ed25519" ? { kind: half, key } : undefined;
  } catch {
    return undefined;
  }
}

/** The 32 bytes of a public key, base64: what a proof keeps. */
export const rawPublicKey = (key: KeyObject): string =>
  key.export({ format: "der", type: "spki" }).subarray(spki.length).toString("base64");

const signedContent = ({ id, timestamp, body }: Message): string => `${id}.${timestamp}.${body}`;

/** `v1,…` or `v1a,…`. */
export function signMessage(message: Message, key: Key): string {
  const content = signedContent(message);
  if (key.kind === "secret") return `v1,${createHmac("sha256", key.secret).update(content).digest("base64")}`;
  return `v1a,${sign(null, Buffer.from(content), key.key).toString("base64")}`;
}

/** The one of the signatures (separated by blanks) that is the key's over the message; undefined when none is. */
export function findSignature(message: Message, signatures: string, key: Key): string | undefined {
  if (!/^[A-Za-z0-9_.-]{1,256}$/.test(message.id) || !/^[1-9]\d{0,14}$/.test(message.timestamp)) return undefined;
  const content = signedContent(message);
  const version = key.kind === "secret" ? "v1" : "v1a";
  // A header of ten thousand signatures is no message.
  return signatures
    .split(" ")
    .slice(0, 10)
    .find((one) => {
      const [given, ...base64] = one.split(",");
      if (given !== version || base64.length !== 1) return false;
      const bytes = Buffer.from(base64[0] ?? "", "base64");
      if (key.kind !== "secret") return bytes.length === 64 && verify(null, Buffer.from(content), key.key, bytes);
      return isSame(createHmac("sha256", key.secret).update(content).digest(), bytes);
    });
}

/** Whether this is Slack's signature (`v0=…`) over its request. */
export function isSlackSignature({ timestamp, body }: Omit<Message, "id">, signature: string, key: Key): boolean {
  if (key.kind !== "secret" || !/^v0=[0-9a-f]{64}$/.test(signature)) return false;
  const expected = createHmac("sha256", key.secret).update(`v0:${timestamp}:${body}`).digest();
  return isSame(expected, Buffer.from(signature.slice(3), "hex"));
}

const isSame = (left: Buffer, right: Buffer): boolean => left.length === right.length && timingSafeEqual(left, right);

/** Whether the message's clock and ours agree well enough. @param now  milliseconds since the Unix epoch. */
export const isTimely = (timestamp: string, now: number): boolean =>
  /^[1-9]\d{0,14}$/.test(timestamp) && Math.abs(Number(timestamp) - now / 1000) <= toleranceSeconds;
