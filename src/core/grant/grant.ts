// The single-use permission to run one plan. Issued by an allow, a confirmation or enough votes; redeemed once.
import type { RequestDigest, RequestId } from "../approval/request.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";

declare const grantId: unique symbol;
/** `g` and ten Crockford base-32 characters, lower case. */
export type GrantId = string & { readonly [grantId]: true };

/** Times are milliseconds since the Unix epoch, UTC. */
export interface Grant {
  readonly id: GrantId;
  readonly request: RequestId;
  readonly requestDigest: RequestDigest;
  readonly planDigest: PlanDigest;
  readonly ttlSeconds: number;
  readonly notBefore: number;
  /** Not redeemed by then, it lapses. */
  readonly notAfter: number;
}

export type GrantState = "issued" | "redeemed" | "lapsed" | "revoked";
