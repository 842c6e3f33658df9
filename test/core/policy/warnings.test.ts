// What an answer warns of: a time box that is shorter than the scan, and what nothing holds.
import { expect, test } from "vitest";
import { enforceRate } from "../../../src/core/plan/enforce.ts";
import { decide } from "../../../src/core/policy/decide.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { warningsOf } from "../../../src/core/policy/warnings.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { planOf } from "../plan/plans.ts";

function warned(rule: string, line: string, level: "advisory" | "separated" | "enforced", box?: number) {
  const given = { origin: "p.yaml", networkFiles: new Map(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text: `version: 1\nrules:\n  - { name: a, ${rule} }\n` }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const plan = planOf(line);
  const decision = decide(policy.value, plan, { requester: { name: "alice", uid: 1000, groups: [] }, now: 0, level });
  const run = enforceRate(plan, "obligations" in decision ? decision.obligations.enforce.maxRate : undefined);
  return warningsOf(run, decision, level, box, plan.timing).map(({ code, message }) => `${code}: ${message}`);
}

const whois = "effect: allow, may: { techniques: [syn], scripts: { names: [whois-ip] } }, egress: [192.0.2.0/31]";
const unheld =
  "egress-not-held: beside the targets policy lets its scripts contact only 192.0.2.0-192.0.2.1, but sessions here are";

test.each([
  ["a scan that ends in time", "effect: allow", "-sS -p 22 10.0.0.1", "advisory", []],
  [
    "a scan that is longer than its time box",
    "effect: allow, ttl: 1m",
    "-sS -Pn -p 1-1000 -T2 10.0.0.1",
    "advisory",
    ["time-box-short: the scan may take 6m40s, its time box is 1m: what is found by then is kept"],
  ],
  ["a denied scan", "effect: deny", "-sS -Pn -p- -T0 10.0.0.1", "advisory", []],
  [
    "scripts that nothing holds",
    whois,
    "-sS -p 22 --script whois-ip 10.0.0.1",
    "advisory",
    [`${unheld} advisory: nothing holds them to that`],
  ],
  [
    "scripts of another account",
    whois,
    "-sS -p 22 --script whois-ip 10.0.0.1",
    "separated",
    [`${unheld} separated: nothing holds them to that`],
  ],
  ["scripts that the kernel holds", whois, "-sS -p 22 --script whois-ip 10.0.0.1", "enforced", []],
] as const)("%s", (_, rule, line, level, expected) => {
  expect(warned(rule, line, level)).toEqual(expected);
});

test.each<readonly [line: string, expected: readonly string[]]>([
  ["--min-rate 5000", ["rate-lowered: --min-rate 5000 is lowered to 500 packets a second, which policy enforces"]],
  ["--max-rate 700", ["rate-lowered: --max-rate 700 is lowered to 500 packets a second, which policy enforces"]],
  ["--min-rate 500 --max-rate 500", []],
  ["--max-rate 20", []],
  ["", []],
])("a typed rate above the enforced one is lowered, and that is said: %s", (rates, expected) => {
  const line = `-sS -p 22 ${rates} 10.0.0.1`.replace("  ", " ");
  expect(warned("effect: allow, enforce: { max-rate: 500 }", line, "advisory")).toEqual(expected);
});

test("the time box that somebody asked for counts", () => {
  expect(warned("effect: allow", "-sS -Pn -p 1-1000 -T2 10.0.0.1", "advisory")).toEqual([]);
  expect(warned("effect: allow", "-sS -Pn -p 1-1000 -T2 10.0.0.1", "advisory", 5)).toEqual([
    "time-box-short: the scan may take 6m40s, its time box is 5s: what is found by then is kept",
  ]);
});
