import { describe, expect, it } from "vitest";
import { isTrailFailure } from "../../../src/core/audit/trail-failure.ts";

const thrown = (code: string): Error => Object.assign(new Error("x"), { code });

describe("a failure of the trail", () => {
  it("is an error with one of its codes, whoever threw it", () => {
    expect(["store-full", "store-io", "trail-broken"].map(thrown).map(isTrailFailure)).toEqual([true, true, true]);
  });

  it("is nothing else", () => {
    const others = [thrown("EPIPE"), thrown("store-"), thrown("toString"), new Error("x"), { code: "store-full" }, 7];
    expect(others.filter(isTrailFailure)).toEqual([]);
  });
});
