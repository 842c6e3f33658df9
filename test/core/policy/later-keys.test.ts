// Keys beyond the first subset, by example: cool-down, egress, enforcement, strength, profiles; what can't be held here
// is not covered, and a rule that binds all the same denies.
import { describe, expect, test } from "vitest";
import type { ScanPlan } from "../../../src/core/plan/scan-plan.ts";
import type { Situation } from "../../../src/core/policy/asked.ts";
import { parseCases, runCases } from "../../../src/core/policy/cases.ts";
import { decide, nearlyCovering } from "../../../src/core/policy/decide.ts";
import type { Decision } from "../../../src/core/policy/decision.ts";
import { expandProfiles } from "../../../src/core/policy/expand-profiles.ts";
import { historyNeeded } from "../../../src/core/policy/limits.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import type { Policy } from "../../../src/core/policy/policy.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { addressesOf, planOf } from "./world.ts";

function policy(...rules: string[]): Policy {
  const text = `version: 1\nprofiles: { web-quick: "-sV -p '80,443'", all: -A }\nnetworks: { dns: [8.8.8.8] }\nrules:\n${rules.map((rule) => `  - { ${rule} }\n`).join("")}`;
  const result = parsePolicy([{ name: "p.yaml", text }], {
    origin: "p",
    networkFiles: new Map(),
    attached: AddressSet.empty,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.error, undefined, 2));
  return result.value;
}

const plan = (more: Partial<ScanPlan> = {}): ScanPlan => ({
  ...planOf({
    who: "alice",
    groups: [],
    hour: 0,
    before: [],
    probes: 1,
    hosts: [0, 1],
    ports: ["tcp/1"],
    typedPing: [],
    techniques: ["syn"],
    features: [],
    scripts: [],
    otherPorts: false,
    template: 3,
  }),
  ...more,
});
const now = Date.parse("2026-11-23T11:00Z");
const as = (more: Partial<Situation> = {}): Situation => ({
  requester: { name: "alice", uid: 1000, groups: [] },
  now,
  ...more,
});
const told = (decision: Decision): readonly string[] => decision.explanation.map((one) => one.because);

test("a target that was scanned rests, whoever scanned it", () => {
  const rests = policy("name: a, effect: allow, limits: { cool-down: 1h }");
  expect(historyNeeded(rests, now)).toEqual({ rules: ["a"], since: now - 3_600_000, targets: true });
  const scanned = (hosts: readonly number[], minutesAgo: number) => [
    { rule: "a", requester: "bob", at: now - minutesAgo * 60_000, probes: 1, open: false, targets: addressesOf(hosts) },
  ];
  expect(decide(rests, plan(), as({ history: scanned([1, 2], 60) })).effect).toBe("allow");
  expect(decide(rests, plan(), as({ history: scanned([2], 5) })).effect).toBe("allow");
  const resting = decide(rests, plan(), as({ history: scanned([1, 2], 5) }));
  expect(resting.effect).toBe("deny");
  expect(told(resting)).toEqual(["some of the targets were scanned 5m ago; the rule leaves them alone for 1h"]);
});

test("a policy without limits that look at the trail asks nothing of it", () => {
  expect(historyNeeded(policy("name: a, effect: allow, limits: { hosts: 5 }"), now)).toBeUndefined();
});

