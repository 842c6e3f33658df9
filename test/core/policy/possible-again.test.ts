// When a denied scan would be possible again: the first moment at which the same plan is not denied, found here by
// asking minute after minute.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../../src/core/policy/decide.ts";
import type { PastRun } from "../../../src/core/policy/limits.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { possibleAgain } from "../../../src/core/policy/possible-again.ts";
import { AddressSet, parseNetwork } from "../../../src/core/sets/address-set.ts";
import { planOf } from "../plan/plans.ts";
import { planOf as smallPlanOf, planWords, policyOf, rulesWords, situationOf } from "./world.ts";

const head = `version: 1
timezone: Europe/Berlin
windows:
  office: { days: mon-fri, hours: "09:00-18:00" }
  night: { days: mon-sun, hours: "22:00-06:00" }
  freeze: { from: "2026-12-20T00:00", to: "2027-01-04T00:00" }
  over: { from: "2026-01-01T00:00", to: "2026-01-02T00:00" }
rules:
`;

function possible(rules: string, now: string, history: readonly PastRun[] = [], line = "-sn 10.20.0.1"): string {
  const given = { origin: "p.yaml", networkFiles: new Map(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text: `${head}${rules}` }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const situation = { requester: { name: "alice", uid: 1000, groups: [] }, now: Date.parse(now), history };
  expect(decide(policy.value, planOf(line), situation).effect).toBe("deny");
  const again = possibleAgain(policy.value, planOf(line), situation);
  return again === undefined ? "never" : `${new Date(again.from).toISOString()} ${again.effect}`;
}

const network = (text: string): AddressSet => {
  const parsed = parseNetwork(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};
const run = (at: string, more: Partial<PastRun> = {}): PastRun => ({
  rule: "a",
  requester: "alice",
  at: Date.parse(at),
  probes: 100,
  open: false,
  targets: network("10.20.0.0/24"),
  ...more,
});
const allow = (more: string): string => `  - { name: a, effect: allow, ${more} }\n`;

test.each<readonly [rules: string, now: string, history: readonly PastRun[], expected: string]>([
  // A Friday evening in Berlin: the next office hour is Monday, nine o'clock there.
  [allow("during: [office]"), "2026-11-27T18:30Z", [], "2026-11-30T08:00:00.000Z allow"],
  [allow("during: [office]"), "2026-11-27T05:00Z", [], "2026-11-27T08:00:00.000Z allow"],
  // The clock is set forward on 29 March 2026: six o'clock comes an hour earlier, nine o'clock too.
  [allow("during: [office]"), "2026-03-27T18:00Z", [], "2026-03-30T07:00:00.000Z allow"],
  ["  - { name: a, effect: confirm, during: [night] }\n", "2026-11-27T12:00Z", [], "2026-11-27T21:00:00.000Z confirm"],
  // After the freeze it is Monday, but not yet nine.
  [
    `${allow("during: [office]")}  - { name: b, effect: deny, during: [freeze] }\n`,
    "2026-12-22T10:00Z",
    [],
    "2027-01-04T08:00:00.000Z allow",
  ],
  [
    `${allow("may: anything")}  - { name: b, effect: deny, unless: { during: [night] } }\n`,
    "2026-11-27T12:00Z",
    [],
    "2026-11-27T21:00:00.000Z allow",
  ],
  [allow("during: [over]"), "2026-11-27T12:00Z", [], "never"],
  [
    allow("limits: { runs: 2/hour }"),
    "2026-11-27T12:00Z",
    [run("2026-11-27T11:10Z"), run("2026-11-27T11:40Z")],
    "2026-11-27T12:10:00.000Z allow",
  ],
  [
    allow("limits: { cool-down: 1d }"),
    "2026-11-27T12:00Z",
    [run("2026-11-27T11:10Z")],
    "2026-11-28T11:10:00.000Z allow",
  ],
  [
    allow("limits: { probes: 101/hour }"),
    "2026-11-27T12:00Z",
    [run("2026-11-27T11:10Z")],
    "2026-11-27T12:10:00.000Z allow",
  ],
  // The limit slides on in the night, when the rule does not hold.
  [
    allow("during: [office], limits: { runs: 1/day }"),
    "2026-11-26T16:00Z",
    [run("2026-11-26T15:59Z")],
    "2026-11-27T15:59:00.000Z allow",
  ],
  // Nobody knows when a scan under way ends, and more hosts than a rule takes are never fewer.
  [allow("limits: { concurrent: 1 }"), "2026-11-27T12:00Z", [run("2026-11-27T11:59Z", { open: true })], "never"],
  [allow("targets: [10.30.0.0/16]"), "2026-11-27T12:00Z", [], "never"],
  [
    "  - { name: a, effect: ask, ask: { votes: { carol: 1 } }, limits: { runs: 1/hour } }\n",
    "2026-11-27T12:00Z",
    [run("2026-11-27T11:10Z")],
    "2026-11-27T12:10:00.000Z ask",
  ],
])("%s at %s", (rules, now, history, expected) => {
  expect(possible(rules, now, history)).toBe(expected);
});

test("it is the first minute of the next two days that is not denied, whatever the rules", () => {
  let denied = 0;
  fc.assert(
    fc.property(rulesWords, planWords, (rules, words) => {
      const [policy, plan, situation] = [policyOf(rules), smallPlanOf(words), situationOf(words)];
      if (decide(policy, plan, situation).effect === "deny") {
        denied++;
        const again = possibleAgain(policy, plan, situation);
        for (let minute = 1; minute <= 2 * 24 * 60; minute++) {
          const now = situation.now + minute * 60_000;
          const { effect } = decide(policy, plan, { ...situation, now });
          if (effect === "deny") continue;
          expect(again).toEqual({ from: now, effect });
          return;
        }
        expect(again === undefined || again.from > situation.now + 2 * 86_400_000).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
  expect(denied).toBeGreaterThan(10);
});
