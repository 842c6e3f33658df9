// Where the system does not say who somebody is: what forbids strikes, what allows does not.
import { expect, test } from "vitest";
import { decide } from "../../../src/core/policy/decide.ts";
import type { Requester } from "../../../src/core/policy/decision.ts";
import { planOf, policyOf, situationOf } from "./world.ts";
import type { PlanWords, RuleWords } from "./world.ts";

const plan: PlanWords = {
  who: "alice",
  groups: [],
  hour: 10,
  before: [],
  probes: 1,
  hosts: [1],
  ports: ["tcp/1"],
  typedPing: [],
  techniques: ["syn"],
  features: [],
  scripts: [],
  otherPorts: false,
  template: 3,
};

const rule = (name: string, words: Partial<RuleWords>): RuleWords => ({
  name,
  effect: "allow",
  onTouch: false,
  otherPorts: false,
  ttl: 1,
  ...words,
});

const effectFor = (requester: Omit<Requester, "uid">, ...rules: readonly RuleWords[]) =>
  decide(policyOf(rules), planOf(plan), { ...situationOf(plan), requester: { uid: 1, ...requester } }).effect;

const everybody = rule("all", {});
const noContractors = rule("contractors", { effect: "deny", who: ["group:contractors"] });
const noMallory = rule("mallory", { effect: "deny", who: ["mallory"] });
const alice: Omit<Requester, "uid"> = { name: "alice", groups: [] };

test("a deny by group strikes whoever's groups can't be found out, and nobody else outside it", () => {
  expect(effectFor(alice, everybody, noContractors)).toBe("allow");
  expect(effectFor({ ...alice, unknown: "groups" }, everybody, noContractors)).toBe("deny");
  expect(effectFor({ ...alice, unknown: "groups" }, everybody, noMallory)).toBe("allow");
});

test("a deny by login or by group strikes whoever has no name", () => {
  const nameless: Omit<Requester, "uid"> = { name: "#1000", groups: [], unknown: "name" };
  expect(effectFor(nameless, everybody, noMallory)).toBe("deny");
  expect(effectFor(nameless, everybody, noContractors)).toBe("deny");
  expect(effectFor(nameless, everybody)).toBe("allow");
});

test("a group that can't be found out covers nothing and spares nobody", () => {
  const netops = rule("netops", { who: ["group:netops"] });
  expect(effectFor({ name: "alice", groups: ["netops"] }, netops)).toBe("allow");
  expect(effectFor({ ...alice, unknown: "groups" }, netops)).toBe("deny");
  const spared = rule("freeze", { effect: "deny", unless: { who: ["group:netops"] } });
  expect(effectFor({ name: "alice", groups: ["netops"] }, everybody, spared)).toBe("allow");
  expect(effectFor({ ...alice, unknown: "groups" }, everybody, spared)).toBe("deny");
});

test("the explanation says that they can't be found out", () => {
  const requester: Requester = { name: "alice", uid: 1, groups: [], unknown: "groups" };
  const { explanation } = decide(policyOf([everybody, noContractors]), planOf(plan), {
    ...situationOf(plan),
    requester,
  });
  expect(explanation[1]?.because).toBe("strikes: asked by alice, whose groups can't be found out");
});
