// The nearest plan that policy would let through, where it is an amount or a pace that is too much.
import fc from "fast-check";
import { expect, test } from "vitest";
import { narrowerWords } from "../../../src/core/plan/narrower-words.ts";
import { paceOf, slowedTo } from "../../../src/core/plan/pace.ts";
import type { Timing } from "../../../src/core/plan/scan-plan.ts";
import { decide } from "../../../src/core/policy/decide.ts";
import type { PastRun } from "../../../src/core/policy/limits.ts";
import { nearestAllowed } from "../../../src/core/policy/nearest-allowed.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { AddressSet, parseNetwork } from "../../../src/core/sets/address-set.ts";
import { planOf } from "../plan/plans.ts";
import { planOf as smallPlanOf, planWords, policyOf, rulesWords, situationOf } from "./world.ts";

/** The words that a denial would show: those of the nearest plan, which read as a plan that is let through. */
function tried(rules: string, line: string, history: readonly PastRun[] = []): string | undefined {
  const given = { origin: "p.yaml", networkFiles: new Map(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text: `version: 1\nrules:\n${rules}` }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const situation = { requester: { name: "alice", uid: 1000, groups: [] }, now: 3_600_000, history };
  const asked = planOf(line);
  expect(decide(policy.value, asked, situation).effect).toBe("deny");
  const near = nearestAllowed(policy.value, asked, situation);
  const words = near && narrowerWords(line.split(" "), asked, near);
  if (words === undefined) return undefined;
  expect(decide(policy.value, planOf(words.join(" ")), situation).effect).not.toBe("deny");
  return words.join(" ");
}

const allow = (more: string): string => `  - { name: a, effect: allow, may: anything, ${more} }\n`;

test.each([
  ["hosts: 256", "-sn 10.20.0.0/22", "-sn 10.20.0.0/24"],
  ["hosts: 100", "-sn 10.20.0.0/24", "-sn 10.20.0.0-99"],
  ["probes: 10", "-sS -p 22 10.20.0.0/24", "-sS -p 22 10.20.0.0/31"],
  ["probes: 500/hour", "-sS -Pn -p- 10.20.0.1", "-sS -Pn 10.20.0.1 -p T:1-500"],
])("with limits of %s, instead of %s", (limits, line, expected) => {
  const words = tried(allow(`limits: { ${limits} }`), line);
  expect(words?.split(" ").sort()).toEqual(expected.split(" ").sort());
});

test("what was sent within the time is taken off", () => {
  const before = { rule: "a", requester: "alice", at: 3_000_000, probes: 490, open: false };
  const words = tried(allow("limits: { probes: 500/hour }"), "-sS -Pn -p- 10.20.0.1", [before]);
  expect(words).toContain("-p T:1-10 ");
});

test("only what the rule with the limits names is kept", () => {
  const rules = allow("targets: [10.20.1.0/24], limits: { hosts: 4 }");
  expect(tried(rules, "-sn 10.20.0.0/23")).toBe("-sn 10.20.1.0/30");
});

test("a rule that binds on touch is kept within its limits too", () => {
  const ask = "  - { name: b, effect: ask, on-touch: true, ask: { votes: { carol: 1 } }, limits: { hosts: 2 } }\n";
  expect(tried(allow("targets: [10.0.0.0/8]") + ask, "-sn 10.20.0.0/24")).toBe("-sn 10.20.0.0/31");
});

test.each([
  ["ports: [tcp/22]", "-sS -sU -p T:22,U:53 10.20.0.1", "-sS 10.20.0.1 -p T:22"],
  ["ports: [udp/53]", "-sTU -p T:22,U:53 10.20.0.1", "-sU 10.20.0.1 -p U:53"],
  ["ports: [tcp/22]", "-sTV -p 22 10.20.0.1", "-sT -p 22 10.20.0.1"],
  ["ports: [tcp/22]", "-sTR -p 22 10.20.0.1", "-sT -p 22 10.20.0.1"],
  ["ports: [tcp/22]", "-sTVC -p 22,23 10.20.0.1", "-sT 10.20.0.1 -p T:22"],
  ["ports: [tcp/22]", "-sUV -sT -p T:22,U:53 10.20.0.1", "-sT 10.20.0.1 -p T:22"],
  ["ports: [tcp/22]", "-sU -p U:53 10.20.0.1", undefined],
])("a part of a cluster goes alone: with %s, instead of %s", (more, line, expected) => {
  expect(tried(allow(more), line)?.split(" ").sort()).toEqual(expected?.split(" ").sort());
});

test("what was scanned lately is left out where it has to be left alone", () => {
  const scanned = (text: string): PastRun => {
    const targets = parseNetwork(text);
    if (!targets.ok) throw new Error(text);
    return { rule: "a", requester: "bob", at: 3_000_000, probes: 1, open: false, targets: targets.value };
  };
  const cool = allow("limits: { cool-down: 1h }");
  expect(tried(cool, "-sn 10.20.0.0/24", [scanned("10.20.0.0/25")])).toBe("-sn 10.20.0.128/25");
  expect(tried(allow("limits: { cool-down: 1h, hosts: 4 }"), "-sn 10.20.0.0/24", [scanned("10.20.0.0/25")])).toBe(
    "-sn 10.20.0.128/30",
  );
  expect(tried(cool, "-sn 10.20.0.0/24", [scanned("10.20.0.0/16")])).toBeUndefined();
});

test("where nothing is left of a limit, nothing is suggested", () => {
  const before = { rule: "a", requester: "alice", at: 3_000_000, probes: 500, open: false };
  expect(tried(allow("limits: { probes: 500/hour }"), "-sS -Pn -p 22 10.20.0.1", [before])).toBeUndefined();
  expect(tried(allow("limits: { runs: 1/hour }"), "-sn 10.20.0.1", [before])).toBeUndefined();
});

test.each([
  ["-sn --min-rate 5000 10.20.0.1", "-sn 10.20.0.1"],
  ["-sn -T5 --min-rate=5000 --max-retries 1 10.20.0.1", "-sn --max-retries=1 -T4 10.20.0.1"],
  ["-sn --nogcc --max-rtt-timeout 200ms 10.20.0.1", "-sn 10.20.0.1"],
  ["-sn -T3 -M 9 --min-parallelism 5 10.20.0.1", "-sn -T 3 -M 9 10.20.0.1"],
])("at -T4 at most, what hastens is left out: %s", (line, expected) => {
  expect(tried(allow("timing: { max-template: 4 }"), line)).toBe(expected);
});

test("an option is left out whatever it was called", () => {
  expect(tried(allow("timing: { max-template: 2 }"), "-sn -T2 -M 9 10.20.0.1")).toBe("-sn -T 2 10.20.0.1");
});

test("a slowed timing is never faster than it should be, and keeps what does not hasten", () => {
  const milliseconds = fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined });
  const flag = fc.constantFrom(true as const, undefined);
  const timing = fc.record({
    template: fc.constantFrom(0, 1, 2, 3, 4, 5),
    maxRate: fc.constantFrom(1, undefined),
    minRate: fc.constantFrom(1, undefined),
    scanDelayMs: milliseconds,
    maxRttTimeoutMs: milliseconds,
    minParallelism: fc.constantFrom(1, 2, undefined),
    defeatRstRatelimit: flag,
  });
  fc.assert(
    fc.property(timing, fc.constantFrom(0, 1, 2, 3, 4, 5), (typed, template) => {
      const all = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined)) as unknown;
      const slower = slowedTo(all as Timing, template);
      expect(paceOf(slower).template).toBeLessThanOrEqual(template);
      expect(slower.maxRate).toBe(typed.maxRate);
      expect(slower.template).toBe(Math.min(template, typed.template));
    }),
  );
});

test("what is found is let through and no more than was asked, whatever the rules", () => {
  fc.assert(
    fc.property(rulesWords, planWords, (rules, words) => {
      const [policy, asked, situation] = [policyOf(rules), smallPlanOf(words), situationOf(words)];
      const near = nearestAllowed(policy, asked, situation);
      if (near === undefined) return;
      expect(decide(policy, near, situation).effect).not.toBe("deny");
      expect(asked.techniques).toEqual(expect.arrayContaining([...near.techniques]));
      expect(asked.targets.includes(near.targets) && asked.ports.includes(near.ports)).toBe(true);
    }),
    { numRuns: 1500 },
  );
});
