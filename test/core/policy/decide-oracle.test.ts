// The engine against an oracle that was written from the specification.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../../src/core/policy/decide.ts";
import { judge } from "../../../src/core/policy/judgement.ts";
import type { Decision } from "../../../src/core/policy/decision.ts";
import { AddressSet, parseNetwork } from "../../../src/core/sets/address-set.ts";
import { oracle } from "./oracle.ts";
import type { OracleAnswer } from "./oracle.ts";
import { addressesOf, planOf, planWords, policyOf, portsOf, rulesWords, situationOf } from "./world.ts";
import type { PlanWords, RuleWords } from "./world.ts";

const runs = Number(process.env["POLICY_RUNS"] ?? 20_000);

const answer = (rules: readonly RuleWords[], plan: PlanWords): Decision =>
  decide(policyOf(rules), planOf(plan), situationOf(plan));

function comparable(decision: Decision, rules: readonly RuleWords[]): Omit<OracleAnswer, "uncovered"> {
  const applying = decision.explanation.filter(({ applies }) => applies).map(({ rule }) => rule);
  const requires = decision.requires.map((one) => ({ rule: one.rule, confirm: "confirm" in one }));
  return {
    effect: decision.effect,
    confirmations: requires.filter(({ confirm }) => confirm).map(({ rule }) => rule),
    approvals: requires.filter(({ confirm }) => !confirm).map(({ rule }) => rule),
    struck: rules.map(({ name, effect }) => (effect === "deny" && applying.includes(name) ? name : "")).filter(Boolean),
    ...("obligations" in decision
      ? {
          ttl: decision.obligations.ttlSeconds,
          rate: decision.obligations.enforce.maxRate,
          egress: hostsOf(decision.obligations.egress),
          counted: (decision.obligations.limits ?? []).map(({ rule }) => rule),
        }
      : {}),
  };
}

/** The numbers of the hosts of this world in an obligation's text. */
function hostsOf(egress: readonly string[] | undefined): readonly number[] | undefined {
  if (egress === undefined) return undefined;
  const sets = egress.flatMap((text) => {
    const network = parseNetwork(text);
    return network.ok ? [network.value] : [];
  });
  expect(sets.length).toBe(egress.length);
  const all = AddressSet.unionOf(sets);
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((host) => all.includes(addressesOf([host])));
}

/** "host port" for everything that the engine calls uncovered: what a denial lists. */
function uncoveredCells(rules: readonly RuleWords[], plan: PlanWords): readonly string[] {
  const parts = judge(policyOf(rules), planOf(plan), situationOf(plan)).coverage?.uncovered ?? [];
  const asked = [...new Set([...plan.ports, ...plan.typedPing])];
  const cells = parts.flatMap(({ targets, ports }) => {
    const hosts = plan.hosts.filter((host) => targets.includes(addressesOf([host])));
    const open = ports === undefined ? [""] : asked.filter((port) => ports.includes(portsOf([port])));
    return hosts.flatMap((host) => open.map((port) => `${host} ${port}`));
  });
  return cells.sort();
}

test("decides as the oracle does, cell by cell", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(rulesWords, planWords, (rules, plan) => {
      const decision = answer(rules, plan);
      const { uncovered, ...expected } = oracle(rules, plan);
      for (const key of rules.flatMap((rule) => Object.keys(rule))) seen.set(key, (seen.get(key) ?? 0) + 1);
      const reaches = "obligations" in decision && (decision.obligations.egress?.length ?? 0) > 0;
      for (const what of [decision.effect, ...(reaches ? ["reached"] : [])]) seen.set(what, (seen.get(what) ?? 0) + 1);
      expect(comparable(decision, rules)).toEqual(expected);
      if (decision.effect === "deny") expect(decision.uncovered.length > 0).toBe(uncovered.length > 0);
      if (uncovered.length > 0) expect(uncoveredCells(rules, plan)).toEqual([...uncovered].sort());
    }),
    { numRuns: runs },
  );
  // A generator that only ever denies would try nothing.
  for (const effect of ["allow", "confirm", "ask", "deny"]) expect(seen.get(effect) ?? 0).toBeGreaterThan(runs / 50);
  expect(seen.get("reached") ?? 0).toBeGreaterThan(runs / 2000);
  // Nor would one that leaves keys out.
  const keys = ["who", "hosts", "ports", "may", "hours", "unless", "template", "rate", "egress"];
  const limits = ["mostHosts", "mostRuns", "mostProbes", "concurrent", "coolDown"];
  for (const key of [...keys, ...limits]) expect(seen.get(key) ?? 0, key).toBeGreaterThan(runs / 10);
});
