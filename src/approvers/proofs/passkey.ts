// Checks a vote by passkey with nothing but Node's crypto: when it is counted, when its grant is redeemed, and years
// later. Not the library that the page uses: this one starts in no time, and two readings see more than one.
import { hash, verify } from "node:crypto";
import { voteChallenge, voteText } from "../../core/approval/vote-text.ts";
import type { Passkey } from "../../core/approval/access.ts";
import type { PasskeyProof } from "../../core/approval/proof.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Claim, Proofs } from "../../effects.ts";
import { verifyingKey } from "./cose-key.ts";

export type KeptPasskey = Pick<Passkey, "person" | "publicKey">;

/** User present and user verified (WebAuthn, authenticator data). */
const presentAndVerified = 0b101;
const flagsAt = 32;

const wrong = (message: string): Awaited<ReturnType<Proofs["check"]>> => err({ code: "proof-wrong", message });

/**
 * Whether the voter's own passkey signed exactly this vote: key, text, place, presence and signature.
 *
 * Source: Web Authentication Level 3, 7.2 (verifying an assertion).
 */
export function checkPasskey(
  proof: PasskeyProof,
  { request, vote }: Claim,
  kept: KeptPasskey | undefined,
): Awaited<ReturnType<Proofs["check"]>> {
  if (kept?.person !== vote.voter || kept.publicKey !== proof.publicKey) {
    return wrong(`this is no passkey of ${vote.voter}`);
  }
  const said = clientDataOf(proof.clientDataJSON);
  if (!said.ok) return wrong(said.error);
  if (said.value.type !== "webauthn.get" || said.value.origin !== proof.origin) {
    return wrong("the passkey was touched for something else");
  }
  if (said.value.challenge !== voteChallenge(voteText(request, vote))) {
    return wrong("the passkey was touched for another vote");
  }
  if (!belongsTo(proof.rpId, proof.origin)) return wrong("the passkey was touched on another page");
  const data = Buffer.from(proof.authenticatorData, "base64url");
  if (data.length <= flagsAt || !data.subarray(0, flagsAt).equals(Buffer.from(hash("sha256", proof.rpId), "hex"))) {
    return wrong("the passkey was touched on another page");
  }
  if (((data[flagsAt] ?? 0) & presentAndVerified) !== presentAndVerified) {
    return wrong("the passkey was used without its person");
  }
  const key = verifyingKey(kept.publicKey);
  if (key === undefined) return wrong("the passkey is of a kind that can't be checked here");
  const client = Buffer.from(hash("sha256", Buffer.from(proof.clientDataJSON, "base64url")), "hex");
  const signature = Buffer.from(proof.signature, "base64url");
  const signed = verify(key.digest, Buffer.concat([data, client]), key.key, signature);
  return signed ? ok("signed") : wrong("the passkey's signature does not fit");
}

interface ClientData {
  readonly type: unknown;
  readonly challenge: unknown;
  readonly origin: unknown;
}

function clientDataOf(text: string): Result<ClientData, string> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null && "type" in value && "challenge" in value && "origin" in value) {
      return ok({ type: value.type, challenge: value.challenge, origin: value.origin });
    }
  } catch {
    // No JSON: the same as JSON of something else.
  }
  return err("the passkey's answer can't be read");
}

/** A page of that name, or below it. */
function belongsTo(rpId: string, origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === rpId || hostname.endsWith(`.${rpId}`);
}
