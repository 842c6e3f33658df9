// The bytes that a vote signs: a golden text, and that no two votes share one.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { voteChallenge, voteText } from "../../../src/core/approval/vote-text.ts";
import type { RequestDigest, RequestId } from "../../../src/core/approval/request.ts";

const terms = {
  id: "r0123456789" as RequestId,
  version: 2,
  digest: `sha256:${"ab".repeat(32)}` as RequestDigest,
  nonce: "00112233445566778899aabbccddeeff",
};

describe("the text of a vote", () => {
  it("is these bytes, whoever writes them", () => {
    const text = voteText(terms, { voter: "carol", answer: "approve", reason: 'fine\nanswer: "deny"' });
    expect(text).toBe(`jit-nmap-vote@v1
request: "r0123456789"
version: 2
digest: "sha256:abababababababababababababababababababababababababababababababab"
nonce: "00112233445566778899aabbccddeeff"
voter: "carol"
answer: "approve"
reason: "fine\\nanswer: \\"deny\\""
`);
    // By sha256sum and base64.
    expect(voteChallenge(text)).toBe("R4Jy4A9gVYEoWfg-Y7dSACw7Ado0zpra1kujGRp7YG8");
  });

  it("says null where no reason was given, which is no reason that can be typed", () => {
    expect(voteText(terms, { voter: "carol", answer: "deny" })).toContain("\nreason: null\n");
    expect(voteText(terms, { voter: "carol", answer: "deny", reason: "null" })).toContain('\nreason: "null"\n');
  });

  it("differs wherever the vote differs", () => {
    const string = fc.string({ unit: "grapheme" });
    const vote = fc.record({
      id: string,
      version: fc.nat(3),
      digest: string,
      nonce: string,
      voter: string,
      answer: fc.constantFrom("approve" as const, "deny" as const),
      reason: fc.option(string, { nil: undefined }),
    });
    const textOf = ({
      id,
      version,
      digest,
      nonce,
      voter,
      answer,
      reason,
    }: typeof vote extends fc.Arbitrary<infer T> ? T : never): string =>
      voteText(
        { id: id as RequestId, version, digest: digest as RequestDigest, nonce },
        { voter, answer, ...(reason !== undefined && { reason }) },
      );
    fc.assert(
      fc.property(vote, vote, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(textOf(one) === textOf(other)).toBe(same);
      }),
    );
  });
});
