// A small world for the policy's tests, described in plain lists: eight addresses, a few ports, a few kinds of scans.
// From the same description the tests make what the engine reads, and the oracle reads it as it is.
import fc from "fast-check";
import type { Feature, PlannedScript, ScanPlan, Technique } from "../../../src/core/plan/scan-plan.ts";
import { joinPeople, memberNamed, everyone } from "../../../src/core/policy/people.ts";
import type { During, Limits, May, Policy, Rule, Scope, Who } from "../../../src/core/policy/policy.ts";
import type { Zone } from "../../../src/core/policy/windows.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { PortSet } from "../../../src/core/sets/port-set.ts";

export interface KindWords {
  readonly techniques?: readonly Technique[];
  readonly features?: readonly Feature[];
  readonly categories?: readonly string[];
  readonly names?: readonly string[];
  readonly never?: readonly string[];
}

export interface ScopeWords {
  readonly who?: readonly string[];
  readonly hosts?: readonly number[];
  readonly ports?: readonly string[];
  readonly may?: "ordinary" | "anything" | KindWords;
  /** Hours of the day, in UTC, in which it holds: [9, 17] is nine to five. */
  readonly hours?: readonly [number, number];
}

export interface RuleWords extends ScopeWords {
  readonly name: string;
  readonly effect: "deny" | "allow" | "confirm" | "ask";
  readonly unless?: ScopeWords;
  readonly onTouch: boolean;
  readonly otherPorts: boolean;
  readonly template?: number;
  readonly ttl: number;
  readonly rate?: number;
  readonly mostHosts?: number;
  /** Runs an hour. */
  readonly mostRuns?: number;
  /** Probes an hour. */
  readonly mostProbes?: number;
  readonly concurrent?: number;
  /** Minutes. */
  readonly coolDown?: number;
  /** Hosts that its scripts may contact. */
  readonly egress?: readonly number[];
}

/** Something that ran under a rule. */
export interface RunWords {
  readonly rule: string;
  readonly who: string;
  readonly minutesAgo: number;
  readonly probes: number;
  readonly open: boolean;
  readonly hosts: readonly number[];
}

export interface PlanWords {
  readonly who: string;
  readonly groups: readonly string[];
  /** Hour of the day, in UTC. */
  readonly hour: number;
  readonly before: readonly RunWords[];
  readonly probes: number;
  readonly hosts: readonly number[];
  readonly ports: readonly string[];
  readonly typedPing: readonly string[];
  readonly techniques: readonly Technique[];
  readonly features: readonly Feature[];
  readonly scripts: readonly PlannedScript[];
  readonly otherPorts: boolean;
  readonly template: 0 | 1 | 2 | 3 | 4 | 5;
}

const hostBase = 0x0a000000n;
const knownAddresses = new Map<string, AddressSet>();

// Two of the eight addresses are IPv6: sets hold both families. Few sets come up again and again in many thousand runs.
export function addressesOf(hosts: readonly number[]): AddressSet {
  const key = hosts.join();
  const known = knownAddresses.get(key) ?? addressesOnce(hosts);
  knownAddresses.set(key, known);
  return known;
}

function addressesOnce(hosts: readonly number[]): AddressSet {
  return AddressSet.ofRanges(
    hosts.map((host) =>
      host < 6
        ? { family: 4, first: hostBase + BigInt(host), last: hostBase + BigInt(host) }
        : { family: 6, first: BigInt(host), last: BigInt(host) },
    ),
  );
}

export function portsOf(ports: readonly string[]): PortSet {
  const of = (protocol: string) =>
    ports
      .filter((port) => port.startsWith(`${protocol}/`))
      .map((port) => {
        const number = Number(port.split("/")[1]);
        return [number, number] as const;
      });
  return PortSet.of({ tcp: of("tcp"), udp: of("udp") });
}

const whoOf = (names: readonly string[]): Who =>
  joinPeople(
    names.map((name) => (name === "everyone" ? everyone : memberNamed(name))),
    names,
  );

function mayOf(may: NonNullable<ScopeWords["may"]>): May {
  if (typeof may === "string") return { kind: may };
  return {
    kind: "list",
    techniques: new Set(may.techniques),
    features: new Set(may.features),
    scripts: { categories: may.categories ?? [], names: may.names ?? [], never: may.never ?? [] },
  };
}

function scopeOf(scope: ScopeWords): Scope {
  return {
    ...(scope.who === undefined ? {} : { requesters: whoOf(scope.who) }),
    ...(scope.hosts === undefined
      ? {}
      : { targets: { set: addressesOf(scope.hosts), written: scope.hosts.map(String) } }),
    ...(scope.ports === undefined ? {} : { ports: { set: portsOf(scope.ports), written: scope.ports } }),
    ...(scope.may === undefined ? {} : { may: mayOf(scope.may) }),
    ...(scope.hours === undefined ? {} : { during: duringOf(scope.hours) }),
  };
}

