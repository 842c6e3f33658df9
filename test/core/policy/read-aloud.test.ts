// `policy read`: what a lead signs off. Every example's text is kept beside its test; a key that had no words would
// be a condition that nobody signed.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../../src/core/policy/decide.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import type { Rule } from "../../../src/core/policy/policy.ts";
import { readAloud, sentencesOf } from "../../../src/core/policy/read-aloud.ts";
import { keySentences } from "../../../src/core/policy/schema-sentences.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import {
  planOf as smallPlanOf,
  planWords,
  policyOf as policyOfRules,
  ruleOf,
  ruleWords,
  situationOf,
} from "./world.ts";

const examples = join(import.meta.dirname, "../../../policies/examples");
const names = readdirSync(examples).filter((name) => name.endsWith(".yaml") && !name.endsWith(".cases.yaml"));

function policyOf(name: string, text: string) {
  const given = { origin: name, networkFiles: new Map<string, string>(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name, text }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error, undefined, 2));
  return policy.value;
}

test.each(names)("%s reads as it was signed off", async (name) => {
  const text = readAloud(policyOf(name, readFileSync(join(examples, name), "utf8")));
  await expect(text).toMatchFileSnapshot(`read-aloud/${name.replace(".yaml", ".txt")}`);
});

const head = `version: 1
people: { leads: [carol] }
networks: { lab: [10.20.0.0/16] }
windows: { hours: { days: mon-fri, hours: "09:00-18:00" } }
approvers: { desk: { type: prompt } }
profiles: { web: "-p 80" }
rules:
  - name: r
    effect: ask
    requesters: [leads]
    targets: [lab]
    ask: { votes: { leads: 1 } }
`;

test.each<readonly [key: string, words: string]>([
  ["during: [hours]", "during hours (mon-fri 09:00-18:00, UTC)"],
  ["ports: [tcp/22]", "tcp/22"],
  ["ports: [22]\n    other-ports: true", "on the ports 22 and those chosen at run time"],
  ["ports: [22]", "on the ports 22 alone"],
  ["may: anything", "none of whose scripts contacts other hosts"],
  ["may: { techniques: [syn], scripts: { categories: [safe], never: [http-a] } }", "never http-a"],
  ["profiles: [web]", "profiles web"],
  ["may: anything\n    egress: [192.0.2.1]", "192.0.2.1"],
  ["limits: { hosts: 7 }", "7 hosts a scan"],
  ["limits: { runs: 9/hour }", "9 runs of one requester in 1h"],
  ["limits: { probes: 20k }", "20000 probes of one requester"],
  ["limits: { concurrent: 3 }", "3 sessions of one requester at a time"],
  ["limits: { cool-down: 90s }", "1m30s between two scans"],
  ["timing: { max-template: 2 }", "timing template 2"],
  ["enforce: { max-rate: 55 }", "55 packets a second"],
  ["ttl: 7m", "ended after 7m"],
  ["reason: { min-length: 12, pattern: CHG }", "at least 12 characters in which CHG occurs"],
  ["strength: signed", "signed"],
  ["enforcement: required", "confined"],
  ["on-violation: end", "does what its plan does not say"],
  ["break-glass: { ttl: 4m, alert: [desk] }", "at once for 4m; desk is alerted"],
  ["notify: { on: [ended], via: [desk] }", "desk is told when a scan is ended"],
  ["on-touch: true\n    unless: { requesters: [carol] }", "unless it is asked for by carol"],
])("says %j", (key, words) => {
  const [rule] = policyOf("p.yaml", `${head}    ${key}\n`).rules;
  const [plain] = policyOf("p.yaml", head).rules;
  if (rule === undefined || plain === undefined) throw new Error("no rule");
  expect(sentencesOf(rule)).toContain(words);
  expect(sentencesOf(plain)).not.toContain(words);
});

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILcJytptfrPRDK9d4ynE65hoOkYcFUWTVT0FJZGrzakh carol";

