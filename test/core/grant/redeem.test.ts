import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { issueGrant } from "../../../src/core/grant/issue.ts";
import { redeemable } from "../../../src/core/grant/redeem.ts";
import { clockToleranceMs } from "../../../src/core/time.ts";
import { allow, freshBytes, now, open, planDigest } from "../approval/scenario.ts";

const { request } = open(allow);
const grant = issueGrant(request, now, freshBytes(7));

describe("a grant", () => {
  it("is bound to its request, its plan and its time box", () => {
    expect(grant).toMatchObject({
      request: request.id,
      requestDigest: request.digest,
      planDigest,
      ttlSeconds: request.obligations.ttlSeconds,
      notBefore: now,
      notAfter: now + request.startWithinSeconds * 1000,
    });
  });

  it("is redeemable in its time and at no other", () => {
    const span = request.startWithinSeconds * 1000;
    fc.assert(
      fc.property(fc.integer({ min: -span, max: 2 * span }), (after) => {
        const usable = after >= -clockToleranceMs && after < span;
        expect(redeemable(grant, "issued", request, planDigest, now + after) === undefined).toBe(usable);
      }),
    );
  });

  it("is redeemable in no other state and for nothing else, whatever the time", () => {
    const others = [open(allow).request, { ...request, digest: open(allow).request.digest }];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000 }), (after) => {
        for (const state of ["redeemed", "lapsed", "revoked"] as const) {
          expect(redeemable(grant, state, request, planDigest, now + after)).toBeDefined();
        }
        for (const other of others) expect(redeemable(grant, "issued", other, planDigest, now + after)).toBeDefined();
      }),
    );
  });
});
