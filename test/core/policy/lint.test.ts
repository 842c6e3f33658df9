// What `policy check` doubts: each fault is seeded in a policy that has nothing else to doubt.
import { expect, test } from "vitest";
import { lintPolicy } from "../../../src/core/policy/lint.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";

function doubts(
  rules: string,
  people = "{ engineers: [alice, bob], leads: [carol, dave], staff: ['group:staff'] }",
): readonly string[] {
  const text = `version: 1\npeople: ${people}\nnetworks: { lab: [10.20.0.0/16], pci: [10.20.5.0/24] }\nrules:\n${rules}`;
  const given = { origin: "p.yaml", networkFiles: new Map(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error, undefined, 2));
  return lintPolicy(policy.value).map(({ at, message }) => `${at?.line ?? 0} ${message}`);
}

const sound = "  - { name: a, effect: allow, targets: [lab], requesters: [engineers] }\n";

test("a sound policy gives nothing to doubt", () => {
  const rules = [
    sound,
    "  - { name: d, effect: deny, targets: [pci] }\n",
    "  - { name: q, effect: ask, targets: [lab], may: anything, ask: { votes: { leads: 2 } } }\n",
    "  - { name: c, effect: confirm, targets: [attached], ports: [22] }\n",
  ];
  expect(doubts(rules.join(""))).toEqual([]);
});

test.each([
  ["  []\n", "0 no rule allows, confirms or asks: everything is denied"],
  [
    `${sound}  - { name: d, effect: deny, targets: [10.0.0.0/8] }\n`,
    "5 rule a: it never matters: the deny rule d strikes whatever it covers",
  ],
  [
    `${sound}  - { name: q, effect: ask, targets: [pci], requesters: [alice], ask: { votes: { leads: 1 } } }\n`,
    "6 rule q: it never asks: the allow rule a covers all that it covers",
  ],
  [
    `${sound}  - { name: c, effect: confirm, targets: [pci], requesters: [bob], ports: [22] }\n`,
    "6 rule c: it never confirms: the allow rule a covers all that it covers",
  ],
  [
    `${sound}  - { name: d, effect: deny, targets: [pci] }\n  - { name: e, effect: deny, targets: [10.20.5.9], ports: [22] }\n`,
    "7 rule e: the deny rule d strikes wherever this one does",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: anything, ask: { votes: { leads: 3 } } }\n`,
    "6 rule q: it needs 3 of leads, who are 2: nobody can approve it",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: anything, requesters: [carol], ask: { votes: { carol: 1 } } }\n`,
    "6 rule q: it needs 1 of carol, who are 0, the requester not counted: nobody can approve it",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: anything, ask: { votes: { leads: 2, carol: 1 } } }\n`,
    "6 rule q: it needs 3 different people and its voters are 2: nobody can approve it",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: anything, requesters: [enginers], ask: { votes: { staff: 1 } } }\n`,
    "6 rule q: enginers is taken for a login, as nothing else has that name",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: { features: [traceroute] }, ask: { votes: { leads: 1 } } }\n`,
    "6 rule q: its may names no scan technique, and every scan uses one: it covers nothing",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: { techniques: [syn], features: [service-version] }, ask: { votes: { leads: 1 } } }\n`,
    "6 rule q: its may names service-version but not the scripts that come with it: no scan has one without the other",
  ],
  [
    `${sound}  - { name: d, effect: deny, targets: [pci], unless: { targets: [10.1.0.0/16] } }\n`,
    "6 rule d: its unless never spares anything: it names none of the rule's targets",
  ],
  [
    `${sound}  - { name: d, effect: deny, targets: [pci], requesters: [alice], unless: { requesters: [carol] } }\n`,
    "6 rule d: its unless never spares anybody: it names none of the rule's requesters",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: anything, ports: [udp/53,161], ask: { votes: { leads: 1 } } }\n`,
    "6 rule q: the port 161 stands alone after a comma: it means every protocol",
  ],
  [
    `${sound}  - { name: q, effect: ask, may: anything, other-ports: true, ask: { votes: { leads: 1 } } }\n`,
    "6 rule q: other-ports means nothing in a rule that lists no ports",
  ],
])("finds the fault in %j", (rules, expected) => {
  expect(doubts(rules)).toEqual([expected]);
});

test("an ask that binds on touch is not hidden, nor is one that asks for more than the allow covers", () => {
  const ask = (more: string) =>
    `  - { name: q, effect: ask, requesters: [alice], ${more}, ask: { votes: { leads: 1 } } }\n`;
  expect(doubts(sound + ask("targets: [pci], on-touch: true"))).toEqual([]);
  expect(doubts(sound + ask("targets: [pci], may: anything"))).toEqual([]);
  expect(doubts(sound + ask("targets: [pci, 10.30.0.1]"))).toEqual([]);
});