/** A policy that says everything that can be said, each thing so that its words are nowhere else. */
const everything = `version: 1
timezone: Asia/Kolkata
contact: security@corp.example
defaults: { ttl: 21m }
people:
  engineers: [alice, "group:netops", "service:ci"]
  leads: { carol: { mail: carol@corp.example, keys: ["${key}"] }, dave: {} }
  auditors: [erin]
networks: { lab: [10.20.0.0/16], hq: { file: hq.txt } }
windows:
  work: { days: mon-fri, hours: "09:00-18:00" }
  move: { from: "2026-12-20T00:00", to: "2027-01-04T00:00" }
  fair: { calendar: fairs }
calendars: { fairs: { ics: fairs.ics } }
approvers:
  desk: { type: prompt }
  soc: { type: webhook, service: tower, voters: { jsmith: carol }, speaks-for: service }
profiles: { web-quick: "-sV -p 8443" }
readers: { results: [auditors] }
delegates: { carol: { to: dave, until: 2026-12-01 } }
checkpoints: { to: [syslog] }
rules:
  - name: never
    effect: deny
    targets: [hq]
    during: [fair]
    unless: { requesters: [frank] }
    message: hands off
    notify: { on: [denied], via: [soc] }
  - name: much
    effect: ask
    requesters: [engineers]
    targets: [lab]
    ports: [tcp/4711]
    other-ports: true
    may:
      techniques: [xmas]
      features: [traceroute]
      scripts: { categories: [vuln], names: [http-title], never: [http-brute] }
    during: [work, move]
    egress: [192.0.2.9]
    timing: { max-template: 2 }
    limits: { hosts: 17, probes: 123k, runs: 7/day, concurrent: 3, cool-down: 90m }
    enforce: { max-rate: 55 }
    enforcement: required
    on-violation: end
    profiles: [web-quick]
    ask: { votes: { leads: 1 }, via: [desk], answer-within: 31m, start-within: 2h }
    reason: { min-length: 12, pattern: "CHG-[0-9]" }
    on-touch: true
    unless: { requesters: [grace] }
    strength: signed
    break-glass: { ttl: 4m, alert: [soc] }
  - { name: long, effect: confirm, ttl: 51m }
`;
const files = new Map([
  ["hq.txt", "198.51.100.0/24\n"],
  [
    "fairs.ics",
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20261123T100000Z\r\nDTEND:20261123T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
  ],
]);

// Per key of the language the words that say it in the text of the policy above.
const said: Readonly<Record<string, string>> = {
  timezone: "Asia/Kolkata",
  contact: "security@corp.example",
  defaults: "ended after 21m",
  people: "engineers are alice, the system's group netops and the service account ci",
  mail: "carol is written to at carol@corp.example",
  keys: "SHA256:",
  networks: "lab is 10.20.0.0/16",
  file: "hq is 198.51.100.0/24",
  windows: "work is mon-fri 09:00-18:00 (Asia/Kolkata)",
  days: "mon-fri",
  hours: "09:00-18:00",
  from: "2026-12-20T00:00",
  to: "2027-01-04T00:00",
  calendar: "fair is the events of fairs.ics",
  calendars: "fairs.ics",
  ics: "fairs.ics",
  approvers: "desk asks at a terminal",
  type: "soc asks the service",
  service: "the service tower",
  voters: "jsmith there is carol",
  "speaks-for": "it also answers for itself",
  profiles: "@web-quick stands for nmap -sV -p 8443",
  readers: "may be read by auditors",
  results: "Results may be read",
  delegates: "dave votes in the place of carol",
  until: "until 2026-12-01",
  checkpoints: "Checkpoints of the trail are meant to go to syslog",
  rules: "What these rules do not cover is denied",
  name: "much (p.yaml:",
  effect: "A scan is denied when",
  requesters: "Engineers may run",
  targets: "of lab",
  ports: "tcp/4711",
  "other-ports": "those chosen at run time",
  may: "scans that use nothing but",
  techniques: "the techniques xmas",
  features: "the features traceroute",
  scripts: "the scripts http-title",
  categories: "scripts of the categories vuln",
  names: "http-title",
  never: "never http-brute",
  during: "during work",
  egress: "whose scripts may also contact 192.0.2.9",
  timing: "timing template 2",
  "max-template": "timing template 2 at most",
  limits: "17 hosts a scan",
  hosts: "17 hosts",
  probes: "123000 probes of one requester",
  runs: "7 runs of one requester in 1d",
  concurrent: "3 sessions of one requester",
  "cool-down": "a pause of 1h30m",
  enforce: "55 packets a second",
  "max-rate": "55 packets",
  ttl: "ended after 51m",
  enforcement: "confined",
  "on-violation": "ended when it does what its plan does not say",
  ask: "1 of leads said yes",
  votes: "1 of leads",
  via: "asked through desk",
  "answer-within": "within 31m",
  "start-within": "within 2h of that",
  reason: "giving a reason",
  "min-length": "at least 12 characters",
  pattern: "in which CHG-[0-9] occurs",
  "on-touch": "This yes is needed whenever",
  unless: "unless it is asked for by grace",
  message: "hands off",
  notify: "soc is told when a scan is denied",
  on: "denied",
  strength: "signed with a key of the voter's",
  "break-glass": "In an emergency it may be run at once for 4m",
  alert: "soc is alerted",
};

