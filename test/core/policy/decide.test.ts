// Decisions by example: the sentences of policy.md, one by one, on policies as people write them.
import { describe, expect, test } from "vitest";
import type { ScanPlan } from "../../../src/core/plan/scan-plan.ts";
import { decide } from "../../../src/core/policy/decide.ts";
import type { Decision } from "../../../src/core/policy/decision.ts";
import { nearestAllowed } from "../../../src/core/policy/nearest-allowed.ts";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import type { Policy } from "../../../src/core/policy/policy.ts";
import { AddressSet, parseNetwork } from "../../../src/core/sets/address-set.ts";
import { PortSet } from "../../../src/core/sets/port-set.ts";

const head = `
version: 1
contact: security@corp.example
people:
  engineers: [alice, bob, "group:netops", "service:ci"]
  leads: [carol, dave]
networks:
  lab: [10.20.0.0/16]
  pci: [10.30.5.0/24]
approvers:
  desk: { type: prompt }
rules:
`;

function policy(...rules: string[]): Policy {
  const text = head + rules.map((rule) => `  - { ${rule} }\n`).join("");
  const given = { origin: "p.yaml", networkFiles: new Map(), attached: AddressSet.empty };
  const result = parsePolicy([{ name: "p.yaml", text: rules.length === 0 ? "version: 1\n" : text }], given);
  if (!result.ok) throw new Error(JSON.stringify(result.error, undefined, 2));
  return result.value;
}

function network(...texts: string[]): AddressSet {
  return AddressSet.unionOf(
    texts.map((text) => {
      const parsed = parseNetwork(text);
      if (!parsed.ok) throw new Error(parsed.error.message);
      return parsed.value;
    }),
  );
}

const tcp = (list: string): PortSet => PortSet.of({ tcp: PortSet.parseList(list) ?? [] });

