// The rules of all files: their names looked up, their networks and ports joined into sets.
import type { AddressSet } from "../sets/address-set.ts";
import { AddressSet as Addresses } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import { PortSet as Ports } from "../sets/port-set.ts";
import { networkItem } from "./build-networks.ts";
import { checkNames } from "./build-others.ts";
import type { Rate } from "./decision.ts";
import { joinPeople, whoIs } from "./people.ts";
import type { AskTerms, During, Limits, May, Policy, Rule, Scope, Who, Written } from "./policy.ts";
import { parsePortItem } from "./port-item.ts";
import type { Path } from "./read-yaml.ts";
import { takeName } from "./report.ts";
import type { Report } from "./report.ts";
import type { RuleFile, ScopeFile } from "./schema-rule.ts";
import type { Zone } from "./windows.ts";

const defaultAnswerWithinSeconds = 30 * 60;
const defaultStartWithinSeconds = 60 * 60;

/** What the names in rules may stand for. */
interface Names {
  readonly people: Policy["people"];
  readonly networks: Policy["networks"];
  readonly approvers: Policy["approvers"];
  /** The same words give the same thing: what many rules share is asked about once (rule-index.ts). */
  readonly ports: Map<string, Written<PortSet>>;
  readonly addresses: Map<string, Written<AddressSet>>;
  readonly requesters: Map<string, Who>;
  readonly times: Map<string, During>;
  readonly windows: Policy["windows"];
  /** The names of all windows, those with a mistake among them. */
  readonly declared: ReadonlySet<string>;
  readonly zone: Zone | undefined;
  readonly profiles: Policy["profiles"];
  readonly ttlSeconds: number;
}

export function buildRules(
  reports: readonly Report[],
  given: Omit<Names, "ports" | "addresses" | "requesters" | "times" | "declared">,
): readonly Rule[] {
  const names: Names = {
    ...given,
    declared: new Set(reports.flatMap(({ file }) => Object.keys(file.data.windows ?? {}))),
    ports: new Map(),
    addresses: new Map(),
    requesters: new Map(),
    times: new Map(),
  };
  const rules: Rule[] = [];
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [index, rule] of (report.file.data.rules ?? []).entries()) {
      takeName(taken, rule.name, "rule", report, ["rules", index, "name"]);
      rules.push(buildRule(report, ["rules", index], rule, names));
    }
  }
  return rules;
}

function buildRule(report: Report, path: Path, rule: RuleFile, names: Names): Rule {
  const { source } = report.file.yaml;
  const base = {
    name: rule.name,
    at: { file: source.file, line: source.lineOf(report.file.yaml.place(path)[0]) },
    ...buildScope(report, path, rule, names),
    ...(rule.notify === undefined ? {} : { notify: rule.notify }),
  };
  if (rule.notify !== undefined)
    checkNames(report, [...path, "notify", "via"], rule.notify.via, names.approvers.keys(), "approver");
  if (rule.effect === "deny") {
    return {
      ...base,
      effect: rule.effect,
      ...(rule.unless === undefined ? {} : { unless: buildScope(report, [...path, "unless"], rule.unless, names) }),
      ...(rule.message === undefined ? {} : { message: rule.message }),
    };
  }
  const covering = {
    ...base,
    otherPorts: rule["other-ports"] ?? false,
    ...(rule.timing === undefined ? {} : { timing: { maxTemplate: rule.timing["max-template"] } }),
    enforce: rule.enforce?.["max-rate"] === undefined ? {} : { maxRate: rule.enforce["max-rate"] },
    ttlSeconds: rule.ttl ?? names.ttlSeconds,
    ...(rule.limits === undefined ? {} : { limits: buildLimits(report, [...path, "limits"], rule.limits) }),
    ...(rule.egress === undefined ? {} : { egress: buildTargets(report, [...path, "egress"], rule.egress, names) }),
    ...(rule.profiles === undefined ? {} : { profiles: rule.profiles }),
    ...(rule.enforcement === undefined ? {} : { enforcement: rule.enforcement }),
    ...(rule["on-violation"] === undefined ? {} : { onViolation: rule["on-violation"] }),
  };
  checkNames(report, [...path, "profiles"], rule.profiles ?? [], names.profiles.keys(), "profile");
  if (rule.effect !== "ask") return { ...covering, effect: rule.effect };
  const onTouch = rule["on-touch"] ?? false;
  if (rule.unless !== undefined && !onTouch) {
    const hint = "name less in the rule itself, or add on-touch: true";
    report.add([...path, "unless"], "key", "policy-key", "an ask rule without on-touch has no exceptions", hint);
  }
  const broken = rule["break-glass"];
  checkNames(report, [...path, "break-glass", "alert"], broken?.alert ?? [], names.approvers.keys(), "approver");
  return {
    ...covering,
    effect: rule.effect,
    ask: buildAsk(report, path, rule, names),
    onTouch,
    ...(rule.strength === undefined ? {} : { strength: rule.strength }),
    ...(broken === undefined ? {} : { breakGlass: { ttlSeconds: broken.ttl, alert: broken.alert } }),
    ...(rule.unless === undefined ? {} : { unless: buildScope(report, [...path, "unless"], rule.unless, names) }),
  };
}

function buildScope(report: Report, path: Path, scope: ScopeFile, names: Names): Scope {
  return {
    ...(scope.requesters === undefined ? {} : { requesters: buildRequesters(scope.requesters, names) }),
    ...(scope.targets === undefined
      ? {}
      : { targets: buildTargets(report, [...path, "targets"], scope.targets, names) }),
    ...(scope.ports === undefined ? {} : { ports: buildPorts(report, [...path, "ports"], scope.ports, names) }),
    ...(scope.may === undefined ? {} : { may: buildMay(scope.may) }),
    ...(scope.during === undefined ? {} : buildDuring(report, [...path, "during"], scope.during, names)),
  };
}

