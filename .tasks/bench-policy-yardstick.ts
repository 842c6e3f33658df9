// `node .tasks/bench-policy-yardstick.ts [SECONDS]`: decisions a second of our policy engine beside casbin and Cedar's WASM, on the same
// hundred rules: who, which subnet, which ports. They decide one address and one port at a time, which is what is
// asked here; we decide sets. All three must give the same answer to every question, or nothing is printed.
import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { newEnforcer, newModelFromString } from "casbin";
import { buildPlan } from "../src/core/plan/build.ts";
import { readOptions } from "../src/core/plan/read-options.ts";
import type { ScanPlan } from "../src/core/plan/scan-plan.ts";
import { decide } from "../src/core/policy/decide.ts";
import { parsePolicy } from "../src/core/policy/parse.ts";
import { AddressSet } from "../src/core/sets/address-set.ts";

const seconds = Number(process.argv[2] ?? 1);
const rounds = 7;
const ruleCount = 100;
const ports = [22, 80, 443];

interface Question {
  readonly who: string;
  readonly address: string;
  readonly port: number;
  readonly plan: ScanPlan;
}

/** Half of the questions are allowed; the others miss the person, the subnet or the port. */
function questions(): readonly Question[] {
  return Array.from({ length: 200 }, (_, n) => {
    const rule = (n * 37) % ruleCount;
    const miss = n % 6;
    const who = `u${miss === 1 ? rule + 1 : rule}`;
    const address = `10.${miss === 3 ? 200 : 0}.${rule}.${(n * 7) % 256}`;
    const port = miss === 5 ? 8080 : (ports[n % 3] ?? 22);
    return { who, address, port, plan: planOf(["-sT", "-Pn", "-p", String(port), address]) };
  });
}

function planOf(words: readonly string[]): ScanPlan {
  const options = readOptions(words);
  const nmap = { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` };
  if (!options.ok) throw new Error(options.error.message);
  const plan = buildPlan(options.value, { nmap, privileged: true, names: new Map(), services: [], scripts: [] });
  if (!plan.ok) throw new Error(plan.error.message);
  return plan.value;
}

type Decider = (question: Question) => boolean;

function ours(read: "explained" | "plain"): Decider {
  const rules = Array.from(
    { length: ruleCount },
    (_, n) =>
      `  - { name: r${n}, effect: allow, requesters: [u${n}], targets: [10.0.${n}.0/24], ports: [${ports.map((port) => `tcp/${port}`).join(", ")}] }\n`,
  );
  const policy = parsePolicy([{ name: "p.yaml", text: `version: 1\nrules:\n${rules.join("")}` }], {
    origin: "p.yaml",
    networkFiles: new Map(),
    attached: AddressSet.empty,
  });
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return ({ who, plan }) => {
    const requester = { name: who, uid: 1000, groups: [] };
    const decision = decide(policy.value, plan, { requester, now: 0 });
    if (read === "explained" && decision.explanation.length !== ruleCount)
      throw new Error("not every rule is explained");
    return decision.effect === "allow";
  };
}

async function casbins(): Promise<Decider> {
  const model = newModelFromString(`[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && ipMatch(r.obj, p.obj) && regexMatch(r.act, p.act)
`);
  const enforcer = await newEnforcer(model);
  for (let n = 0; n < ruleCount; n++) await enforcer.addPolicy(`u${n}`, `10.0.${n}.0/24`, `^(${ports.join("|")})$`);
  return ({ who, address, port }) => enforcer.enforceSync(who, address, String(port));
}

function cedars(): Decider {
  const policies = Array.from(
    { length: ruleCount },
    (_, n) =>
      `permit(principal == User::"u${n}", action, resource) when { context.target.isInRange(ip("10.0.${n}.0/24")) && [${ports.join(", ")}].contains(context.port) };`,
  );
  const parsed = preparsePolicySet("yardstick", { staticPolicies: policies.join("\n") });
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
  return ({ who, address, port }) => {
    const answer = statefulIsAuthorized({
      principal: { type: "User", id: who },
      action: { type: "Action", id: "scan" },
      resource: { type: "Network", id: "any" },
      context: { target: { __extn: { fn: "ip", arg: address } }, port },
      preparsedPolicySetId: "yardstick",
      entities: [],
    });
    if (answer.type !== "success") throw new Error(JSON.stringify(answer));
    return answer.response.decision === "allow";
  };
}

/** Decisions a second over about a slice of the time. */
function rate(decider: Decider, asked: readonly Question[]): number {
  const until = performance.now() + (seconds * 1000) / rounds;
  const start = performance.now();
  let count = 0;
  do {
    for (const question of asked) decider(question);
    count += asked.length;
  } while (performance.now() < until);
  return (count / (performance.now() - start)) * 1000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[values.length >> 1] ?? Number.NaN;

const asked = questions();
const deciders = new Map<string, Decider>([
  ["jit-nmap", ours("plain")],
  ["jit-nmap, explained", ours("explained")],
  ["casbin", await casbins()],
  ["Cedar (WASM, pre-parsed)", cedars()],
]);
const [reference] = deciders.values();
const answers = asked.map((question) => reference?.(question));
for (const [name, decider] of deciders) {
  const differs = asked.findIndex((question, index) => decider(question) !== answers[index]);
  if (differs >= 0)
    throw new Error(`${name} answers ${JSON.stringify({ ...asked[differs], plan: undefined })} otherwise`);
}
console.log(
  `${ruleCount} rules, ${asked.length} questions, ${answers.filter(Boolean).length} of them allowed; all engines agree`,
);
// In turn, so that the machine's own drift hits all alike.
const rates = new Map([...deciders.keys()].map((name) => [name, [] as number[]]));
for (const decider of deciders.values()) rate(decider, asked);
for (let round = 0; round < rounds; round++)
  for (const [name, decider] of deciders) rates.get(name)?.push(rate(decider, asked));
for (const [name, values] of rates) {
  const own = median(values);
  const times = median(rates.get("jit-nmap") ?? []) / own;
  console.log(
    `${name.padEnd(26)} ${Math.round(own).toString().padStart(9)} decisions a second   jit-nmap is ${times.toFixed(1)} × that`,
  );
}
