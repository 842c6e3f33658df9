// The rules of all files: their names looked up, their networks and ports joined into sets.
import type { AddressSet } from "../sets/address-set.ts";
import { AddressSet as Addresses } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import { PortSet as Ports } from "../sets/port-set.ts";
import { networkItem } from "./build-networks.ts";
import { nearest } from "./nearest.ts";
import { joinPeople, whoIs } from "./people.ts";
import type { AskTerms, May, Policy, Rule, Scope, Written } from "./policy.ts";
import { parsePortItem } from "./port-item.ts";
import type { Path } from "./read-yaml.ts";
import { takeName } from "./report.ts";
import type { Report } from "./report.ts";
import type { RuleFile, ScopeFile } from "./schema-rule.ts";

const defaultAnswerWithinSeconds = 30 * 60;
const defaultStartWithinSeconds = 60 * 60;

/** What the names in rules may stand for. */
interface Names {
  readonly people: Policy["people"];
  readonly networks: Policy["networks"];
  readonly approvers: Policy["approvers"];
  /** The same words give the same set: rules that share it are then found to be alike without comparing. */
  readonly ports: Map<string, Written<PortSet>>;
  readonly addresses: Map<string, Written<AddressSet>>;
  readonly ttlSeconds: number;
}

export function buildRules(reports: readonly Report[], given: Omit<Names, "ports" | "addresses">): readonly Rule[] {
  const names: Names = { ...given, ports: new Map(), addresses: new Map() };
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
  };
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
  };
  if (rule.effect !== "ask") return { ...covering, effect: rule.effect };
  const onTouch = rule["on-touch"] ?? false;
  if (rule.unless !== undefined && !onTouch) {
    const hint = "name less in the rule itself, or add on-touch: true";
    report.add([...path, "unless"], "key", "policy-key", "an ask rule without on-touch has no exceptions", hint);
  }
  return {
    ...covering,
    effect: rule.effect,
    ask: buildAsk(report, path, rule, names),
    onTouch,
    ...(rule.unless === undefined ? {} : { unless: buildScope(report, [...path, "unless"], rule.unless, names) }),
  };
}

function buildScope(report: Report, path: Path, scope: ScopeFile, names: Names): Scope {
  return {
    ...(scope.requesters === undefined
      ? {}
      : {
          requesters: joinPeople(
            scope.requesters.map((name) => whoIs(names, name)),
            scope.requesters,
          ),
        }),
    ...(scope.targets === undefined
      ? {}
      : { targets: buildTargets(report, [...path, "targets"], scope.targets, names) }),
    ...(scope.ports === undefined ? {} : { ports: buildPorts(report, [...path, "ports"], scope.ports, names) }),
    ...(scope.may === undefined ? {} : { may: buildMay(scope.may) }),
  };
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
  for (const [index, name] of (rule.ask.via ?? []).entries()) {
    if (names.approvers.has(name)) continue;
    const defined = [...names.approvers.keys()];
    const near = nearest(name, defined);
    report.add(
      [...path, "ask", "via", index],
      "value",
      "policy-name",
      `the policy defines no approver ${name}`,
      near !== undefined ? `did you mean ${near}?` : `defined: ${defined.length > 0 ? defined.join(", ") : "none"}`,
    );
  }
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
