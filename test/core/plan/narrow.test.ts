// A narrowed plan is always part of the one that was asked for: the property, and what is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromDocument, toDocument } from "../../../src/core/plan/document.ts";
import { narrowPlan } from "../../../src/core/plan/narrow.ts";
import type { ScanPlan } from "../../../src/core/plan/scan-plan.ts";
import { plan as document } from "../approval/scenario.ts";

const plan = fromDocument({ ...document, targets: ["10.20.0.0/24", "10.21.0.5"] });
const codeOf = (less: Parameters<typeof narrowPlan>[1], of: ScanPlan = plan): string => {
  const narrower = narrowPlan(of, less);
  return narrower.ok ? "narrower" : narrower.error.code;
};

describe("taking something away from a plan", () => {
  it("leaves the named targets, with a new estimate, and nothing else changed", () => {
    const narrower = narrowPlan(plan, { only: ["10.20.0.0/28", "10.21.0.5"] });
    if (!narrower.ok) throw new Error(narrower.error.message);
    const left = toDocument(narrower.value);
    const { targets, estimate } = left;
    expect(targets).toEqual(["10.20.0.0/28", "10.21.0.5"]);
    expect(estimate.probes).toBeLessThan(plan.estimate.probes + 1000);
    expect(left).toEqual({ ...toDocument(plan), targets, estimate });
  });

  it("refuses what is not all in the request, what is all of it, names and nonsense", () => {
    expect(codeOf({ only: ["10.20.0.0/23"] })).toBe("not-narrower");
    expect(codeOf({ only: ["10.20.0.1", "10.22.0.1"] })).toBe("not-narrower");
    expect(codeOf({ only: ["10.20.0.0/24", "10.21.0.5"] })).toBe("not-narrower");
    expect(codeOf({ only: [] })).toBe("not-narrower");
    expect(codeOf({ only: ["db1.lab"] })).toBe("target-syntax");
    expect(codeOf({ only: ["2001:db8::1"] })).toBe("target-syntax");
    expect(codeOf({ only: ["10.20.0.999"] })).toBe("target-syntax");
  });

  it("refuses a rate that is no lower", () => {
    const slow = { ...plan, timing: { ...plan.timing, maxRate: 100 } };
    expect(codeOf({ maxRate: 100 }, slow)).toBe("not-narrower");
    expect(codeOf({ maxRate: 99 }, slow)).toBe("narrower");
    for (const maxRate of [0, -1, 0.5, Number.NaN]) expect(codeOf({ maxRate })).toBe("not-narrower");
  });

  it("is always part of the plan, whatever is named", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const word = fc
      .tuple(
        fc.constantFrom(20, 21, 22),
        fc.constantFrom(0, 0, 1),
        octet,
        fc.constantFrom("", "/32", "/28", "/24", "-255"),
      )
      .map(([second, third, last, end]) => `10.${second}.${third}.${last}${end}`);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), fc.option(fc.integer({ min: -5, max: 2000 })), (only, rate) => {
        const given = { ...plan, timing: { ...plan.timing, maxRate: 1000, minRate: 900 } };
        const narrower = narrowPlan(given, {
          ...(only.length > 0 && { only }),
          ...(rate !== null && { maxRate: rate }),
        });
        if (!narrower.ok) return;
        const { targets, timing, ports, techniques, features, scripts } = narrower.value;
        expect(given.targets.includes(targets)).toBe(true);
        expect(targets.isEmpty).toBe(false);
        expect(timing.maxRate).toBeLessThanOrEqual(1000);
        expect(timing.minRate).toBeLessThanOrEqual(Math.min(900, timing.maxRate ?? 0));
        expect([ports, techniques, features, scripts]).toEqual([
          given.ports,
          given.techniques,
          given.features,
          given.scripts,
        ]);
      }),
      { numRuns: 2000 },
    );
  });
});
