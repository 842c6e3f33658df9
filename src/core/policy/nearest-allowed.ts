// The nearest plan that policy would let through: for the command that a denial shows. It only ever takes away from
// what was asked, and every answer has been decided again.
import { estimateOf, protocolOf } from "../plan/estimate.ts";
import { paceOf, slowedTo } from "../plan/pace.ts";
import type { Feature, ScanPlan } from "../plan/scan-plan.ts";
import { AddressSet, parseAddress } from "../sets/address-set.ts";
import { PROTOCOLS, type PortSet } from "../sets/port-set.ts";
import type { Situation } from "./asked.ts";
import { exceeded } from "./conditions/limits.ts";
import { decide } from "./decide.ts";
import { judge } from "./judgement.ts";
import type { Judgement, Standing } from "./judgement.ts";
import { isOrdinaryScript, ordinaryFeatures, ordinaryTechniques } from "./ordinary.ts";
import type { Policy, RuleOf } from "./policy.ts";
import { withinLimits } from "./within-limits.ts";

/** Looking further would rarely find more and could take long in a large policy. */
const mostTries = 60;

/**
 * A plan made from this one by taking away targets, ports, kinds of scanning or speed, that is allowed or at least can
 * be confirmed or asked for; the plan itself where that holds already. Undefined when nothing near it is.
 *
 * Kinds of scanning are kept where fewer targets or ports are enough; of those answers the one with the most addresses
 * and ports is given.
 */
