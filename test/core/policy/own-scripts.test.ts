// What policy says of a script whose text the requester wrote: only "anything" covers it without asking, a list only by
// its whole name and where people are asked, and every deny that speaks of scripts by category strikes it.
import { describe, expect, it } from "vitest";
import type { PlannedScript } from "../../../src/core/plan/scan-plan.ts";
import { decide } from "../../../src/core/policy/decide.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { planOf } from "../plan/plans.ts";

const own: PlannedScript = { name: "http-mine", categories: [], implied: false, own: true };

function effectOf(script: PlannedScript, ...rules: string[]): string {
  const text = `version: 1\npeople: { leads: [carol] }\nrules:\n${rules.map((rule) => `  - { ${rule} }\n`).join("")}`;
  const given = { origin: "p.yaml", networkFiles: new Map(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const plan = { ...planOf("-sS -p 80 10.0.0.1"), scripts: [script] };
  const requester = { name: "alice", uid: 1000, groups: [] };
  return decide(policy.value, plan, { requester, now: Date.parse("2026-11-23T10:00:00Z") }).effect;
}

const allow = (may: string): string => `name: a, effect: allow, may: ${may}`;
const ask = (may: string): string => `name: b, effect: ask, ask: { votes: { leads: 1 } }, may: ${may}`;
const names = (...list: string[]): string =>
  `{ techniques: [syn], scripts: { names: [${list.map((name) => JSON.stringify(name)).join()}] } }`;

describe("an own script and the rules", () => {
  it.each<[string, string]>([
    [allow("anything"), "allow"],
    [allow("ordinary"), "deny"],
    [allow(names("http-mine")), "deny"],
    [allow(names("*")), "deny"],
    [allow("{ techniques: [syn], scripts: { categories: [safe, default] } }"), "deny"],
    [ask("anything"), "ask"],
    [ask("ordinary"), "deny"],
    [ask(names("http-mine")), "ask"],
    [ask(names("http-*")), "deny"],
  ])("%s: %s", (rule, effect) => {
    expect(effectOf(own, rule)).toBe(effect);
  });

  it("a pattern covers an installed script of the same name, so that the difference is the own one's", () => {
    expect(effectOf({ name: "http-mine", categories: ["safe"], implied: false }, allow(names("http-*")))).toBe("allow");
  });

  it.each<[string, string]>([
    ["{ scripts: { categories: [dos] } }", "deny"],
    ['{ scripts: { names: ["http-*"] } }', "deny"],
    ['{ scripts: { names: ["ssh-*"] } }', "allow"],
    ["{ techniques: [udp] }", "allow"],
  ])("a deny of %s makes it %s", (may, effect) => {
    expect(effectOf(own, allow("anything"), `name: d, effect: deny, may: ${may}`)).toBe(effect);
  });

  it("an unless that lists it by name does not spare it", () => {
    const deny = `name: d, effect: deny, unless: { may: ${names("http-mine")} }`;
    expect(effectOf(own, allow("anything"), deny)).toBe("deny");
  });
});