const day = Date.UTC(2026, 10, 23);
const utc: Zone = { name: "UTC", from: 0, until: Number.MAX_SAFE_INTEGER, changes: [], offsets: [0] };

function duringOf([from, to]: readonly [number, number]): During {
  const span = [from * 60, (to > from ? to : to + 24) * 60] as const;
  return {
    windows: [{ kind: "weekly", words: `daily ${from}-${to}`, days: 127, spans: [span] }],
    written: [`${from}-${to}`],
    zone: utc,
  };
}

export function ruleOf(words: RuleWords, line: number): Rule {
  const base = { name: words.name, at: { file: "p.yaml", line }, ...scopeOf(words) };
  const unless = words.unless === undefined ? {} : { unless: scopeOf(words.unless) };
  if (words.effect === "deny") return { ...base, effect: "deny", ...unless };
  const covering = {
    ...base,
    otherPorts: words.otherPorts,
    ...(words.template === undefined ? {} : { timing: { maxTemplate: words.template } }),
    ...limitsOf(words),
    ...(words.egress === undefined
      ? {}
      : { egress: { set: addressesOf(words.egress), written: words.egress.map(String) } }),
    enforce: words.rate === undefined ? {} : { maxRate: words.rate },
    ttlSeconds: words.ttl,
  };
  if (words.effect !== "ask") return { ...covering, effect: words.effect };
  const ask = { votes: new Map([["leads", 1]]), via: [], answerWithinSeconds: 1800, startWithinSeconds: 3600 };
  return { ...covering, effect: "ask", ask, onTouch: words.onTouch, ...(words.onTouch ? unless : {}) };
}

function limitsOf({ mostHosts, mostRuns, mostProbes, concurrent, coolDown }: RuleWords): { readonly limits?: Limits } {
  const limits = defined({
    hosts: mostHosts,
    runs: mostRuns === undefined ? undefined : { count: mostRuns, seconds: 3600 },
    probes: mostProbes === undefined ? undefined : { count: mostProbes, seconds: 3600 },
    concurrent,
    coolDownSeconds: coolDown === undefined ? undefined : coolDown * 60,
  }) as Limits;
  return Object.keys(limits).length === 0 ? {} : { limits };
}

export function policyOf(rules: readonly RuleWords[]): Policy {
  return {
    digest: "sha256:test",
    origin: "p.yaml",
    files: ["p.yaml"],
    timezone: "UTC",
    people: new Map(),
    contacts: new Map(),
    networks: new Map(),
    windows: new Map(),
    profiles: new Map(),
    delegates: new Map(),
    checkpoints: [],
    approvers: new Map(),
    rules: rules.map(ruleOf),
  };
}

