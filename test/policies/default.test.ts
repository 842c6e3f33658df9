// The shipped policy and the examples say what their cases say, and the policy what its page promises of it. Plans are read from real command
// lines with the tables of the installed nmap.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildPlan } from "../../src/core/plan/build.ts";
import type { Facts } from "../../src/core/plan/facts.ts";
import { parseServices } from "../../src/core/plan/ports-services.ts";
import { readOptions } from "../../src/core/plan/read-options.ts";
import type { ScanPlan } from "../../src/core/plan/scan-plan.ts";
import { parseScriptDb } from "../../src/core/plan/scripts.ts";
import { attachedNetworks } from "../../src/core/policy/attached.ts";
import { parseCases, runCases } from "../../src/core/policy/cases.ts";
import type { Cases } from "../../src/core/policy/cases.ts";
import { decide } from "../../src/core/policy/decide.ts";
import { lintPolicy } from "../../src/core/policy/lint.ts";
import { nearestAllowed } from "../../src/core/policy/nearest-allowed.ts";
import { parsePolicy } from "../../src/core/policy/parse.ts";
import type { Policy } from "../../src/core/policy/policy.ts";
import type { Problem, Result } from "../../src/core/result.ts";

const folder = join(import.meta.dirname, "../../policies");
const nmapData = "/usr/share/nmap";

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error, undefined, 2));
  return result.value;
}

