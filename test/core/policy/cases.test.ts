// Cases of a policy's author: what they may suppose, and how a mistake in them is told.
import { expect, test } from "vitest";
import { parseCases, runCases } from "../../../src/core/policy/cases.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { ok } from "../../../src/core/result.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { planOf } from "../plan/plans.ts";

const policy = `version: 1
timezone: Europe/Berlin
rules:
  - { name: lab, effect: allow, targets: [10.0.0.0/24], limits: { runs: 2/hour, concurrent: 1, cool-down: 30m } }
  - { name: few, effect: allow, targets: [10.1.0.0/24], limits: { probes: 100/day } }
  - { name: held, effect: allow, targets: [10.2.0.0/24], enforcement: required }
`;

async function failures(cases: string): Promise<readonly (string | undefined)[]> {
  const parsed = parsePolicy([{ name: "p.yaml", text: policy }], {
    origin: "p.yaml",
    networkFiles: new Map(),
    attached: AddressSet.empty,
  });
  const read = parseCases({ name: "p.cases.yaml", text: cases });
  if (!parsed.ok || !read.ok) throw new Error(JSON.stringify([parsed, read]));
  const plan = (words: readonly string[]) => Promise.resolve(ok(planOf(words.join(" "))));
  const results = await runCases(parsed.value, read.value.cases, plan, 0);
  return results.map(({ failure }) => failure);
}

const at = "2026-11-23T10:00";
const lab = (history: string, expect: string): string =>
  `- { run: "-sn 10.0.0.1", as: alice, at: "${at}", history: [${history}], expect: ${expect} }\n`;

test("what ran before is counted, by whom it was and when", async () => {
  const one = `{ rule: lab, at: "2026-11-23T09:10" }`;
  const other = `{ rule: lab, at: "2026-11-23T09:20" }`;
  const cases = [
    lab(one, "allow"),
    lab(`${one}, ${other}`, "deny"),
    // Of somebody else, of another rule, too long ago, later than the case.
    lab(`${one}, { rule: lab, who: bob, at: "2026-11-23T09:20" }`, "allow"),
    lab(`${one}, { rule: few, at: "2026-11-23T09:20" }`, "allow"),
    lab(`${one}, { rule: lab, at: "2026-11-23T08:59" }`, "allow"),
    lab(`${one}, { rule: lab, at: "2026-11-23T10:01" }`, "allow"),
    // Still running; the same targets; others.
    lab(`{ rule: lab, at: "2026-11-23T09:10", open: true }`, "deny"),
    lab(`{ rule: lab, who: bob, at: "2026-11-23T09:40", targets: [10.0.0.0/30] }`, "deny"),
    lab(`{ rule: lab, who: bob, at: "2026-11-23T09:40", targets: [10.0.0.4/30] }`, "allow"),
    `- { run: "-sn 10.1.0.1", at: "${at}", history: [{ rule: few, at: "2026-11-23T08:00:00Z", probes: 100 }], expect: deny }\n`,
    `- { run: "-sn 10.1.0.1", at: "${at}", history: [{ rule: few, at: "2026-11-22T08:00:00Z", probes: 100 }], expect: allow }\n`,
  ];
  expect(await failures(cases.join(""))).toEqual(cases.map(() => undefined));
});

test("a history of a rule that the policy has not is no history", async () => {
  expect(await failures(lab(`{ rule: labb, at: "${at}" }`, "allow"))).toEqual([
    "its history has no rule labb to be of",
  ]);
});

test("a case says what holds its session", async () => {
  const cases = `- { run: "-sn 10.2.0.1", expect: deny }
- { run: "-sn 10.2.0.1", level: enforced, expect: allow }
`;
  expect(await failures(cases)).toEqual([undefined, undefined]);
});

test("mistakes in a history are told with their places", () => {
  const text = lab(`{ rule: lab, at: tomorrow }, { rule: lab, at: "${at}", targets: [10.0.0.1/24] }`, "allow");
  const read = parseCases({ name: "p.cases.yaml", text });
  const told = read.ok ? [] : read.error.map(({ message, at: place }) => `${place?.line}:${place?.column} ${message}`);
  expect(told).toEqual([
    expect.stringMatching(/^1:\d+ a time such as .* is wanted here$/),
    expect.stringMatching(/^1:\d+ the address has bits set behind the prefix$/),
  ]);
});

test.each<readonly [cases: string, told: readonly string[]]>([
  [
    '- { run: "-sn 10.0.0.1", expect: alow }',
    ["1:34 what is expected is one of allow, confirm, ask, deny, refused | did you mean allow?"],
  ],
  ['- { rn: "-sn 10.0.0.1", expect: deny }', ['1:5 unknown key "rn" | did you mean "run"?']],
  ["- { run: 5, expect: deny }", ['1:10 nmap\'s arguments, such as "-sT -p 22 10.20.0.1", is wanted here']],
  ["5", ["1:1 a list of cases is wanted here, each such as { run: -sT 10.20.0.1, expect: allow }"]],
  [
    "attached: [10.0.0.5]\ncases: []",
    ["1:12 an address of this machine with its prefix, such as 10.0.0.5/24, is wanted here"],
  ],
  ['- { run: "-sn 10.0.0.1", expect: deny, rule: "" }', ["1:46 empty text says nothing"]],
])("a mistake in cases is told as one in a policy is: %s", (cases, told) => {
  const read = parseCases({ name: "p.cases.yaml", text: `${cases}\n` });
  const lines = read.ok ? [] : read.error;
  expect(
    lines.map(({ at: place, message, hint }) => {
      const where = `${place?.line ?? 0}:${place?.column ?? 0}`;
      return `${where} ${message}${hint === undefined ? "" : ` | ${hint}`}`;
    }),
  ).toEqual(told);
});
