import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPasskey } from "../../../src/approvers/proofs/passkey.ts";
import type { PasskeyProof } from "../../../src/core/approval/proof.ts";
import type { RequestDigest } from "../../../src/core/approval/request.ts";
import { voteChallenge, voteText } from "../../../src/core/approval/vote-text.ts";
import type { Claim } from "../../../src/effects.ts";
import { requestFixture } from "../../cli/request-fixture.ts";
import { policyOf } from "../../pipeline/world.ts";
import { Authenticator } from "./authenticator.ts";

const policy = policyOf("version: 1\npeople: { leads: [carol] }\nrules: []\n");
if (!policy.ok) throw new Error("policy");
const request = requestFixture();
const vote = { voter: "carol", answer: "approve", reason: "fine", via: "page" } as const;
const claim: Claim = { request, vote, policy: policy.value };
const challenge = voteChallenge(voteText(request, vote));

describe("a vote by passkey", () => {
  it.each(["ES256", "EdDSA", "RS256"] as const)("proves who gave it, signed with %s", (kind) => {
    const device = new Authenticator("a", kind);
    expect(checkPasskey(device.touch({ challenge }), claim, device.passkey("carol"))).toEqual({
      ok: true,
      value: "signed",
    });
  });

  it("is refused for everything else that it could have been touched for", () => {
    const device = new Authenticator();
    const kept = device.passkey("carol");
    const right = device.touch({ challenge });
    const refused = (proof: PasskeyProof, about = claim, key: typeof kept | undefined = kept): void => {
      expect(checkPasskey(proof, about, key)).toMatchObject({ ok: false, error: { code: "proof-wrong" } });
    };
    const voting = (change: Partial<Claim["vote"]>): Claim => ({ ...claim, vote: { ...vote, ...change } });
    refused(right, voting({ answer: "deny" }));
    refused(right, voting({ reason: "fine, all of it" }));
    refused(right, voting({ voter: "dave" }));
    refused(right, { ...claim, request: requestFixture({ version: 2 }) });
    refused(right, { ...claim, request: requestFixture({ nonce: "01" }) });
    refused(right, { ...claim, request: requestFixture({ digest: `sha256:${"ee".repeat(32)}` as RequestDigest }) });
    refused(device.touch({ challenge, type: "webauthn.create" }));
    refused(device.touch({ challenge, flags: 1 }));
    refused(device.touch({ challenge, flags: 4 }));
    refused(device.touch({ challenge, origin: "https://evil.example" }));
    refused({ ...right, origin: "https://localhost.evil.example" });
    refused({ ...right, rpId: "evil.example" });
    refused(right, claim, new Authenticator().passkey("carol"));
    refused(right, claim, device.passkey("dave"));
    // A key that is its sender's own, or one that was removed since.
    const forger = new Authenticator();
    refused({ ...forger.touch({ challenge }), credential: right.credential });
    expect(checkPasskey(right, claim, undefined)).toMatchObject({ ok: false });
  });

  it("is refused with any byte changed, any field exchanged, any text in a field", () => {
    const device = new Authenticator();
    const kept = device.passkey("carol");
    const right = device.touch({ challenge });
    const field = fc.constantFrom(
      "authenticatorData",
      "clientDataJSON",
      "signature",
      "publicKey",
      "credential" as const,
    );
    fc.assert(
      fc.property(field, fc.nat(), fc.integer({ min: 1, max: 255 }), (name, where, bits) => {
        const changed = Buffer.from(right[name], "base64url");
        const index = where % changed.length;
        changed[index] = (changed[index] ?? 0) ^ bits;
        const proof = { ...right, [name]: changed.toString("base64url") };
        // The id names the key; what it signed does not hold it. The store finds none under another id.
        if (name === "credential") return;
        expect(checkPasskey(proof, claim, kept).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(field, fc.string({ unit: "binary" }), (name, text) => {
        if (name === "credential") return;
        expect(checkPasskey({ ...right, [name]: text }, claim, kept).ok).toBe(false);
      }),
    );
  });
});
