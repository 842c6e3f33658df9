// The policy language once more, written from its specification alone: one cell (address, port) at a time, on plain
// lists. Slow and simple; shares nothing with the engine but the words.
import type { PlannedScript } from "../../../src/core/plan/scan-plan.ts";
import type { KindWords, PlanWords, RuleWords, ScopeWords } from "./world.ts";

export interface OracleAnswer {
  readonly effect: "allow" | "confirm" | "ask" | "deny";
  readonly confirmations: readonly string[];
  readonly approvals: readonly string[];
  readonly struck: readonly string[];
  readonly uncovered: readonly string[];
  readonly ttl?: number;
  readonly rate?: number | undefined;
  readonly egress?: readonly number[] | undefined;
  /** The rules whose limits are counted. */
  readonly counted?: readonly string[];
}

interface Cell {
  readonly host: number;
  /** Undefined in a plan without ports. */
  readonly port: string | undefined;
}

const ordinaryTechniques = ["list", "ping", "connect", "syn", "udp"];
const ordinaryFeatures = ["service-version", "os-detection", "traceroute", "default-scripts"];
const dangerous = ["intrusive", "dos", "exploit", "brute", "fuzzer", "malware", "external", "broadcast"];

export function oracle(rules: readonly RuleWords[], plan: PlanWords): OracleAnswer {
  const allPorts = [...new Set([...plan.ports, ...plan.typedPing])];
  const perHost: readonly (string | undefined)[] = allPorts.length === 0 ? [undefined] : allPorts;
  const cells: Cell[] = plan.hosts.flatMap((host) => perHost.map((port) => ({ host, port })));

  const struck = rules.filter(
    (rule) => rule.effect === "deny" && touches(rule, plan, allPorts) && !spared(rule, plan, allPorts),
  );
  const nothing = { confirmations: [], approvals: [], uncovered: [] };
  if (struck.length > 0) return { effect: "deny", ...nothing, struck: names(struck) };

  const allows = new Set<RuleWords>();
  const confirms = new Set<RuleWords>();
  const binding = new Set<RuleWords>(
    rules.filter(
      (rule) => rule.effect === "ask" && rule.onTouch && touches(rule, plan, allPorts) && !spared(rule, plan, allPorts),
    ),
  );
  const uncovered: string[] = [];
  for (const cell of cells) {
    const covering = rules.filter((rule) => rule.effect !== "deny" && covers(rule, cell, plan));
    const of = (effect: string) => covering.filter((rule) => rule.effect === effect);
    for (const rule of of("allow")) allows.add(rule);
    if (of("allow").length > 0) continue;
    if (of("confirm").length > 0) for (const rule of of("confirm")) confirms.add(rule);
    else if (of("ask").length > 0) for (const rule of of("ask")) binding.add(rule);
    else uncovered.push(`${cell.host} ${cell.port ?? ""}`);
  }
  const approved = [...binding];
  const aloneEnough = approved.length > 0 && cells.every((cell) => approved.some((rule) => covers(rule, cell, plan)));
  const used = aloneEnough ? approved : [...allows, ...confirms, ...approved];

  const reach = plan.scripts.some(reachesOthers) ? commonEgress(used) : [];
  const further = { ...plan, hosts: [...new Set([...plan.hosts, ...reach])] };
  const struckBeyond = rules.filter(
    (rule) =>
      rule.effect === "deny" &&
      reach.some((host) => rule.hosts?.includes(host) ?? true) &&
      touches(rule, further, allPorts) &&
      !spared(rule, further, allPorts),
  );
  if (struckBeyond.length > 0) return { effect: "deny", ...nothing, struck: names(struckBeyond) };
  if (uncovered.length > 0) return { effect: "deny", ...nothing, uncovered, struck: [] };
  // What binds on touch can't be left out: over its limit, nothing runs.
  if ([...binding].some((rule) => !hasRoom(rule, plan))) return { effect: "deny", ...nothing, struck: [] };

  const rates = used.flatMap((rule) => rule.rate ?? []);
  return {
    effect: approved.length > 0 ? "ask" : confirms.size > 0 ? "confirm" : "allow",
    confirmations: names([...confirms]),
    approvals: names(approved),
    struck: [],
    uncovered: [],
    ttl: Math.min(...used.map((rule) => rule.ttl)),
    rate: rates.length === 0 ? undefined : Math.min(...rates),
    egress: plan.scripts.some(reachesOthers) ? [...reach].sort() : undefined,
    counted: names(
      used.filter((rule) => [rule.mostRuns, rule.mostProbes, rule.concurrent, rule.coolDown].some(Boolean)),
    ),
  };
}

/** What all of these rules let scripts reach. */
function commonEgress(used: readonly RuleWords[]): readonly number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter(
    (host) => used.length > 0 && used.every((rule) => rule.egress?.includes(host) === true),
  );
}

const reachesOthers = (script: PlannedScript): boolean => !script.implied && script.categories.includes("external");

