// The properties that a policy's author relies on without reading the code. In a file of their own so that they run
// beside the oracle.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../../src/core/policy/decide.ts";
import type { Decision } from "../../../src/core/policy/decision.ts";
import { compilePolicy } from "../../../src/core/policy/compile.ts";
import type { CompiledBytes } from "../../../src/core/policy/compiled-form.ts";
import { loadCompiled } from "../../../src/core/policy/compiled.ts";
import { planOf, planWords, policyOf, rulesWords, situationOf } from "./world.ts";
import type { PlanWords, RuleWords } from "./world.ts";

const answer = (rules: readonly RuleWords[], plan: PlanWords): Decision =>
  decide(policyOf(rules), planOf(plan), situationOf(plan));

const inMemory = (bytes: Uint8Array): CompiledBytes => ({
  length: bytes.length,
  read: (at, length) => Uint8Array.from(bytes.subarray(at, at + length)),
});

/** All of a decision but the order in which it tells things. */
const orderless = (decision: Decision) => ({
  ...decision,
  explanation: new Set(
    decision.explanation.map(({ rule, applies, because }) => `${rule} ${String(applies)} ${because}`),
  ),
  ...(decision.effect === "deny"
    ? { uncovered: new Set(decision.uncovered), messages: new Set(decision.messages) }
    : {}),
});

test("the order of the rules changes nothing but the order of the explanation", () => {
  fc.assert(
    fc.property(rulesWords, planWords, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (rules, plan, keys) => {
      const shuffled = rules
        .map((rule, index) => ({ rule, key: keys[index] ?? 0 }))
        .sort((left, right) => left.key - right.key)
        .map(({ rule }) => rule);
      expect(orderless(answer(shuffled, plan))).toEqual(orderless(answer(rules, plan)));
    }),
    { numRuns: 2_000 },
  );
});

test("adding a deny never widens", () => {
  fc.assert(
    fc.property(rulesWords, rulesWords, planWords, (rules, more, plan) => {
      const before = answer(rules, plan);
      const denies = more.map((rule, index): RuleWords => ({ ...rule, effect: "deny", name: `deny-${index}` }));
      const after = answer([...rules, ...denies], plan);
      if (after.effect === "deny") return;
      expect(after.effect).toBe(before.effect);
      expect(after.requires).toEqual(before.requires);
      expect(after.obligations).toEqual("obligations" in before ? before.obligations : undefined);
    }),
    { numRuns: 2_000 },
  );
});

test("a narrower plan is never denied where the wider one was not", () => {
  fc.assert(
    fc.property(rulesWords, planWords, (rules, plan) => {
      if (answer(rules, plan).effect === "deny") return;
      const narrower = { ...plan, hosts: plan.hosts.slice(0, 1), scripts: [], features: [], otherPorts: false };
      expect(answer(rules, narrower).effect).not.toBe("deny");
    }),
    { numRuns: 2_000 },
  );
});

test("a compiled policy decides as the policy it was made from", () => {
  fc.assert(
    fc.property(rulesWords, planWords, (rules, plan) => {
      const policy = policyOf(rules);
      const loaded = loadCompiled(inMemory(compilePolicy(policy)));
      if (loaded === undefined) throw new Error("not loaded");
      const [before, after] = [policy, loaded].map((one) => decide(one, planOf(plan), situationOf(plan)));
      expect(JSON.stringify(after)).toBe(JSON.stringify(before));
    }),
    { numRuns: 1_000 },
  );
});