export function planOf(words: PlanWords): ScanPlan {
  return {
    nmap: { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` },
    family: 4,
    privileged: true,
    targets: addressesOf(words.hosts),
    names: [],
    techniques: words.techniques,
    ports: portsOf(words.ports),
    otherPorts: words.otherPorts ? ["scripts"] : [],
    discovery: [
      { kind: "icmp-echo", typed: false },
      { kind: "tcp-syn", ports: "443", typed: false },
      ...words.typedPing.map((port) => {
        const [protocol, number = ""] = port.split("/");
        return { kind: protocol === "udp" ? "udp" : "tcp-syn", ports: number, typed: true } as const;
      }),
    ],
    features: words.features,
    scripts: words.scripts,
    timing: { template: words.template },
    display: { verbosity: 0, debugging: 0, open: false, reason: false },
    outputs: [],
    estimate: { probes: words.probes, seconds: 1 },
  };
}

export const situationOf = (words: PlanWords) => ({
  requester: { name: words.who, uid: 1000, groups: words.groups },
  now: day + words.hour * 3_600_000,
  history: words.before.map(({ rule, who: requester, minutesAgo, probes, open, hosts: ran }) => ({
    rule,
    requester,
    at: day + words.hour * 3_600_000 - minutesAgo * 60_000,
    probes,
    open,
    targets: addressesOf(ran),
  })),
});

// Arbitraries. Small on purpose: rules must often fit together, or everything is denied and nothing is tried.

const hosts = fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 8 });
const port = fc.constantFrom("tcp/1", "tcp/2", "tcp/3", "udp/1", "udp/2");
const ports = fc.uniqueArray(port, { minLength: 1, maxLength: 5 });
const technique = fc.constantFrom<Technique[]>("syn", "udp", "ping", "xmas");
const feature = fc.constantFrom<Feature[]>("service-version", "fragments");
const allScripts: readonly PlannedScript[] = [
  { name: "http-title", categories: ["default", "safe"], implied: false },
  { name: "http-brute", categories: ["brute", "intrusive"], implied: false },
  { name: "ssh-auth", categories: ["auth", "intrusive"], implied: true },
  { name: "whois", categories: ["external", "safe"], implied: false },
];
const kind = fc.record(
  {
    techniques: fc.uniqueArray(technique, { minLength: 1 }),
    features: fc.uniqueArray(feature, { minLength: 1 }),
    categories: fc.uniqueArray(fc.constantFrom("safe", "intrusive", "external"), { minLength: 1 }),
    names: fc.uniqueArray(fc.constantFrom("http-*", "*", "ssh-auth", "*brute"), { minLength: 1 }),
    never: fc.uniqueArray(fc.constantFrom("http-brute", "*-title"), { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const may = fc.oneof(
  { weight: 2, arbitrary: fc.constant("ordinary" as const) },
  { weight: 4, arbitrary: fc.constant("anything" as const) },
  { weight: 1, arbitrary: kind },
);
const who = fc.uniqueArray(fc.constantFrom("alice", "bob", "group:netops", "everyone", "service:ci"), { minLength: 1 });
/** There in so many of ten. (fast-check's own option counts the other way: its `freq: 1` is never there.) */
const inTen = <T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times, arbitrary }, { weight: 10 - times, arbitrary: fc.constant(undefined) });
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;

const hours = fc.tuple(fc.constantFrom(0, 6, 9, 22), fc.constantFrom(3, 12, 17, 24));

const scope = fc
  .record({
    who: inTen(4, who),
    hosts: inTen(6, hosts),
    ports: inTen(4, ports),
    may: inTen(6, may),
    hours: inTen(2, hours),
  })
  .map(defined);

export const ruleWords: fc.Arbitrary<Omit<RuleWords, "name">> = fc
  .tuple(
    scope,
    fc.record({
      effect: fc.constantFrom<RuleWords["effect"][]>("allow", "allow", "confirm", "ask", "ask", "deny"),
      unless: inTen(
        4,
        scope.filter((one) => Object.keys(one).length > 0),
      ),
      onTouch: fc.nat(3).map((number) => number === 0),
      otherPorts: fc.boolean(),
      template: inTen(2, fc.integer({ min: 2, max: 5 })),
      ttl: fc.integer({ min: 1, max: 9 }),
      rate: inTen(5, fc.integer({ min: 1, max: 9 })),
      mostHosts: inTen(2, fc.integer({ min: 1, max: 3 })),
      mostRuns: inTen(2, fc.integer({ min: 1, max: 2 })),
      mostProbes: inTen(2, fc.integer({ min: 2, max: 5 })),
      concurrent: inTen(2, fc.integer({ min: 1, max: 2 })),
      coolDown: inTen(2, fc.constantFrom(5, 30, 120)),
      egress: inTen(3, hosts),
    }),
  )
  .map(([left, right]) => defined({ ...left, ...right }) as Omit<RuleWords, "name">);

export const rulesWords: fc.Arbitrary<readonly RuleWords[]> = fc
  .array(ruleWords, { maxLength: 6 })
  .map((rules) => rules.map((rule, index) => ({ ...rule, name: `rule-${index}` })));

const requester = fc.constantFrom("alice", "bob", "ci");

export const planWords: fc.Arbitrary<PlanWords> = fc.record({
  who: requester,
  groups: fc.subarray(["netops", "users"]),
  hour: fc.constantFrom(1, 7, 10, 15, 23),
  before: fc.array(
    fc.record({
      rule: fc.constantFrom("rule-0", "rule-1", "rule-2"),
      who: requester,
      minutesAgo: fc.constantFrom(5, 29, 60, 119),
      probes: fc.integer({ min: 1, max: 3 }),
      open: fc.boolean(),
      hosts: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  probes: fc.integer({ min: 1, max: 3 }),
  hosts: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 3 }),
  ports: fc.uniqueArray(port, { maxLength: 3 }),
  typedPing: fc.uniqueArray(port, { maxLength: 1 }),
  techniques: fc.uniqueArray(technique, { minLength: 1, maxLength: 2 }),
  features: fc.oneof(fc.constant([]), fc.uniqueArray(feature, { maxLength: 1 })),
  scripts: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray([...allScripts]) }),
  otherPorts: fc.nat(4).map((number) => number === 0),
  template: fc.constantFrom(3, 3, 3, 4, 5),
});