describe("scripts that contact others", () => {
  const whois = { scripts: [{ name: "whois-ip", categories: ["external", "safe"], implied: false }] };
  const named = "techniques: [syn], scripts: { names: [whois-ip] }";

  test("need a rule that names them and lists egress, which becomes an obligation", () => {
    const without = policy("name: a, effect: allow, may: anything");
    expect(decide(without, plan(whois), as()).effect).toBe("deny");
    const ordinary = policy("name: a, effect: allow, egress: [dns]");
    expect(decide(ordinary, plan(whois), as()).effect).toBe("deny");
    const both = policy(`name: a, effect: allow, may: { ${named} }, egress: [dns]`);
    expect(decide(both, plan(whois), as())).toMatchObject({ effect: "allow", obligations: { egress: ["8.8.8.8"] } });
    expect(decide(both, plan(), as())).not.toHaveProperty("obligations.egress");
  });

  test("are explained with whom they may contact, and that nothing holds them to it where nothing does", () => {
    const both = policy(`name: a, effect: allow, may: { ${named} }, egress: [dns]`);
    const covers = "covers the whole plan; its scripts may also contact dns";
    expect(told(decide(both, plan(whois), as({ level: "enforced" })))).toEqual([covers]);
    expect(told(decide(both, plan(whois), as()))).toEqual([
      `${covers}; sessions here are advisory: nothing holds them to that`,
    ]);
    expect(told(decide(both, plan(), as()))).toEqual(["covers the whole plan"]);
  });

  test("touch a deny with what they may contact", () => {
    const touched = policy(
      "name: never, effect: deny, targets: [8.8.8.0/24]",
      `name: a, effect: allow, may: { ${named} }, egress: [dns]`,
    );
    const decision = decide(touched, plan(whois), as());
    expect(decision.effect).toBe("deny");
    expect(told(decision)[0]).toBe("strikes: its scripts may contact 8.8.8.8");
    expect(decide(touched, plan(), as()).effect).toBe("allow");
  });
});

describe("enforcement", () => {
  test("that is required is not there where sessions are advisory, and that is said", () => {
    const required = policy("name: a, effect: allow, enforcement: required");
    const decision = decide(required, plan(), as());
    expect(decision.effect).toBe("deny");
    expect(told(decision)).toEqual([
      "sessions here are advisory; the rule requires enforced ones, which nmap can't leave",
    ]);
    expect(decide(required, plan(), as({ level: "enforced" })).effect).toBe("allow");
    expect(decide(policy("name: a, effect: allow, enforcement: arguments-only"), plan(), as()).effect).toBe("allow");
  });

  test("unprivileged takes scans without raw sockets", () => {
    const unprivileged = policy("name: a, effect: allow, enforcement: unprivileged");
    expect(decide(unprivileged, plan(), as()).effect).toBe("deny");
    expect(decide(unprivileged, plan({ privileged: false }), as()).effect).toBe("allow");
  });
});

test("a rule that binds on touch and can't be met denies instead of being left out", () => {
  const binds = (more: string) =>
    policy("name: open, effect: allow", `name: b, effect: ask, on-touch: true, ask: { votes: { l: 1 } }, ${more}`);
  const required = decide(binds("enforcement: required"), plan(), as());
  expect(required).toMatchObject({
    effect: "deny",
    messages: [
      "the rule b binds, but sessions here are advisory; the rule requires enforced ones, which nmap can't leave",
    ],
  });
  const history = [{ rule: "b", requester: "alice", at: now - 1000, probes: 1, open: true }];
  expect(decide(binds("limits: { concurrent: 1 }"), plan(), as({ history })).effect).toBe("deny");
  expect(decide(binds("limits: { concurrent: 1 }"), plan(), as())).toMatchObject({ effect: "ask" });
});

test("the strength of votes is part of what is required, and told", () => {
  const signed = policy("name: a, effect: ask, ask: { votes: { l: 1 } }, strength: signed");
  const decision = decide(signed, plan(), as());
  expect(decision).toMatchObject({ effect: "ask", requires: [{ rule: "a", strength: "signed" }] });
  expect(told(decision)).toEqual(["covers the whole plan, after the approval of 1 of l, each vote at least signed"]);
});

describe("profiles", () => {
  const rules = policy("name: a, effect: allow, profiles: [web-quick]");

  test("stand for their words, anywhere before --", () => {
    expect(expandProfiles(["@web-quick", "10.0.0.1"], rules)).toEqual({
      ok: true,
      value: { words: ["-sV", "-p", "80,443", "10.0.0.1"], profile: "web-quick" },
    });
    for (const beside of [
      ["@web-quick", "-v", "10.0.0.1"],
      ["@web-quick", "@all", "10.0.0.1"],
    ]) {
      const line = expandProfiles(beside, rules);
      expect(line.ok && line.value.profile).toBeUndefined();
    }
    const after = expandProfiles(["@all", "--", "@web-quick"], rules);
    expect(after.ok && after.value.words).toEqual(["-A", "--", "@web-quick"]);
  });

  test("that nothing defines are an error with the nearest", () => {
    expect(expandProfiles(["@web-quik"], rules)).toMatchObject({
      error: {
        code: "unknown-profile",
        message: "the policy has no profile web-quik",
        hint: "did you mean @web-quick?",
      },
    });
  });

  test("are a condition: the profile and targets, nothing beside", () => {
    expect(decide(rules, plan(), as({ profile: "web-quick" })).effect).toBe("allow");
    expect(decide(rules, plan(), as({ profile: "all" })).effect).toBe("deny");
    const typed = decide(rules, plan(), as());
    expect(told(typed)).toEqual([
      "asks with options of its own; the rule covers @web-quick and targets, nothing beside",
    ]);
  });
});

