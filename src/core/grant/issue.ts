// Makes the single-use permission: from an allow, a confirmation or enough votes, and from nothing else (the callers
// are open.ts and vote.ts of approval).
import { grantIdFrom } from "../approval/ids.ts";
import type { RequestTerms } from "../approval/request.ts";
import type { Grant } from "./grant.ts";

/**
 * @param decidedAt  milliseconds since the Unix epoch, UTC; usable from then on, for `startWithinSeconds`.
 * @param bytes  random, at least `idBytes` of ids.ts.
 */
export function issueGrant(terms: RequestTerms, decidedAt: number, bytes: Uint8Array): Grant {
  return {
    id: grantIdFrom(bytes),
    request: terms.id,
    requestDigest: terms.digest,
    planDigest: terms.planDigest,
    ttlSeconds: terms.obligations.ttlSeconds,
    notBefore: decidedAt,
    notAfter: decidedAt + terms.startWithinSeconds * 1000,
  };
}
