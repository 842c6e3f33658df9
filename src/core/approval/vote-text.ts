// The words that a voter signs. Separate because they are written when a vote is given, when it is counted, when its
// grant is redeemed, and by an auditor with other tools: the same bytes each time.
import { hash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import type { RequestTerms, Vote } from "./request.ts";

/** The namespace of an SSHSIG: a signature for anything else is no vote. */
export const voteNamespace = "jit-nmap-vote@v1";

/** What of a vote is signed. */
export type SignedWords = Pick<Vote, "voter" | "answer"> & Partial<Pick<Vote, "reason">>;

/**
 * Eight lines, each ended by a line feed: the namespace, then names with their values as JSON (RFC 8785), so that no
 * value can be read as another line. The nonce is the request's own, 128 bits that were never used before.
 */
export function voteText(
  { id, version, digest, nonce }: Pick<RequestTerms, "id" | "version" | "digest" | "nonce">,
  { voter, answer, reason }: SignedWords,
): string {
  const lines = Object.entries({ request: id, version, digest, nonce, voter, answer, reason: reason ?? null });
  return [voteNamespace, ...lines.map(([name, value]) => `${name}: ${canonicalJson(value)}`), ""].join("\n");
}

/** What a passkey signs as its challenge: SHA-256 over the text, base64url without padding. */
export const voteChallenge = (text: string): string => hash("sha256", text, "base64url");
