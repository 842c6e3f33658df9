// The policy that the language's own description shows, word for word: it runs as it stands, and means what it says.
import { expect, test } from "vitest";
import { decide } from "../../../src/core/policy/decide.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import type { Situation } from "../../../src/core/policy/asked.ts";
import { AddressSet, parseNetwork } from "../../../src/core/sets/address-set.ts";
import { PortSet } from "../../../src/core/sets/port-set.ts";
import { planOf } from "./world.ts";

const example = `# yaml-language-server: $schema=./policy.schema.json
version: 1
timezone: Europe/Berlin                  # for every window; IANA name
contact: security@corp.example           # every denial says whom to ask

people:
  engineers: [alice, bob, "group:netops", "service:ci"]   # logins, OS groups, service accounts
  leads:
    carol: { mail: carol@corp.example, keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILcJytptfrPRDK9d4ynE65hoOkYcFUWTVT0FJZGrzakh carol"] }
    dave:  { mail: dave@corp.example }
  auditors: [erin]

networks:
  lab: [10.20.0.0/16, "2001:db8:20::/48"]
  pci: [10.30.5.0/24]
  hq:  { file: hq-networks.txt }         # one CIDR or range a line; a million lines is fine

windows:
  business-hours: { days: mon-fri, hours: "09:00-18:00" }
  change-freeze:  { from: "2026-12-20T00:00", to: "2027-01-04T00:00" }

approvers:                               # ways to ask; how to reach them (SMTP, URLs, keys) stands in config.yaml
  desk: { type: prompt }
  mail: { type: email }
  soc:  { type: webhook, service: soc, voters: { jsmith: carol } }   # who speaks there, as people here

rules:
  - name: pci-never
    effect: deny
    targets: [pci]
    message: PCI hosts are scanned by the assessor only

  - name: freeze
    effect: deny
    during: [change-freeze]
    unless: { requesters: [carol] }

  - name: lab-ordinary
    effect: allow
    requesters: [engineers]
    targets: [lab]
    may: ordinary
    during: [business-hours]
    limits: { hosts: 256, probes: 1M, runs: 10/hour, concurrent: 2 }
    timing: { max-template: 4 }
    enforce: { max-rate: 500 }
    ttl: 10m

  - name: lab-anything
    effect: ask
    requesters: [engineers]
    targets: [lab, hq]
    may: anything
    reason: { min-length: 10, pattern: "(CHG|INC)-[0-9]+" }       # the pattern must occur in it
    ask: { votes: { leads: 1 }, via: [mail, desk], answer-within: 30m, start-within: 1h }
    ttl: 30m

  - name: own-machine
    effect: confirm                      # the requester types the number of hosts; nobody else is asked
    targets: [127.0.0.0/8, "::1"]
    may: anything
    ttl: 30m
`;

const loaded = parsePolicy([{ name: "policy.yaml", text: example }], {
  origin: "policies",
  networkFiles: new Map([["hq-networks.txt", "10.7.0.0/16\n"]]),
  attached: AddressSet.empty,
});
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error, undefined, 2));
const policy = loaded.value;

const base = planOf({
  who: "alice",
  groups: [],
  hour: 0,
  before: [],
  probes: 1,
  hosts: [0],
  ports: [],
  typedPing: [],
  techniques: ["syn"],
  features: [],
  scripts: [],
  otherPorts: false,
  template: 3,
});

function says(targets: string, at: string, more: Partial<Situation> = {}, probes = 1000) {
  const set = parseNetwork(targets);
  if (!set.ok) throw new Error(set.error.message);
  const plan = {
    ...base,
    targets: set.value,
    ports: PortSet.of({ tcp: [[22, 22]] }),
    estimate: { probes, seconds: 1 },
  };
  const requester = { name: "alice", uid: 1000, groups: [] };
  return decide(policy, plan, { requester, now: Date.parse(at), ...more });
}

const mondayNoon = "2026-11-23T11:00Z";
const because = (decision: ReturnType<typeof says>, rule: string): string =>
  decision.explanation.find((one) => one.rule === rule)?.because ?? "";