export function nearestAllowed(policy: Policy, plan: ScanPlan, situation: Situation): ScanPlan | undefined {
  try {
    return search(policy, plan, situation);
  } catch (error) {
    // A set that is too large to work with (address-set.ts): the denial stands, without a suggestion.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function search(policy: Policy, plan: ScanPlan, situation: Situation): ScanPlan | undefined {
  const tries = { left: mostTries };
  for (const slower of paces(policy, plan)) {
    for (const kind of kinds(slower)) {
      const best = largest(shrink(policy, kind, situation, tries));
      if (best !== undefined) return best;
    }
  }
  return undefined;
}

function largest(plans: readonly ScanPlan[]): ScanPlan | undefined {
  const cells = (plan: ScanPlan): bigint => plan.targets.size * BigInt(Math.max(1, plan.ports.size()));
  return plans.reduce<ScanPlan | undefined>(
    (best, plan) => (best === undefined || cells(plan) > cells(best) ? plan : best),
    undefined,
  );
}

/** The plan at its own speed, then at the highest speeds that rules take. */
function* paces(policy: Policy, plan: ScanPlan): Generator<ScanPlan> {
  yield plan;
  const limits = policy.rules.flatMap((rule) => (rule.effect === "deny" ? [] : (rule.timing?.maxTemplate ?? [])));
  const pace = paceOf(plan.timing).template;
  const slower = ([4, 3, 2, 1, 0] as const).filter((template) => template < pace);
  for (const template of slower) {
    if (limits.includes(template)) yield estimated({ ...plan, timing: slowedTo(plan.timing, template) });
  }
}

/** What is counted against limits is what the narrower plan costs. */
const estimated = (plan: ScanPlan): ScanPlan => ({ ...plan, estimate: estimateOf(plan) });

const choosesPorts: ReadonlySet<Feature> = new Set([
  "os-detection",
  "traceroute",
  "default-scripts",
  "service-version",
]);

/** The plan as it is, then with less and less that goes beyond a port scan. */
function* kinds(plan: ScanPlan): Generator<ScanPlan> {
  yield plan;
  const ordinary = withKind(plan, (feature) => ordinaryFeatures.has(feature), true);
  if (ordinary !== undefined) yield ordinary;
  const plain = withKind(plan, (feature) => ordinaryFeatures.has(feature) && !choosesPorts.has(feature), false);
  if (plain !== undefined) yield plain;
}

function withKind(plan: ScanPlan, keeps: (feature: Feature) => boolean, scripts: boolean): ScanPlan | undefined {
  const techniques = plan.techniques.filter((technique) => ordinaryTechniques.has(technique));
  // Another technique is another scan: what was not asked for is not suggested.
  if (techniques.length < plan.techniques.length) return undefined;
  const features = plan.features.filter(keeps);
  const kept = scripts ? plan.scripts.filter(isOrdinaryScript) : [];
  if (features.length === plan.features.length && kept.length === plan.scripts.length) return undefined;
  return estimated({ ...plan, features, scripts: kept, otherPorts: scripts ? plan.otherPorts : [] });
}

/** Plans that are not denied, with fewer targets or ports: whatever strikes or lacks a rule is taken away, either way. */
function shrink(policy: Policy, plan: ScanPlan, situation: Situation, tries: { left: number }): readonly ScanPlan[] {
  const found: ScanPlan[] = [];
  const queue = [plan];
  for (let next = queue.shift(); next !== undefined && tries.left > 0; next = queue.shift()) {
    tries.left--;
    if (decide(policy, next, situation).effect !== "deny") found.push(next);
    else queue.push(...steps(judge(policy, next, situation)));
  }
  return found;
}

function steps(judgement: Judgement): readonly ScanPlan[] {
  const [struck] = judgement.struck;
  if (struck !== undefined) return awayFrom(struck, judgement);
  const { plan } = judgement.asked;
  const uncovered = judgement.coverage?.uncovered ?? [];
  const fewerTargets = uncovered.reduce((targets, part) => targets.subtract(part.targets), plan.targets);
  const fewerPorts = uncovered.reduce(
    (ports, part) => (part.ports === undefined ? ports : ports.subtract(part.ports)),
    plan.ports,
  );
  const less = [withTargets(plan, fewerTargets), withPorts(plan, fewerPorts)].filter((next) => next !== undefined);
  return [...less, ...judgement.standings.flatMap((standing) => intoLimits(standing, judgement))];
}

/** Where nothing but its limits keeps a rule from covering, or from binding, what they still take. */
function intoLimits({ rule, failed, touched }: Standing, { asked }: Judgement): readonly ScanPlan[] {
  if (failed?.key !== "limits" && !(touched && exceeded(rule, asked) !== undefined)) return [];
  return withinLimits(rule, asked, { targets: withTargets, ports: withPorts });
}

function awayFrom(deny: RuleOf<"deny">, { asked: { plan } }: Judgement): readonly ScanPlan[] {
  return [
    deny.targets === undefined ? undefined : withTargets(plan, plan.targets.subtract(deny.targets.set)),
    deny.unless?.targets === undefined ? undefined : withTargets(plan, plan.targets.intersect(deny.unless.targets.set)),
    deny.ports === undefined ? undefined : withPorts(plan, plan.ports.subtract(deny.ports.set)),
    deny.unless?.ports === undefined ? undefined : withPorts(plan, plan.ports.intersect(deny.unless.ports.set)),
  ].filter((next) => next !== undefined);
}

function withTargets(plan: ScanPlan, targets: AddressSet): ScanPlan | undefined {
  if (targets.isEmpty || targets.size === plan.targets.size) return undefined;
  const names = plan.names.filter(({ addresses }) => addresses.every((address) => isIn(targets, address)));
  return estimated({ ...plan, targets, names });
}

function isIn(targets: AddressSet, address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined) return false;
  return targets.includes(AddressSet.ofRanges([{ family: parsed.family, first: parsed.value, last: parsed.value }]));
}

/** A technique without any port left is no narrower scan but an error: it goes, where another one stays. */
function withPorts(plan: ScanPlan, ports: PortSet): ScanPlan | undefined {
  if (ports.size() === plan.ports.size()) return undefined;
  const lost = PROTOCOLS.filter((protocol) => plan.ports.size(protocol) > 0 && ports.size(protocol) === 0);
  const techniques = plan.techniques.filter((technique) =>
    lost.every((protocol) => protocolOf(technique) !== protocol),
  );
  return techniques.length === 0 ? undefined : estimated({ ...plan, ports, techniques });
}
