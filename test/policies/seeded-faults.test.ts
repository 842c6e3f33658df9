// Twenty wrong policies, each with one fault seeded: `policy check` finds every one, either as a mistake with its place
// or as a doubt about a rule.
import { expect, test } from "vitest";
import { lintPolicy } from "../../src/core/policy/lint.ts";
import { parsePolicy } from "../../src/core/policy/parse.ts";
import type { Problem } from "../../src/core/result.ts";
import { AddressSet } from "../../src/core/sets/address-set.ts";

const head = `version: 1
people: { engineers: [alice, bob], leads: [carol] }
networks: { lab: [10.20.0.0/16], pci: [10.20.5.0/24] }
approvers: { desk: { type: prompt } }
`;
const sound = "  - { name: lab, effect: allow, requesters: [engineers], targets: [lab] }\n";

/** What `policy check` finds, mistakes before doubts. */
function found(text: string): readonly Problem[] {
  const given = { origin: "p.yaml", networkFiles: new Map<string, string>(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text }], given);
  return policy.ok ? lintPolicy(policy.value, Date.parse("2026-11-23T10:00Z")) : policy.error;
}

const rules = (...more: readonly string[]) => `${head}rules:\n${sound}${more.map((rule) => `  - ${rule}\n`).join("")}`;

test("the policy that the faults are seeded in has none", () => {
  expect(found(rules())).toEqual([]);
});

test.each<readonly [fault: string, text: string, line: number, words: string]>([
  ["a key with a slip", rules("{ name: a, effekt: deny }"), 7, 'unknown key "effekt" did you mean "effect"?'],
  ["an effect with a slip", rules("{ name: a, effect: alow }"), 7, "did you mean allow?"],
  ["a key that is none", `${rules()}netwroks: {}\n`, 7, "netwroks"],
  ["broken YAML", `${rules()}  - { name: a\n`, 7, "never closed"],
  ["a key written twice", rules("{ name: a, name: b, effect: deny }"), 7, "unique"],
  ["a network with host bits", `${head.replace("10.20.0.0/16", "10.20.1.0/16")}rules:\n${sound}`, 3, "bits set"],
  ["a network that nothing defines", rules("{ name: a, effect: deny, targets: [labb] }"), 7, "labb"],
  [
    "an approver that nothing defines",
    rules("{ name: a, effect: ask, may: anything, ask: { votes: { leads: 1 }, via: [dekc] } }"),
    7,
    "dekc",
  ],
  ["a leading zero", rules("{ name: a, effect: confirm, targets: [010.0.0.1] }"), 7, "not an address"],
  [
    "a zero that might mean unlimited",
    rules("{ name: a, effect: ask, may: anything, ask: { votes: { leads: 0 } } }"),
    7,
    "zero",
  ],
  ["a time without its unit", rules("{ name: a, effect: confirm, targets: [10.1.0.0/16], ttl: 10 }"), 7, "duration"],
  ["two rules of one name", rules("{ name: lab, effect: deny, targets: [pci] }"), 7, "lab"],
  ["a zone that is none", `timezone: Europe/Berlen\n${rules()}`, 1, "Berlen"],
  ["an allow that a deny hides", rules("{ name: a, effect: deny, targets: [10.0.0.0/8] }"), 6, "never matters"],
  [
    "an ask that an allow hides",
    rules("{ name: a, effect: ask, requesters: [alice], targets: [pci], ask: { votes: { leads: 1 } } }"),
    7,
    "never asks",
  ],
  [
    "a deny that another hides",
    rules("{ name: a, effect: deny, targets: [pci] }", "{ name: b, effect: deny, targets: [10.20.5.1] }"),
    8,
    "strikes wherever",
  ],
  [
    "more votes than people",
    rules("{ name: a, effect: ask, may: anything, ask: { votes: { leads: 2 } } }"),
    7,
    "nobody can approve",
  ],
  [
    "a vote on the own request only",
    rules("{ name: a, effect: ask, requesters: [carol], ask: { votes: { carol: 1 } } }"),
    7,
    "nobody can approve",
  ],
  [
    "people with a slip",
    rules("{ name: a, effect: confirm, requesters: [enginers], targets: [10.1.0.0/16] }"),
    7,
    "enginers",
  ],
  [
    "a kind that nothing has",
    rules("{ name: a, effect: confirm, may: { features: [os-detection] } }"),
    7,
    "covers nothing",
  ],
  [
    "an exception that spares nothing",
    rules("{ name: a, effect: deny, targets: [pci], unless: { targets: [10.1.0.0/16] } }"),
    7,
    "never spares",
  ],
  [
    "ports that a comma lost",
    rules("{ name: a, effect: confirm, targets: [10.1.0.0/16], ports: [udp/53,161] }"),
    7,
    "161",
  ],
  ["nothing but denials", `${head}rules:\n  - { name: a, effect: deny, targets: [pci] }\n`, 0, "everything is denied"],
])("finds %s", (_fault, text, line, words) => {
  const problems = found(text);
  expect(problems.map(({ at }) => at?.line ?? 0)).toContain(line);
  const there = problems.filter(({ at }) => (at?.line ?? 0) === line);
  expect(there.map(({ message, hint }) => `${message} ${hint ?? ""}`).join("\n")).toContain(words);
});

test("mistakes of every stage are told at once, from the top, and none of a stage hides one of another", () => {
  const text = `version: 1
timezone: Europe/Berlen
people: { engineers: [alice, bob], leads: [carol], others: 5 }
networks: { lab: [10.20.1.0/16], pci: 7, hq: { file: hq.txt } }
windows: { work: { days: mon-fry } }
approvers: { desk: { type: prompt }, mail: { type: emial } }
rules:
  - { name: a, effekt: deny, targets: [pci] }
  - { name: b, effect: deny, targets: [labb], during: [work] }
  - { name: c, effect: allow, targets: [pci], ports: [tpc/22], ttl: 10 }
  - { name: d, effect: ask, requesters: [engineers], ask: { votes: { leads: 1 }, via: [mial] } }
  - { name: d, effect: confirm, targets: [lab], during: [wrok], limits: { runs: 0/hour } }
  - { name: e, effect: confirm, targets: [hq], profiles: [webb] }
netwroks: {}
`;
  const lines = found(text).map(({ at, message }) => `${at?.line ?? 0} ${message}`);
  const seeded: readonly (readonly [line: number, words: string])[] = [
    [2, "Berlen"],
    [3, "people are a list"],
    [4, "bits set"],
    [4, "a network is a list"],
    [4, "hq.txt can't be read"],
    [5, "mon-fry"],
    [6, "an approver has a type"],
    [8, "effekt"],
    [9, "no network is called labb"],
    [10, "duration"],
    [11, "mial"],
    [12, "rate such as"],
    [12, "already defined"],
    [13, "webb"],
    [14, "netwroks"],
  ];
  for (const [line, words] of seeded) {
    expect(
      lines.some((one) => one.startsWith(`${line} `) && one.includes(words)),
      `${line} ${words}`,
    ).toBe(true);
  }
  const order = found(text).map(({ at }) => at?.line ?? 0);
  expect(order).toEqual([...order].sort((left, right) => left - right));
  // What stands in for a broken part is never complained about.
  expect(lines.filter((line) => /192\.0\.2|nobody|rule-with-a-mistake/.test(line))).toEqual([]);
});