function buildRequesters(written: readonly string[], names: Names): Who {
  const key = JSON.stringify(written);
  const who =
    names.requesters.get(key) ??
    joinPeople(
      written.map((name) => whoIs(names, name)),
      written,
    );
  names.requesters.set(key, who);
  return who;
}

function buildTargets(report: Report, path: Path, written: readonly string[], names: Names): Written<AddressSet> {
  const key = JSON.stringify(written);
  const known = names.addresses.get(key);
  if (known !== undefined) return known;
  const sets: AddressSet[] = [];
  for (const [index, item] of written.entries()) {
    const network = names.networks.get(item);
    const set = network ?? networkItem(report, [...path, index], item, names.networks.keys());
    if (set !== undefined) sets.push(set);
  }
  const [only] = sets;
  const built = { set: sets.length === 1 && only !== undefined ? only : Addresses.unionOf(sets), written };
  names.addresses.set(key, built);
  return built;
}

function buildPorts(report: Report, path: Path, items: readonly (string | number)[], names: Names): Written<PortSet> {
  const written = items.map(String);
  const key = JSON.stringify(written);
  const known = names.ports.get(key);
  if (known !== undefined) return known;
  let set = Ports.empty;
  for (const [index, item] of items.entries()) {
    const parsed = parsePortItem(item);
    if (parsed !== undefined) set = set.union(parsed);
    else {
      const message = `${JSON.stringify(item)} names no ports`;
      const hint = 'write 22, "80-90", tcp/22 or "udp/53,161", numbers from 0 to 65535';
      report.add([...path, index], "value", "policy-value", message, hint);
    }
  }
  const built = { set, written };
  names.ports.set(key, built);
  return built;
}

function buildDuring(report: Report, path: Path, written: readonly string[], names: Names): Pick<Scope, "during"> {
  const { windows, zone } = names;
  const defined = new Set([...windows.keys(), ...names.declared]);
  checkNames(report, path, written, defined, "window");
  // Where the zone is none, or a window has a mistake, that is reported already and nothing is decided.
  if (zone === undefined) return {};
  const key = JSON.stringify(written);
  const during = names.times.get(key) ?? {
    windows: written.flatMap((name) => windows.get(name) ?? []),
    written,
    zone,
  };
  names.times.set(key, during);
  return { during };
}

const periods = new Map([
  ["minute", 60],
  ["hour", 3600],
  ["day", 86_400],
  ["week", 7 * 86_400],
]);
const factors = new Map([
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
]);

type LimitsFile = NonNullable<Extract<RuleFile, { effect: "allow" }>["limits"]>;

/** Probes without a time of their own are counted over that of `runs`, or a day. */
function buildLimits(report: Report, path: Path, limits: LimitsFile): Limits {
  const rate = (key: "runs" | "probes", text: string, otherwise: number): Rate => {
    const [amount = "", period] = text.split("/");
    const count = Number(amount.replace(/[kMG]$/, "")) * (factors.get(amount.slice(-1)) ?? 1);
    if (!Number.isSafeInteger(count)) report.add([...path, key], "value", "policy-value", "this number is too large");
    return { count, seconds: periods.get(period ?? "") ?? otherwise };
  };
  const runs = limits.runs === undefined ? undefined : rate("runs", limits.runs, 86_400);
  return {
    ...(limits.hosts === undefined ? {} : { hosts: limits.hosts }),
    ...(limits.probes === undefined ? {} : { probes: rate("probes", String(limits.probes), runs?.seconds ?? 86_400) }),
    ...(runs === undefined ? {} : { runs }),
    ...(limits.concurrent === undefined ? {} : { concurrent: limits.concurrent }),
    ...(limits["cool-down"] === undefined ? {} : { coolDownSeconds: limits["cool-down"] }),
  };
}

function buildMay(may: NonNullable<ScopeFile["may"]>): May {
  if (typeof may === "string") return { kind: may };
  return {
    kind: "list",
    techniques: new Set(may.techniques),
    features: new Set(may.features),
    scripts: {
      categories: may.scripts?.categories ?? [],
      names: may.scripts?.names ?? [],
      never: may.scripts?.never ?? [],
    },
  };
}

function buildAsk(report: Report, path: Path, rule: RuleFile & { effect: "ask" }, names: Names): AskTerms {
  const via = rule.ask.via ?? [...names.approvers.keys()];
  checkNames(report, [...path, "ask", "via"], rule.ask.via ?? [], names.approvers.keys(), "approver");
  const { reason } = rule;
  if (reason?.pattern !== undefined && !isPattern(reason.pattern)) {
    report.add([...path, "reason", "pattern"], "value", "policy-value", "this is no regular expression");
  }
  return {
    votes: new Map(Object.entries(rule.ask.votes)),
    via,
    answerWithinSeconds: rule.ask["answer-within"] ?? defaultAnswerWithinSeconds,
    startWithinSeconds: rule.ask["start-within"] ?? defaultStartWithinSeconds,
    ...(reason === undefined
      ? {}
      : {
          reason: {
            ...(reason["min-length"] === undefined ? {} : { minLength: reason["min-length"] }),
            ...(reason.pattern === undefined ? {} : { pattern: reason.pattern }),
          },
        }),
  };
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}