const facts: Facts = {
  nmap: { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` },
  privileged: true,
  names: new Map(),
  services: parseServices(readFileSync(join(nmapData, "nmap-services"), "utf8")),
  scripts: must(parseScriptDb(readFileSync(join(nmapData, "scripts/script.db"), "utf8"))),
};

function plan(line: readonly string[]): Result<ScanPlan, Problem> {
  const options = readOptions(line);
  return options.ok ? buildPlan(options.value, facts) : options;
}

const read = (name: string) => ({ name, text: readFileSync(join(folder, name), "utf8") });

function load(name: string): { policy: Policy; cases: Cases } {
  const cases = must(parseCases(read(name.replace(".yaml", ".cases.yaml"))));
  const attached = attachedNetworks(cases.attached ?? []);
  return { policy: must(parsePolicy([read(name)], { origin: folder, networkFiles: new Map(), attached })), cases };
}

const policies = ["", "examples/"].flatMap((below) =>
  readdirSync(join(folder, below))
    .filter((name) => name.endsWith(".yaml") && !name.endsWith(".cases.yaml"))
    .map((name) => below + name),
);

test.each(policies)("%s answers its cases as they say", async (name) => {
  const { policy, cases } = load(name);
  const results = await runCases(policy, cases.cases, (line) => Promise.resolve(plan(line)), 0);
  expect(results.length).toBeGreaterThan(0);
  expect(
    results.flatMap((one) => (one.failure === undefined ? [] : [`${name}:${one.case.at.line} ${one.failure}`])),
  ).toEqual([]);
});

test.each(policies)("%s gives the lints nothing to say", (name) => {
  expect(lintPolicy(load(name).policy, Date.parse("2026-11-23T10:00Z"))).toEqual([]);
});

const somebody = { requester: { name: "somebody", uid: 1000, groups: [] }, now: 0 };

test("a denial of the public internet names the file, the rule's line, and the line to edit", () => {
  const { policy } = load("default.yaml");
  const decision = decide(policy, must(plan(["-sS", "-p", "443", "8.8.8.8"])), somebody);
  if (decision.effect !== "deny") throw new Error(decision.effect);
  const lines = read("default.yaml").text.split("\n");
  const edited = Number(/line (\d+) of default\.yaml/.exec(decision.messages[0] ?? "")?.[1]);
  expect(lines[edited - 1]).toMatch(/^ {2}mine: \[/);
  const rule = decision.explanation.find(({ applies }) => applies);
  expect(rule).toMatchObject({ rule: "public-internet", file: "default.yaml", effect: "deny" });
  expect(lines[(rule?.line ?? 0) - 1]).toBe("  - name: public-internet");
});

test("a scan that goes partly to the internet is answered with the part that stays", () => {
  const { policy } = load("default.yaml");
  const narrower = nearestAllowed(policy, must(plan(["-sL", "10.0.0.1", "8.8.8.8"])), somebody);
  expect(narrower?.targets.toText()).toEqual(["10.0.0.1"]);
});

test("a rule whose networks this machine has not is no reason to fail", () => {
  const policy = must(
    parsePolicy([read("default.yaml")], { origin: folder, networkFiles: new Map(), attached: attachedNetworks([]) }),
  );
  expect(decide(policy, must(plan(["-sn", "192.168.178.0/24"])), somebody).effect).toBe("confirm");
  expect(decide(policy, must(plan(["-sT", "-p", "22", "127.0.0.1"])), somebody).effect).toBe("allow");
});

describe("on a machine with", () => {
  type Machine = readonly (readonly [address: string, prefixLength: number])[];
  /** What is said to a line there. */
  function answersOn(machine: Machine, lines: readonly string[]): readonly string[] {
    const attached = attachedNetworks(machine.map(([address, prefixLength]) => ({ address, prefixLength })));
    const policy = must(parsePolicy([read("default.yaml")], { origin: folder, networkFiles: new Map(), attached }));
    return lines.map((line) => {
      const decision = decide(policy, must(plan(line.split(" "))), somebody);
      const because = decision.explanation.find(({ applies, rule }) => applies && rule === "public-internet");
      return because === undefined ? decision.effect : `${decision.effect} ${because.file}:${because.line}`;
    });
  }

  const denied = "deny default.yaml:50";
  const scans = [
    "-sT -p 22 127.0.0.1",
    "-6 -sT -p 22 ::1",
    "-sS -sV -O 192.168.178.0/24",
    "-sn 192.168.0.0/16",
    "-sn 10.1.2.0/24",
    "-sn 10.9.9.0/24",
    "-6 -sT -p 22 fd00:1::7",
    "-6 -sT -p 22 2001:4860:4860::8888",
    "-sT -p 22 8.8.8.8",
    "-sX 127.0.0.1",
    "-sX 192.168.178.1",
    "--script http-brute -p 80 192.168.178.1",
    "-sT 192.168.178.1 8.8.8.8",
  ];

  test.each<readonly [what: string, machine: Machine, answers: readonly string[]]>([
    [
      "no network",
      [],
      [
        "allow",
        "allow",
        "confirm",
        "confirm",
        "confirm",
        "confirm",
        "confirm",
        denied,
        denied,
        "confirm",
        "confirm",
        "confirm",
        denied,
      ],
    ],
    [
      "one private network",
      [["192.168.178.20", 24]],
      [
        "allow",
        "allow",
        "allow",
        "confirm",
        "confirm",
        "confirm",
        "confirm",
        denied,
        denied,
        "confirm",
        "confirm",
        "confirm",
        denied,
      ],
    ],
    [
      "three networks, one of them a /16 and one public",
      [
        ["192.168.178.20", 24],
        ["10.1.2.77", 16],
        ["203.0.113.5", 24],
      ],
      [
        "allow",
        "allow",
        "allow",
        "confirm",
        "allow",
        "confirm",
        "confirm",
        denied,
        denied,
        "confirm",
        "confirm",
        "confirm",
        denied,
      ],
    ],
    [
      "IPv6 alone: a unique local address, a public one and the link's own",
      [
        ["fd00:1::2", 64],
        ["2001:4860:4860::7777", 64],
        ["fe80::1", 64],
      ],
      [
        "allow",
        "allow",
        "confirm",
        "confirm",
        "confirm",
        "confirm",
        "allow",
        denied,
        denied,
        "confirm",
        "confirm",
        "confirm",
        denied,
      ],
    ],
    [
      "addresses that the system gives in no usable form",
      [
        ["192.168.178.20", Number.NaN],
        ["nonsense", 24],
        ["fe80::1%eth0", 64],
      ],
      [
        "allow",
        "allow",
        "confirm",
        "confirm",
        "confirm",
        "confirm",
        "confirm",
        denied,
        denied,
        "confirm",
        "confirm",
        "confirm",
        denied,
      ],
    ],
  ])("%s", (_what, machine, answers) => {
    const given = answersOn(machine, scans);
    expect(scans.map((line, index) => `${line}: ${given[index] ?? ""}`)).toEqual(
      scans.map((line, index) => `${line}: ${answers[index] ?? ""}`),
    );
  });

  test("larger networks is allowed in the 256 addresses around its own alone", () => {
    const machine = [
      ["10.1.2.77", 8],
      ["fd00:1::2:fe", 64],
    ] as const;
    const lines = ["10.1.2.0", "10.1.2.255", "10.1.1.255", "10.1.3.0"].map((host) => `-sT -p 22 ${host}`);
    expect(answersOn(machine, lines)).toEqual(["allow", "allow", "confirm", "confirm"]);
    const six = ["fd00:1::2:0", "fd00:1::2:ff", "fd00:1::1:ff", "fd00:1::2:100"].map((host) => `-6 -sT -p 22 ${host}`);
    expect(answersOn(machine, six)).toEqual(["allow", "allow", "confirm", "confirm"]);
    // A network smaller than that is not made larger.
    expect(answersOn([["192.168.1.5", 30]], ["-sn 192.168.1.4-7", "-sn 192.168.1.8"])).toEqual(["allow", "confirm"]);
  });
});

test("the commented part for teams is a policy too", () => {
  const { text } = read("default.yaml");
  const comment = text.slice(text.indexOf("# What a team adds"));
  const lines = comment
    .split("\n")
    .slice(2)
    .map((line) => line.replace(/^# ?/, "").replace(/(\S)\s{2,}[a-z].*$/, "$1"));
  const team = ["version: 1", "networks: { private: [10.0.0.0/8] }", ...lines].join("\n");
  const policy = must(
    parsePolicy([{ name: "team.yaml", text: team }], {
      origin: "team.yaml",
      networkFiles: new Map(),
      attached: attachedNetworks([]),
    }),
  );
  expect(policy.rules.map(({ name, effect }) => [name, effect])).toEqual([["lab-anything", "ask"]]);
  expect(policy.contact).toBe("security@corp.example");
});
