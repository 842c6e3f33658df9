// The digest of what was asked: what a vote answers and what a grant is bound to. Separate because it is taken when a
// request opens and again when its grant is redeemed.
import { hash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import type { RequestDigest, RequestTerms } from "./request.ts";

/**
 * SHA-256 over all that was asked: plan digest, requester, reason, directory, TTL and the other obligations, clocks,
 * what is required, policy digest, version, nonce and id. The plan stands in it by its digest; the explanation and the
 * background, which are for people and about the same, stay out.
 *
 * @returns `sha256:` and 64 hexadecimal digits. Domain: `jit-nmap/request/v1`, a zero byte, RFC 8785.
 */
export const requestDigest = (terms: Omit<RequestTerms, "digest">): RequestDigest =>
  `sha256:${hash("sha256", requestText(terms))}` as RequestDigest;

/** What is hashed, for whoever wants to do it again with other tools. */
export function requestText(terms: Omit<RequestTerms, "digest">): string {
  const asked = {
    id: terms.id,
    version: terms.version,
    nonce: terms.nonce,
    requester: {
      name: terms.requester.name,
      uid: terms.requester.uid,
      groups: terms.requester.groups,
      ...(terms.requester.unknown !== undefined && { unknown: terms.requester.unknown }),
    },
    reason: terms.reason ?? null,
    cwd: terms.cwd,
    ...(terms.profile !== undefined && { profile: terms.profile }),
    ...(terms.purpose !== undefined && { purpose: terms.purpose }),
    planDigest: terms.planDigest,
    policyDigest: terms.policyDigest,
    effect: terms.effect,
    requires: terms.requires,
    obligations: terms.obligations,
    openedAt: terms.openedAt,
    answerBy: terms.answerBy,
    startWithinSeconds: terms.startWithinSeconds,
    ...(terms.notBefore !== undefined && { notBefore: terms.notBefore }),
    ...(terms.notAfter !== undefined && { notAfter: terms.notAfter }),
    ...(terms.acceptsNarrower !== undefined && { acceptsNarrower: terms.acceptsNarrower }),
    ...(terms.held !== undefined && { held: terms.held }),
  };
  return `jit-nmap/request/v1\0${canonicalJson(asked)}`;
}