test("every other key is read and kept", () => {
  const text = `
version: 1
people: { auditors: [erin] }
approvers: { mail: { type: email }, soc: { type: webhook, service: soc, voters: { jsmith: carol }, speaks-for: service } }
readers: { results: [auditors] }
delegates: { carol: { to: dave, until: 2026-12-01 } }
checkpoints: { to: [file, syslog] }
rules:
  - name: a
    effect: ask
    ask: { votes: { carol: 1 }, via: [mail, soc] }
    break-glass: { ttl: 5m, alert: [mail] }
    notify: { on: [started, denied], via: [soc] }
    on-violation: end
`;
  const result = parsePolicy([{ name: "p.yaml", text }], {
    origin: "p",
    networkFiles: new Map(),
    attached: AddressSet.empty,
  });
  expect(result).toMatchObject({
    value: {
      approvers: new Map([
        ["mail", { name: "mail", type: "email" }],
        ["soc", { name: "soc", type: "webhook", service: "soc", voters: { jsmith: "carol" }, speaksFor: "service" }],
      ]),
      readers: { logins: new Set(["erin"]) },
      delegates: new Map([["carol", { to: "dave", until: "2026-12-01" }]]),
      checkpoints: ["file", "syslog"],
      rules: [
        {
          breakGlass: { ttlSeconds: 300, alert: ["mail"] },
          notify: { on: ["started", "denied"], via: ["soc"] },
          onViolation: "end",
        },
      ],
    },
  });
});

test("a case may be a profile's name and targets, and is judged as that profile", async () => {
  const tested = policy("name: quick, effect: allow, may: anything, profiles: [web-quick]");
  const cases = parseCases({
    name: "p.cases.yaml",
    text: `- { run: "@web-quick 10.0.0.1", expect: allow, rule: quick }
- { run: "@web-quick -T4 10.0.0.1", expect: deny }
- { run: "@web-slow 10.0.0.1", expect: refused }
`,
  });
  if (!cases.ok) throw new Error(JSON.stringify(cases.error));
  const read: (readonly string[])[] = [];
  const results = await runCases(
    tested,
    cases.value.cases,
    (words) => {
      read.push(words);
      return Promise.resolve({ ok: true, value: plan() });
    },
    0,
  );
  expect(results.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
  expect(read[0]).toEqual(["-sV", "-p", "80,443", "10.0.0.1"]);
});

test("a denial names the rules that fit person, addresses and ports and fail otherwise, a few of them", () => {
  const nearly = (most: number, ...rules: readonly string[]) =>
    nearlyCovering(decide(policy(...rules), plan(), as()), most).map(({ rule, because }) => `${rule}: ${because}`);
  const slow = "name: slow, effect: allow, timing: { max-template: 2 }";
  const web = "name: web, effect: confirm, may: { techniques: [connect] }";
  const held = "name: held, effect: ask, enforcement: required, ask: { votes: { carol: 1 } }";
  const elsewhere = "name: elsewhere, effect: allow, targets: [192.0.2.0/24]";
  const others = "name: others, effect: allow, requesters: [mallory]";
  expect(nearly(3, elsewhere, slow, others, web, held)).toEqual([
    expect.stringMatching(/^slow: asks -T\d; the rule covers -T2 at most$/),
    expect.stringMatching(/^web: asks the scan technique syn/),
    expect.stringMatching(/^held: sessions here are advisory/),
  ]);
  expect(nearly(1, slow, web)).toHaveLength(1);
  // Where something strikes, or nothing is denied, there is nothing to be near to.
  expect(nearly(3, slow, "name: never, effect: deny")).toEqual([]);
  expect(nearly(3, slow, "name: fine, effect: allow")).toEqual([]);
});