const names = (rules: readonly RuleWords[]): readonly string[] => rules.map(({ name }) => name).sort();

function covers(rule: RuleWords, cell: Cell, plan: PlanWords): boolean {
  if (!isAskedBy(rule, plan) || !isOpen(rule, plan) || !hasRoom(rule, plan)) return false;
  if (rule.hosts !== undefined && !rule.hosts.includes(cell.host)) return false;
  if (rule.ports !== undefined && cell.port !== undefined && !rule.ports.includes(cell.port)) return false;
  if (rule.ports !== undefined && plan.otherPorts && !rule.otherPorts) return false;
  if (rule.template !== undefined && plan.template > rule.template) return false;
  if (plan.scripts.some(reachesOthers) && rule.egress === undefined) return false;
  return isWithin(rule.may ?? "ordinary", plan);
}

function touches(scope: ScopeWords, plan: PlanWords, allPorts: readonly string[]): boolean {
  if (!isAskedBy(scope, plan) || !isOpen(scope, plan)) return false;
  if (scope.hosts !== undefined && !plan.hosts.some((host) => scope.hosts?.includes(host))) return false;
  if (scope.ports !== undefined && !plan.otherPorts && !allPorts.some((port) => scope.ports?.includes(port)))
    return false;
  const kind = scope.may ?? "anything";
  return (
    plan.techniques.some((one) => hasTechnique(kind, one)) ||
    plan.features.some((one) => hasFeature(kind, one)) ||
    plan.scripts.some((one) => hasScript(kind, one))
  );
}

function spared(rule: RuleWords, plan: PlanWords, allPorts: readonly string[]): boolean {
  const { unless } = rule;
  if (unless === undefined) return false;
  return (
    isAskedBy(unless, plan) &&
    isOpen(unless, plan) &&
    plan.hosts.every((host) => unless.hosts?.includes(host) ?? true) &&
    (unless.ports === undefined || (!plan.otherPorts && allPorts.every((port) => unless.ports?.includes(port)))) &&
    isWithin(unless.may ?? "anything", plan)
  );
}

/** The hours that a window holds, one by one; over midnight where it ends before it begins. */
function isOpen({ hours }: ScopeWords, plan: PlanWords): boolean {
  if (hours === undefined) return true;
  const [from, to] = hours;
  for (let hour = from; hour !== to; hour = (hour + 1) % 24) {
    if (hour === plan.hour) return true;
    if (to === 24 && hour === 23) return false;
  }
  return false;
}

function hasRoom(rule: RuleWords, plan: PlanWords): boolean {
  if (rule.mostHosts !== undefined && plan.hosts.length > rule.mostHosts) return false;
  const under = plan.before.filter((run) => run.rule === rule.name);
  const own = under.filter(({ who }) => who === plan.who);
  const lately = own.filter(({ minutesAgo }) => minutesAgo < 60);
  const sent = lately.reduce((sum, { probes }) => sum + probes, plan.probes);
  const shared = under.filter(({ hosts }) => hosts.some((host) => plan.hosts.includes(host)));
  return !(
    (rule.mostRuns !== undefined && lately.length >= rule.mostRuns) ||
    (rule.mostProbes !== undefined && sent > rule.mostProbes) ||
    (rule.concurrent !== undefined && own.filter(({ open }) => open).length >= rule.concurrent) ||
    shared.some(({ minutesAgo }) => minutesAgo < (rule.coolDown ?? 0))
  );
}

function isAskedBy(scope: ScopeWords, plan: PlanWords): boolean {
  if (scope.who === undefined) return true;
  const aliases = ["everyone", plan.who, `service:${plan.who}`, ...plan.groups.map((group) => `group:${group}`)];
  return scope.who.some((name) => aliases.includes(name));
}

type Kind = "ordinary" | "anything" | KindWords;

function isWithin(kind: Kind, plan: PlanWords): boolean {
  return (
    plan.techniques.every((one) => hasTechnique(kind, one)) &&
    plan.features.every((one) => hasFeature(kind, one)) &&
    plan.scripts.every((one) => hasScript(kind, one))
  );
}

const hasTechnique = (kind: Kind, one: string): boolean =>
  kind === "anything" ||
  (kind === "ordinary" ? ordinaryTechniques.includes(one) : (kind.techniques ?? []).some((named) => named === one));

const hasFeature = (kind: Kind, one: string): boolean =>
  kind === "anything" ||
  (kind === "ordinary" ? ordinaryFeatures.includes(one) : (kind.features ?? []).some((named) => named === one));

function hasScript(kind: Kind, script: PlannedScript): boolean {
  if (kind === "anything") return true;
  if (kind === "ordinary") {
    return (
      script.implied ||
      (script.categories.includes("safe") && !script.categories.some((one) => dangerous.includes(one)))
    );
  }
  const fits = (pattern: string): boolean => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(script.name);
  const named = script.categories.some((one) => (kind.categories ?? []).includes(one)) || (kind.names ?? []).some(fits);
  return named && !(kind.never ?? []).some(fits);
}
