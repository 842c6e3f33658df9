// `policy read`: what a lead signs off. Every example's text is kept beside its test; a key that had no words would
// be a condition that nobody signed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import { readAloud, sentencesOf } from "../../../src/core/policy/read-aloud.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";

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
  ["ports: [22]\n    other-ports: true", "ports chosen at run time"],
  ["may: { techniques: [syn], scripts: { categories: [safe], never: [http-a] } }", "never http-a"],
  ["profiles: [web]", "profiles web"],
  ["may: anything\n    egress: [192.0.2.1]", "192.0.2.1"],
  ["limits: { hosts: 7 }", "7 hosts a scan"],
  ["limits: { runs: 9/hour }", "9 runs in 1h"],
  ["limits: { probes: 20k }", "20000 probes"],
  ["limits: { concurrent: 3 }", "3 sessions at a time"],
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
  ["on-touch: true\n    unless: { requesters: [carol] }", "unless carol asks for it"],
])("says %j", (key, words) => {
  const [rule] = policyOf("p.yaml", `${head}    ${key}\n`).rules;
  const [plain] = policyOf("p.yaml", head).rules;
  if (rule === undefined || plain === undefined) throw new Error("no rule");
  expect(sentencesOf(rule)).toContain(words);
  expect(sentencesOf(plain)).not.toContain(words);
});
