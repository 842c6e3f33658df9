// Makes the single-use permission: from an allow, a confirmation or enough votes, and from nothing else (the callers
// are open.ts and vote.ts of approval).
import { grantIdFrom } from "../approval/ids.ts";
import type { RequestTerms } from "../approval/request.ts";
import type { Grant } from "./grant.ts";

/**
 * @param decidedAt  milliseconds since the Unix epoch, UTC; usable from then on, or from the
 * request's own earliest start, for `startWithinSeconds`. That of a standing approval is never used itself: it says how
 * long it holds.
 * @param bytes  random, at least `idBytes` of ids.ts.
 */
export function issueGrant(terms: RequestTerms, decidedAt: number, bytes: Uint8Array): Grant {
  const notBefore = Math.max(decidedAt, terms.notBefore ?? decidedAt);
  const until = terms.purpose?.kind === "standing" ? terms.purpose.until : notBefore + terms.startWithinSeconds * 1000;
  return {
    id: grantIdFrom(bytes),
    request: terms.id,
    requestDigest: terms.digest,
    planDigest: terms.planDigest,
    ttlSeconds: terms.obligations.ttlSeconds,
    notBefore,
    notAfter: Math.min(until, terms.notAfter ?? Number.POSITIVE_INFINITY),
  };
}