test("every key of the language is said", () => {
  const given = { origin: "p.yaml", networkFiles: files, attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text: everything }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error, undefined, 2));
  const text = readAloud(policy.value);
  for (const [name, words] of Object.entries(said)) expect(text, name).toContain(words);
  // The language's keys are the schema's: one that is new has no words yet.
  const keys = [...new Set([...keySentences.keys()].map((name) => name.split(".").at(-1) ?? ""))];
  expect(keys.filter((name) => name !== "version" && !(name in said))).toEqual([]);
});

test("rules that read the same decide the same: whatever changes an answer changes a sentence", () => {
  const reasons = new Set(["explanation", "policy"]);
  const asksFor = (rule: Rule): string =>
    JSON.stringify(
      plans.map((words) => decide(policyWith(rule), smallPlanOf(words), situationOf(words))),
      (key, value: unknown) => (reasons.has(key) ? undefined : value),
    );
  const policyWith = (rule: Rule) => ({ ...policyOfRules([]), rules: [rule, allowAll] });
  const allowAll = ruleOf(
    { name: "rule-9", effect: "confirm", may: "anything", onTouch: false, otherPorts: true, ttl: 9 },
    2,
  );
  const plans = fc.sample(planWords, { numRuns: 80, seed: 7 });
  let differed = 0;
  fc.assert(
    fc.property(ruleWords, ruleWords, fc.nat(), (words, others, pick) => {
      const keys = [...new Set([...Object.keys(words), ...Object.keys(others)])] as (keyof typeof words)[];
      const key = keys[pick % keys.length] ?? "effect";
      const rest = Object.fromEntries(Object.entries(words).filter(([other]) => other !== key));
      const changed = { ...rest, ...(key in others && { [key]: others[key] }) } as typeof words;
      const [one, other] = [words, changed].map((each) => ruleOf({ ...each, name: "rule-0" }, 1));
      if (one === undefined || other === undefined || asksFor(one) === asksFor(other)) return;
      differed += 1;
      expect(sentencesOf(one), key).not.toBe(sentencesOf(other));
    }),
    { numRuns: 150 },
  );
  expect(differed).toBeGreaterThan(15);
});

test("says of the rules together only what these rules can say to each other", () => {
  const last = (rules: string) =>
    readAloud(policyOf("p.yaml", `version: 1\nrules:\n${rules}`))
      .trimEnd()
      .split("\n")
      .at(-1);
  const [allow, deny] = ["  - { name: a, effect: allow }\n", "  - { name: d, effect: deny, ports: [1] }\n"];
  const ask = (name: string) => `  - { name: ${name}, effect: ask, ask: { votes: { carol: 1 } } }\n`;
  expect(last(allow)).toBe("What these rules do not cover is denied.");
  expect(last(allow + deny)).toContain("What one of them denies is denied");
  expect(last(allow + ask("b"))).toContain("the one that needs less of people is enough. Nobody's yes");
  expect(last(ask("b"))).toBe(
    "What these rules do not cover is denied. Nobody's yes counts for a request of their own.",
  );
  expect(last(ask("b") + ask("c"))).toContain("all the rules that cover it need their yes");
});

test("speaks of the machine's own networks only where a rule does", () => {
  const attached = "rules:\n  - { name: a, effect: allow, targets: [attached] }\n";
  expect(readAloud(policyOf("p.yaml", `version: 1\n${attached}`))).toContain("attached, the private networks of this");
  expect(readAloud(policyOf("p.yaml", "version: 1\n"))).not.toContain("attached");
});

test("a key is shown as ssh-keygen shows it", () => {
  const text = readAloud(policyOf("p.yaml", `version: 1\npeople: { leads: { carol: { keys: ["${key}"] } } }\n`));
  const shown = execFileSync("ssh-keygen", ["-lf", "-"], { input: `${key}\n`, encoding: "utf8" });
  expect(text).toContain(/SHA256:\S+/.exec(shown)?.[0] ?? "no fingerprint");
});