function plan(targets: AddressSet, ports: PortSet, more: Partial<ScanPlan> = {}): ScanPlan {
  return {
    nmap: { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` },
    family: 4,
    privileged: true,
    targets,
    names: [],
    techniques: ports.isEmpty ? ["ping"] : ["syn"],
    ports,
    otherPorts: [],
    discovery: [],
    features: [],
    scripts: [],
    timing: { template: 3 },
    display: { verbosity: 0, debugging: 0, open: false, reason: false },
    outputs: [],
    estimate: { probes: 1, seconds: 1 },
    ...more,
  };
}

const as = (name: string, ...groups: string[]) => ({ requester: { name, uid: 1000, groups }, now: 0 });
const because = (decision: Decision): readonly string[] =>
  decision.explanation.map((one) => `${one.rule}: ${one.because}`);

const allowLab = "name: lab, effect: allow, requesters: [engineers], targets: [lab]";
const askLab =
  "name: ask-lab, effect: ask, targets: [lab], may: anything, ask: { votes: { leads: 1 }, via: [desk] }, ttl: 30m";

test("an empty policy denies everything and says what is uncovered", () => {
  const decision = decide(policy(), plan(network("10.31.0.0/24"), tcp("8080")), as("alice"));
  expect(decision).toMatchObject({
    effect: "deny",
    uncovered: ["10.31.0.0/24 (256 addresses), tcp/8080"],
    requires: [],
  });
});

test("a plan without targets is denied by any policy", () => {
  expect(decide(policy("name: all, effect: allow"), plan(AddressSet.empty, tcp("22")), as("alice")).effect).toBe(
    "deny",
  );
});

test("an allow carries the contact, its time box, and no requirement", () => {
  const decision = decide(
    policy(`${allowLab}, enforce: { max-rate: 500 }`),
    plan(network("10.20.0.0/24"), tcp("22")),
    as("bob"),
  );
  expect(decision).toMatchObject({
    effect: "allow",
    requires: [],
    obligations: { ttlSeconds: 900, enforce: { maxRate: 500 } },
    policy: { contact: "security@corp.example" },
  });
  expect(because(decision)).toEqual(["lab: covers the whole plan"]);
});

test("requesters are logins, groups of the system and service accounts", () => {
  const answers = [as("alice"), as("eve"), as("eve", "netops"), as("ci"), as("carol")].map(
    (who) => decide(policy(allowLab), plan(network("10.20.0.1"), tcp("22")), who).effect,
  );
  expect(answers).toEqual(["allow", "deny", "allow", "allow", "deny"]);
});

test("a deny strikes on one address, and says which rule, where, and why", () => {
  const both = policy(
    "name: pci-never, effect: deny, targets: [pci], message: assessor only",
    "name: all, effect: allow",
  );
  const decision = decide(both, plan(network("10.30.0.0/16"), tcp("22")), as("alice"));
  expect(decision).toMatchObject({
    effect: "deny",
    messages: ["assessor only"],
    uncovered: [],
    explanation: [
      {
        rule: "pci-never",
        file: "p.yaml",
        line: 13,
        effect: "deny",
        applies: true,
        because: "strikes: asks 10.30.5.0/24 (256 addresses)",
      },
      { rule: "all", applies: true, because: "covers the whole plan" },
    ],
  });
});

test("two rules together cover what neither covers alone", () => {
  const web = "name: web, effect: allow, targets: [lab], ports: [80]";
  const ssh = "name: ssh, effect: allow, targets: [lab], ports: [22]";
  const both = plan(network("10.20.0.0/24"), tcp("22,80"));
  expect(decide(policy(web, ssh), both, as("alice")).effect).toBe("allow");
  expect(decide(policy(web), both, as("alice"))).toMatchObject({
    effect: "deny",
    uncovered: ["10.20.0.0/24 (256 addresses), tcp/22"],
  });
  // The rectangle between them stays uncovered.
  const half = "name: half, effect: allow, targets: [10.20.0.0-10.20.0.9], ports: [22]";
  expect(decide(policy(web, half), both, as("alice"))).toMatchObject({
    uncovered: ["10.20.0.10-10.20.0.255 (246 addresses), tcp/22"],
  });
});

test("a part that an allow covers needs nobody; the rest needs every ask rule that covers it", () => {
  const second = "name: second, effect: ask, targets: [10.20.9.0/24], ask: { votes: { dave: 1 }, via: [] }";
  const rules = policy("name: free, effect: allow, targets: [10.20.1.0/24]", askLab, second.replace(", via: []", ""));
  expect(decide(rules, plan(network("10.20.1.0/24"), tcp("22")), as("alice")).effect).toBe("allow");
  const decision = decide(rules, plan(network("10.20.1.1", "10.20.9.9"), tcp("22")), as("alice"));
  expect(decision.requires).toEqual([
    { rule: "ask-lab", votes: { leads: 1 }, via: ["desk"], answerWithinSeconds: 1800, startWithinSeconds: 3600 },
    { rule: "second", votes: { dave: 1 }, via: ["desk"], answerWithinSeconds: 1800, startWithinSeconds: 3600 },
  ]);
});

test("where the approved ask rules cover the whole plan, their obligations alone hold; else the strictest of all", () => {
  const free = "name: free, effect: allow, targets: [10.20.1.0/24], ttl: 1m, enforce: { max-rate: 10 }";
  const overlapping = decide(policy(free, askLab), plan(network("10.20.1.1", "10.20.2.1"), tcp("22")), as("alice"));
  expect(overlapping).toMatchObject({ effect: "ask", obligations: { ttlSeconds: 1800, enforce: {} } });
  const elsewhere = free.replace("10.20.1.0/24", "10.9.0.0/24");
  const beside = decide(policy(elsewhere, askLab), plan(network("10.9.0.1", "10.20.2.1"), tcp("22")), as("alice"));
  expect(beside).toMatchObject({ effect: "ask", obligations: { ttlSeconds: 60, enforce: { maxRate: 10 } } });
});

test("confirmation comes first where a plan needs both", () => {
  const rules = policy("name: near, effect: confirm, targets: [10.9.0.0/24]", askLab);
  const decision = decide(rules, plan(network("10.9.0.1", "10.20.2.1"), tcp("22")), as("alice"));
  expect(decision.effect).toBe("ask");
  expect(decision.requires.map((one) => [one.rule, "confirm" in one])).toEqual([
    ["near", true],
    ["ask-lab", false],
  ]);
});

test("on-touch binds over an allow, without covering", () => {
  const touch = "name: touch, effect: ask, on-touch: true, targets: [pci], ask: { votes: { leads: 1 } }";
  const mixed = plan(network("10.20.0.1", "10.30.5.1"), tcp("22"));
  expect(decide(policy("name: all, effect: allow, may: anything", touch), mixed, as("alice"))).toMatchObject({
    effect: "ask",
    requires: [{ rule: "touch" }],
  });
  expect(
    decide(
      policy("name: lab, effect: allow, targets: [lab]", touch),
      plan(network("10.30.5.1", "10.40.0.1"), tcp("22")),
      as("alice"),
    ).effect,
  ).toBe("deny");
});

test("unless spares only a plan that it contains whole, all its keys together", () => {
  const freeze = "name: freeze, effect: deny, unless: { requesters: [carol], targets: [lab] }";
  const rules = policy(freeze, "name: all, effect: allow");
  const answer = (who: string, ...targets: string[]) =>
    decide(rules, plan(network(...targets), tcp("22")), as(who)).effect;
  expect([
    answer("carol", "10.20.0.1"),
    answer("carol", "10.20.0.1", "10.30.0.1"),
    answer("dave", "10.20.0.1"),
  ]).toEqual(["allow", "deny", "deny"]);
});

describe("the address that means none", () => {
  const six = { family: 6 } as const;

  test.each([
    ["0.0.0.0", "127.0.0.0/8", {}],
    ["0.0.0.0/8", "127.0.0.1", {}],
    ["::", "::1", six],
  ])("%s is this machine too: a deny of %s strikes", (target, own, more) => {
    const rules = policy("name: all, effect: allow", `name: not-here, effect: deny, targets: ["${own}"]`);
    expect(decide(rules, plan(network(target), tcp("22"), more), as("alice")).effect).toBe("deny");
  });

  test("is covered only with this machine", () => {
    const rules = policy("name: all, effect: allow, targets: [0.0.0.0/8]");
    expect(decide(rules, plan(network("0.0.0.0"), tcp("22")), as("alice"))).toMatchObject({
      effect: "deny",
      uncovered: ["127.0.0.1, tcp/22"],
    });
  });
});

describe("ports", () => {
  const listed = policy("name: web, effect: allow, ports: [tcp/80]", "name: smtp-never, effect: deny, ports: [25]");
  const target = network("10.20.0.1");

  test("any list contains a plan without ports, and none touches it", () => {
    expect(decide(listed, plan(target, PortSet.empty), as("alice")).effect).toBe("allow");
  });

  test("discovery ports that were typed are ports of the plan", () => {
    const pinged = (ports: string, typed: boolean) =>
      plan(target, PortSet.empty, { discovery: [{ kind: "tcp-syn", ports, typed }] });
    expect(decide(listed, pinged("80", true), as("alice")).effect).toBe("allow");
    expect(decide(listed, pinged("22", true), as("alice"))).toMatchObject({
      effect: "deny",
      uncovered: ["10.20.0.1, tcp/22"],
    });
    expect(decide(listed, pinged("20-30", true), as("alice"))).toMatchObject({ effect: "deny", uncovered: [] });
    expect(decide(listed, pinged("25,443", false), as("alice")).effect).toBe("allow");
  });

  test("a plan that chooses ports at run time touches every list, and is covered only with other-ports", () => {
    const detecting = plan(target, tcp("80"), { otherPorts: ["os-detection"], features: ["os-detection"] });
    expect(decide(listed, detecting, as("alice")).effect).toBe("deny");
    const web = "name: web, effect: allow, ports: [tcp/80]";
    expect(because(decide(policy(web), detecting, as("alice")))).toEqual([
      "web: asks ports chosen at run time (OS detection); the rule covers tcp/80 and lacks other-ports: true",
    ]);
    expect(decide(policy(`${web}, other-ports: true`), detecting, as("alice")).effect).toBe("allow");
  });
});

describe("kinds of scans", () => {
  const target = network("10.20.0.1");
  const script = (name: string, categories: string[], implied = false) => ({ name, categories, implied });
  const kind = (may: string | undefined, more: Partial<ScanPlan>) =>
    decide(
      policy(`name: r, effect: allow${may === undefined ? "" : `, may: ${may}`}`),
      plan(target, tcp("80"), more),
      as("alice"),
    ).effect;

  test.each<[string, Partial<ScanPlan>, string, string]>([
    ["a SYN scan", {}, "allow", "allow"],
    ["an Xmas scan", { techniques: ["xmas"] }, "deny", "allow"],
    ["service versions and OS detection", { features: ["service-version", "os-detection"] }, "allow", "allow"],
    ["fragments", { features: ["fragments"] }, "deny", "allow"],
    ["a safe script", { scripts: [script("http-title", ["default", "discovery", "safe"])] }, "allow", "allow"],
    ["an intrusive script", { scripts: [script("http-enum", ["discovery", "intrusive"])] }, "deny", "allow"],
    ["a safe and intrusive script", { scripts: [script("x", ["safe", "intrusive"])] }, "deny", "allow"],
    ["a script in neither", { scripts: [script("x", ["auth"])] }, "deny", "allow"],
    [
      "an intrusive script that -sC brings",
      { scripts: [script("x", ["default", "intrusive"], true)] },
      "allow",
      "allow",
    ],
    ["a script that contacts others", { scripts: [script("whois-ip", ["external", "safe"])] }, "deny", "deny"],
    [
      "an external script that -sC brings",
      { scripts: [script("http-open-proxy", ["default", "external"], true)] },
      "allow",
      "allow",
    ],
  ])("%s: ordinary %s, anything %s", (_, more, ordinary, anything) => {
    expect([kind(undefined, more), kind("ordinary", more), kind("anything", more)]).toEqual([
      ordinary,
      ordinary,
      anything,
    ]);
  });

  test("a list covers nothing that it does not name", () => {
    const list =
      "{ techniques: [syn], features: [service-version], scripts: { categories: [version], names: ['http-*'], never: [http-brute] } }";
    expect(kind(list, {})).toBe("allow");
    expect(kind(list, { techniques: ["syn", "udp"] })).toBe("deny");
    expect(kind(list, { features: ["os-detection"] })).toBe("deny");
    expect(kind(list, { features: ["service-version"], scripts: [script("rpcinfo", ["version"], true)] })).toBe(
      "allow",
    );
    expect(kind(list, { scripts: [script("http-title", ["safe"])] })).toBe("allow");
    expect(kind(list, { scripts: [script("http-brute", ["brute"])] })).toBe("deny");
    expect(kind(list, { scripts: [script("ssl-cert", ["safe"], true)] })).toBe("deny");
  });

  test("in a deny, absent may means anything, and one listed script is enough", () => {
    const odd = plan(target, tcp("80"), { techniques: ["xmas"] });
    expect(
      decide(policy("name: d, effect: deny", "name: a, effect: allow, may: anything"), odd, as("alice")).effect,
    ).toBe("deny");
    const brute = policy(
      "name: d, effect: deny, may: { scripts: { categories: [brute] } }",
      "name: a, effect: allow, may: anything",
    );
    const bruting = { scripts: [script("http-title", ["safe"]), script("http-brute", ["brute", "intrusive"])] };
    expect(decide(brute, plan(target, tcp("80"), bruting), as("alice")).effect).toBe("deny");
    expect(decide(brute, plan(target, tcp("80")), as("alice")).effect).toBe("allow");
  });
});

test("every failed condition is told with both sides", () => {
  const asked = plan(network("10.31.0.0/24"), tcp("8080"), {
    techniques: ["xmas"],
    timing: { template: 5 },
    scripts: [{ name: "whois-ip", categories: ["external", "safe"], implied: false }],
  });
  const rules = policy(
    "name: who, effect: allow, requesters: [leads, erin]",
    "name: where, effect: allow, targets: [lab, 10.1.0.0/24]",
    "name: which, effect: allow, ports: [tcp/1-1024]",
    "name: beyond, effect: allow, may: anything",
    "name: deny-where, effect: deny, targets: [pci]",
    "name: deny-kind, effect: deny, may: { techniques: [udp] }",
    "name: spared, effect: deny, unless: { requesters: [alice] }",
  );
  expect(because(decide(rules, asked, as("alice")))).toEqual([
    "who: asked by alice; the rule is for leads or erin",
    "where: asks 10.31.0.0/24 (256 addresses); the rule covers lab and 10.1.0.0/24 (10.1.0.0/24, 10.20.0.0/16)",
    "which: asks tcp/8080; the rule covers tcp/1-1024",
    "beyond: asks the script whois-ip (external, safe), and so hosts beyond the targets; the rule lists no egress addresses for that",
    "deny-where: asks 10.31.0.0/24 (256 addresses); the rule names pci (10.30.5.0/24)",
    "deny-kind: asks the scan technique xmas and the script whois-ip (external, safe); the rule names udp",
    "spared: spared: its unless contains the whole plan",
  ]);
  const kinds = policy(
    "name: kind, effect: allow",
    "name: slow, effect: allow, may: anything, timing: { max-template: 4 }",
  );
  expect(because(decide(kinds, { ...asked, scripts: [] }, as("alice")))).toEqual([
    "kind: asks the scan technique xmas; the rule covers ordinary scans",
    "slow: asks -T5; the rule covers -T4 at most",
  ]);
  const hasty = plan(network("10.20.0.1"), tcp("22"), { timing: { template: 3, minRate: 5000 } });
  expect(because(decide(kinds, hasty, as("alice")))).toContain(
    "slow: asks --min-rate, as fast as -T5; the rule covers -T4 at most",
  );
  const bounded = policy("name: b, effect: allow, timing: { max-template: 4 }, enforce: { max-rate: 100 }");
  expect(decide(bounded, hasty, as("alice")).effect).toBe("allow");
});

test("a very large octet pattern is decided without a list of its runs", () => {
  const pattern = AddressSet.ofOctets([
    [[10, 10]],
    [[0, 255]],
    [[1, 254]],
    [
      [1, 1],
      [5, 5],
      [7, 7],
    ],
  ]);
  // Of this process alone: how busy the machine is does not count.
  const started = process.cpuUsage();
  const rules = policy(
    "name: all, effect: allow, targets: [10.0.0.0/8]",
    "name: pci, effect: deny, targets: [192.168.0.0/16]",
  );
  expect(decide(rules, plan(pattern, tcp("22")), as("alice")).effect).toBe("allow");
  expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
});

describe("the nearest plan that would be let through", () => {
  const near = (rules: Policy, asked: ScanPlan) => nearestAllowed(rules, asked, as("alice"));

  test("has the targets that are covered", () => {
    const found = near(policy(allowLab), plan(network("10.20.0.0/24", "10.31.0.0/24"), tcp("22")));
    expect(found?.targets.toText()).toEqual(["10.20.0.0-10.20.0.255"]);
  });

  test("has the ports that are covered, where that keeps more", () => {
    const found = near(policy(`${allowLab}, ports: [22]`), plan(network("10.20.0.0/24"), tcp("22,80")));
    expect([found?.ports.toText("tcp"), found?.targets.size]).toEqual(["22", 256n]);
  });

  test("keeps away from what a deny names", () => {
    const found = near(
      policy("name: d, effect: deny, targets: [10.20.0.7]", allowLab),
      plan(network("10.20.0.0/28"), tcp("22")),
    );
    expect(found?.targets.toText()).toEqual(["10.20.0.0-10.20.0.6", "10.20.0.8-10.20.0.15"]);
  });

  test("leaves out what is not ordinary, and slows down", () => {
    const asked = plan(network("10.20.0.1"), tcp("22"), {
      features: ["fragments", "service-version"],
      timing: { template: 5 },
    });
    const found = near(policy(`${allowLab}, timing: { max-template: 4 }`), asked);
    expect(found).toMatchObject({ features: ["service-version"], timing: { template: 4 } });
  });

  test("is none where nothing near is let through", () => {
    expect(near(policy(allowLab), plan(network("10.99.0.1"), tcp("22")))).toBeUndefined();
    expect(near(policy("name: d, effect: deny", allowLab), plan(network("10.20.0.1"), tcp("22")))).toBeUndefined();
  });
});
