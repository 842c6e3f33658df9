// Promise 7 of security.md in the small: forged and replayed votes do nothing.
import { expect, it } from "vitest";
import { forge } from "./forgeries.ts";

it("counts no vote that nobody gave, and no true one twice", async () => {
  const { tried, accepted, refused, trueVotesCount } = await forge(120, 3000, 1);
  expect(accepted).toEqual([]);
  expect(trueVotesCount).toBe(true);
  expect([...refused.values()].reduce((sum, count) => sum + count, 0)).toBe(tried);
  for (const why of [
    "proof-wrong",
    "proof-missing",
    "wrong-digest",
    "own-request",
    "not-entitled",
    "too-weak",
    "not-narrower",
    "code-needed",
    "wrong-code",
    "code-closed",
    "too-late",
  ]) {
    expect([why, refused.has(why)]).toEqual([why, true]);
  }
});
