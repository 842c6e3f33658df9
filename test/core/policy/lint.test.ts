// What `policy check` doubts: each fault is seeded in a policy that has nothing else to doubt.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../../src/core/policy/decide.ts";
import type { Decision } from "../../../src/core/policy/decision.ts";
import { lintPolicy } from "../../../src/core/policy/lint.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { planOf, planWords, policyOf, rulesWords, situationOf } from "./world.ts";

const now = Date.parse("2026-11-23T10:00Z");

function doubts(
  rules: string,
  names = "",
  people = "{ engineers: [alice, bob], leads: [carol, dave], staff: ['group:staff'] }",
): readonly string[] {
  const text = `version: 1\npeople: ${people}\nnetworks: { lab: [10.20.0.0/16], pci: [10.20.5.0/24] }\n${names}rules:\n${rules}`;
  const given = { origin: "p.yaml", networkFiles: new Map(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error, undefined, 2));
  return lintPolicy(policy.value, now).map(({ at, message }) => `${at?.line ?? 0} ${message}`);
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

const windows = `windows:
  work: { days: mon-fri, hours: "09:00-18:00" }
  night: { days: mon-sun, hours: "22:00-06:00" }
  last-year: { from: "2025-12-20T00:00", to: "2026-01-04T00:00" }
  next-year: { from: "2027-12-20T00:00", to: "2028-01-04T00:00" }
profiles: { web: "-p 80", mail: "-p 25" }
approvers: { desk: { type: prompt } }
`;
const within = (...rules: readonly string[]) => doubts(rules.map((rule) => `  - ${rule}\n`).join(""), windows);
const ask = "effect: ask, ask: { votes: { leads: 1 } }";

test.each<readonly [why: string, hiding: string, hidden: string]>([
  ["the other has fewer hours", "during: [work], effect: allow", ask],
  ["the other has other hours", "during: [night], effect: allow", `during: [work], ${ask}`],
  ["the other counts runs", "limits: { runs: 3/hour }, effect: allow", ask],
  ["the other takes fewer hosts", "limits: { hosts: 4 }, effect: allow", `limits: { hosts: 8 }, ${ask}`],
  ["the other wants a profile", "profiles: [web], effect: allow", `profiles: [web, mail], ${ask}`],
  ["the other wants confined sessions", "enforcement: required, effect: allow", ask],
  ["the other lets scripts reach nobody", "may: anything, effect: allow", `may: anything, egress: [192.0.2.1], ${ask}`],
  ["the deny holds at other times", "during: [night], effect: deny", `during: [work], ${ask}`],
])("a rule is not hidden where %s", (_why, hiding, hidden) => {
  expect(within(`{ name: a, targets: [lab], ${hiding} }`, `{ name: b, targets: [pci], ${hidden} }`)).toEqual([]);
});

test("the same keys, no narrower, hide it", () => {
  const more = "during: [work], limits: { hosts: 4 }, profiles: [web], enforcement: required";
  expect(
    within(`{ name: a, targets: [lab], effect: allow, ${more} }`, `{ name: b, targets: [pci], ${more}, ${ask} }`),
  ).toEqual(["13 rule b: it never asks: the allow rule a covers all that it covers"]);
});

const ordinary = "{ name: a, targets: [lab], effect: allow }";

test.each<readonly [rule: string, words: string]>([
  ["{ name: b, effect: deny, targets: [pci], during: [last-year] }", "never opens again"],
  ["{ name: b, effect: deny, targets: [pci], unless: { during: [last-year] } }", "its unless never spares anything"],
  ["{ name: b, effect: deny, ports: [22], unless: { ports: [23] } }", "it names none of the rule's ports"],
  ["{ name: b, effect: confirm, may: { techniques: [syn] }, egress: [192.0.2.1] }", "its egress is for scripts"],
  ["{ name: b, effect: confirm, may: { techniques: [syn] }, enforcement: unprivileged }", "need raw sockets"],
])("doubts %s", (rule, words) => {
  expect(within(ordinary, rule)).toEqual([expect.stringContaining(words)]);
});

test("a window that still opens is no doubt, nor one of several that is over", () => {
  expect(within(ordinary, "{ name: b, effect: deny, targets: [pci], during: [next-year] }")).toEqual([]);
  expect(within(ordinary, "{ name: b, effect: deny, targets: [pci], during: [last-year, work] }")).toEqual([]);
});

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILcJytptfrPRDK9d4ynE65hoOkYcFUWTVT0FJZGrzakh carol";

test.each<
  readonly [strength: string, via: string, carol: string, dave: string, count: number, words: string | undefined]
>([
  ["account", "mail", "{}", "{}", 1, "of leads nobody has a key to sign with"],
  ["account", "mail, desk", "{}", "{}", 1, "asks through mail and desk"],
  ["signed", "desk", "{}", "{}", 1, "at least signed"],
  ["signed", "desk", `{ keys: ["${key}"] }`, "{}", 2, "of leads only carol has a key"],
  ["signed", "desk", `{ keys: ["${key}"] }`, "{}", 1, undefined],
  ["account", "mail", `{ keys: ["${key}"] }`, "{}", 1, undefined],
  ["asserted", "mail", "{}", "{}", 1, undefined],
  // Whether a service signs is said by the configuration.
  ["account", "mail, soc", "{}", "{}", 1, undefined],
])(
  "votes at least %s, asked through %s, of carol %s and dave %s, %i of them",
  (strength, via, carol, dave, count, words) => {
    const approvers =
      "approvers: { desk: { type: prompt }, mail: { type: email }, soc: { type: webhook, service: soc } }\n";
    const rule = `  - { name: a, effect: ask, strength: ${strength}, ask: { votes: { leads: ${count} }, via: [${via}] } }\n`;
    const found = doubts(rule, approvers, `{ leads: { carol: ${carol}, dave: ${dave} } }`);
    expect(found).toEqual(words === undefined ? [] : [expect.stringContaining(words)]);
  },
);

test("doubts profiles that no line can be made of, delegations that are over, and glass that breaks into more time", () => {
  const profiles = 'profiles: { web: "-sV -p 80", none: "-sV --no-such", six: "-6 -sT" }\n';
  expect(doubts(sound, profiles)).toEqual([expect.stringContaining("0 profile none: ")]);
  const delegates = "delegates: { carol: { to: dave, until: 2026-11-20 }, dave: { to: carol, until: 2026-11-22 } }\n";
  expect(doubts(sound, delegates)).toEqual(["0 delegates: dave votes for carol until 2026-11-20, and that is over"]);
  const broken = (ttl: string): readonly string[] =>
    doubts(
      `  - { name: a, effect: ask, ttl: 10m, ask: { votes: { leads: 1 } }, break-glass: { ttl: ${ttl}, alert: [desk] } }\n`,
      "approvers: { desk: { type: prompt } }\n",
    );
  expect(broken("10m")).toEqual([]);
  expect(broken("11m")).toEqual(["6 rule a: its break-glass takes 11m, its own ttl 10m"]);
});

test("doubts a public key that was cut or is of another type than it says", () => {
  const found = (line: string) =>
    doubts(sound, "", `{ engineers: [alice, bob], leads: { carol: { keys: ["${line}"] } } }`);
  expect(found(key)).toEqual([]);
  expect(found(key.slice(0, 60))).toEqual([expect.stringContaining("a key of carol is damaged")]);
  expect(found("ssh-ed25519 AAAA")).toEqual([expect.stringContaining("is damaged")]);
  expect(found(key.replace("ssh-ed25519", "ecdsa-sha2-nistp256"))).toEqual([expect.stringContaining("is damaged")]);
  for (const type of ["rsa", "ecdsa", "ed25519"]) {
    const folder = mkdtempSync(join(tmpdir(), "jit-nmap-key-"));
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", join(folder, "k")]);
    expect(found(readFileSync(join(folder, "k.pub"), "utf8").trim())).toEqual([]);
    rmSync(folder, { recursive: true });
  }
});

test("says which keys nothing acts on", () => {
  expect(doubts(sound, "checkpoints: { to: [file] }\n")).toEqual([expect.stringContaining("not sent anywhere")]);
});

const decisive = ({ effect, requires, ...rest }: Decision) => ({
  effect,
  requires,
  obligations: "obligations" in rest ? rest.obligations : undefined,
});

test("what is called hidden or never to apply changes no decision by being left out", () => {
  let called = 0;
  fc.assert(
    fc.property(rulesWords, fc.array(planWords, { minLength: 8, maxLength: 8 }), (rules, plans) => {
      for (const { code, at } of lintPolicy(policyOf(rules), now)) {
        if (code !== "lint-hidden" && code !== "lint-never") continue;
        called += 1;
        const rest = rules.filter((_, index) => index !== at?.line);
        for (const plan of plans) {
          const [whole, without] = [rules, rest].map((each) =>
            decisive(decide(policyOf(each), planOf(plan), situationOf(plan))),
          );
          expect(without).toEqual(whole);
        }
      }
    }),
    { numRuns: 2_000 },
  );
  expect(called).toBeGreaterThan(100);
});