test("in business hours the lab is allowed, with its obligations and what is reserved", () => {
  expect(says("10.20.0.0/24", mondayNoon)).toMatchObject({
    effect: "allow",
    obligations: {
      ttlSeconds: 600,
      enforce: { maxRate: 500 },
      limits: [
        {
          rule: "lab-ordinary",
          runs: { count: 10, seconds: 3600 },
          probes: { count: 1_000_000, seconds: 3600 },
          concurrent: 2,
        },
      ],
    },
  });
});

test("outside of them, or beyond a limit, the next rule is asked", () => {
  const night = says("10.20.0.0/24", "2026-11-23T20:00Z");
  expect(night).toMatchObject({ effect: "ask", requires: [{ rule: "lab-anything", via: ["mail", "desk"] }] });
  expect(because(night, "lab-ordinary")).toBe(
    "asked on Mon 2026-11-23 21:00 Europe/Berlin; the rule holds during business-hours (mon-fri 09:00-18:00)",
  );
  const many = says("10.20.0.0/16", mondayNoon);
  expect(many.effect).toBe("ask");
  expect(because(many, "lab-ordinary")).toBe("asks 65536 hosts; the rule takes 256 at a time");
});

test("the session ends when the window closes, and that is said beforehand", () => {
  const late = says("10.20.0.0/24", "2026-11-23T16:53:30Z");
  expect(late).toMatchObject({
    effect: "allow",
    obligations: { ttlSeconds: 390, endsAt: Date.parse("2026-11-23T17:00Z") },
  });
  expect(because(late, "lab-ordinary")).toBe(
    "covers the whole plan; business-hours closes on Mon 2026-11-23 18:00 Europe/Berlin, and the session ends then",
  );
  // No time box is shorter than a second: the last moment is too late.
  expect(says("10.20.0.0/24", "2026-11-23T16:59:59.000Z").effect).toBe("allow");
  expect(says("10.20.0.0/24", "2026-11-23T16:59:59.001Z").effect).toBe("ask");
});

test("the freeze denies everybody but carol, and touches pci never", () => {
  const frozen = says("10.20.0.0/24", "2026-12-22T11:00Z");
  expect(frozen.effect).toBe("deny");
  expect(because(frozen, "freeze")).toBe(
    "strikes: it is Tue 2026-12-22 12:00 Europe/Berlin, during change-freeze, and its unless (requesters carol) does not contain the whole plan",
  );
  const carol = { requester: { name: "carol", uid: 1, groups: [] } };
  expect(because(says("127.0.0.1", "2026-12-22T11:00Z", carol), "freeze")).toBe(
    "spared: its unless contains the whole plan",
  );
  expect(says("10.30.5.7", mondayNoon)).toMatchObject({ messages: ["PCI hosts are scanned by the assessor only"] });
  expect(says("127.0.0.1", mondayNoon).effect).toBe("confirm");
  expect(says("10.7.1.0/24", mondayNoon).effect).toBe("ask");
});

test("limits count what was done before, per requester and rule, over a sliding time", () => {
  const now = Date.parse(mondayNoon);
  const run = (minutesAgo: number, more: object = {}) => ({
    rule: "lab-ordinary",
    requester: "alice",
    at: now - minutesAgo * 60_000,
    probes: 1000,
    open: false,
    ...more,
  });
  const ten = Array.from({ length: 10 }, (_, index) => run(index * 5 + 1));
  const over = says("10.20.0.0/24", mondayNoon, { history: ten });
  expect(over.effect).toBe("ask");
  expect(because(over, "lab-ordinary")).toBe("10 runs in the last 1h already; the rule takes 10 runs");
  const effects = [
    ten.slice(1),
    [...ten.slice(1), run(60)],
    ten.map((one) => ({ ...one, requester: "bob" })),
    ten.map((one) => ({ ...one, rule: "lab-anything" })),
    [run(1, { open: true })],
    [run(1, { open: true }), run(300, { open: true })],
    [run(1, { probes: 999_000 })],
    [run(1, { probes: 999_001 })],
  ].map((history) => says("10.20.0.0/24", mondayNoon, { history }).effect);
  expect(effects).toEqual(["allow", "allow", "allow", "allow", "allow", "ask", "allow", "ask"]);
});
