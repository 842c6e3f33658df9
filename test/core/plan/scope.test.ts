// What lies within a standing approval's scope: the same or less of everything, and nothing that was not in it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outsideScope } from "../../../src/core/plan/scope.ts";
import { planOf } from "./plans.ts";

const scope = "-sS -sU -sV -p T:1-100,U:53 --max-rate 500 10.0.0.0/24";

describe("a plan within a scope", () => {
  it.each([
    scope,
    "-sS -p 22 10.0.0.7",
    "-sU -p U:53 10.0.0.0/25",
    "-sS -sV -p 80 --max-rate 100 10.0.0.1 10.0.0.3",
    "-sS -T2 -p 22 --max-rate 500 10.0.0.7",
    "-sS -p 22 --max-rate 500 --scan-delay 1s -oX out.xml -v 10.0.0.7",
  ])("is one that asks for no more: %s", (line) => {
    const rate = line.includes("--max-rate") ? line : `${line} --max-rate 500`;
    expect(outsideScope(planOf(rate), planOf(scope))).toBeUndefined();
  });

  it.each([
    ["targets", "-sS -p 22 --max-rate 5 10.0.1.0"],
    ["ports", "-sS -p 101 --max-rate 5 10.0.0.1"],
    ["protocols", "-sS -sU -p T:22,U:54 --max-rate 5 10.0.0.1"],
    ["techniques", "-sT -p 22 --max-rate 5 10.0.0.1"],
    ["features", "-sS -O -p 22 --max-rate 5 10.0.0.1"],
    ["scripts", "-sS --script http-title -p 80 --max-rate 5 10.0.0.1"],
    ["no limit of the rate", "-sS -p 22 10.0.0.1"],
    ["a higher rate", "-sS -p 22 --max-rate 501 10.0.0.1"],
    ["a least rate", "-sS -p 22 --max-rate 500 --min-rate 1 10.0.0.1"],
    ["a faster template", "-sS -T4 -p 22 --max-rate 5 10.0.0.1"],
    ["ways of finding hosts", "-sS -Pn -p 22 --max-rate 5 10.0.0.1"],
    ["ports of its own for that", "-sS -PS8080 -p 22 --max-rate 5 10.0.0.1"],
    ["versions asked harder", "-sS -sV --version-all -p 22 --max-rate 5 10.0.0.1"],
    ["fragments", "-sS -f -p 22 --max-rate 5 10.0.0.1"],
    ["a source port", "-sS -g 53 -p 22 --max-rate 5 10.0.0.1"],
    ["a payload", "-sS --data-length 5 -p 22 --max-rate 5 10.0.0.1"],
    ["another interface", "-sS -e lo -p 22 --max-rate 5 10.0.0.1"],
    ["another engine", "-sS --nsock-engine select -p 22 --max-rate 5 10.0.0.1"],
    ["more at once", "-sS --min-parallelism 50 -p 22 --max-rate 5 10.0.0.1"],
    ["no care for limits", "-sS --defeat-rst-ratelimit -p 22 --max-rate 5 10.0.0.1"],
  ])("is not one with other %s", (_, line) => {
    expect(outsideScope(planOf(line), planOf(scope))).toBeTypeOf("string");
  });

  it("is always one within itself, and what is within that is within the scope", () => {
    const words = fc.subarray(["-sU", "-sV", "-O", "-T4", "-Pn", "--max-rate=50", "--min-rate=5", "-F", "-n"]);
    const hosts = fc.integer({ min: 24, max: 32 });
    const line = fc.tuple(words, hosts).map(([some, bits]) => planOf(["-sS", ...some, `10.0.0.0/${bits}`].join(" ")));
    fc.assert(
      fc.property(line, line, line, (one, two, three) => {
        expect(outsideScope(one, one)).toBeUndefined();
        const chain = outsideScope(one, two) === undefined && outsideScope(two, three) === undefined;
        if (chain) expect(outsideScope(one, three)).toBeUndefined();
        if (outsideScope(one, two) !== undefined) return;
        expect(two.targets.includes(one.targets) && two.ports.includes(one.ports)).toBe(true);
        expect(one.timing.template).toBeLessThanOrEqual(two.timing.template);
        expect(one.features.every((feature) => two.features.includes(feature))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
