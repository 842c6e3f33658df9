// The words about a running scan, without one.
import { expect, it } from "vitest";
import { expectedLine } from "../../src/cli/running-lines.ts";

it("what a scan was expected to take is told as that once it takes longer", () => {
  expect(expectedLine(3, 65)).toBe("expected to take about 1m5s in all");
  expect(expectedLine(66, 65)).toBe("it takes longer than the 1m5s that were expected");
});
