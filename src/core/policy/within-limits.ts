// The largest part of a plan that a rule's limits still take, for the suggestion that a denial shows. What it costs is
// estimated again for every size that is tried, as a plan of that size would be.
import { estimateOf } from "../plan/estimate.ts";
import type { ScanPlan } from "../plan/scan-plan.ts";
import { AddressSet, type AddressRange } from "../sets/address-set.ts";
import { PortSet, PROTOCOLS, type NumberRange } from "../sets/port-set.ts";
import type { Asked } from "./asked.ts";
import { probesLeft } from "./limits.ts";
import type { Limits, Rule } from "./policy.ts";

/** The plan with other targets or ports; undefined where that is no narrower scan. */
export interface Narrow {
  readonly targets: (plan: ScanPlan, targets: AddressSet) => ScanPlan | undefined;
  readonly ports: (plan: ScanPlan, ports: PortSet) => ScanPlan | undefined;
}

/** Plans with the first of the rule's targets, or the first ports, as many as its limits take; empty where nothing is. */
export function withinLimits(rule: Rule, asked: Asked, narrow: Narrow): readonly ScanPlan[] {
  if (rule.effect === "deny" || rule.limits === undefined) return [];
  const { plan } = asked;
  const limits = rule.limits;
  const covered = rule.targets === undefined ? plan.targets : plan.targets.intersect(rule.targets.set);
  const own = covered.subtract(coolingDown(rule.name, limits, asked));
  if (own.isEmpty) return [];
  const most = limits.hosts === undefined ? own.size : least(own.size, BigInt(limits.hosts));
  const left = probesOf(rule.name, limits, asked);
  const fewer = (count: number): ScanPlan | undefined => narrow.targets(plan, firstAddresses(own, count));
  const fits = (next: () => ScanPlan | undefined): boolean =>
    left === undefined || estimateOf(next() ?? plan).probes <= left;
  const hosts = largestThat((count) => fits(() => fewer(count)), Number(least(most, BigInt(Number.MAX_SAFE_INTEGER))));
  const targets = hosts === 0 ? undefined : fewer(hosts);
  const widest = Math.max(...PROTOCOLS.map((protocol) => plan.ports.size(protocol)));
  const lessPorts = (count: number): ScanPlan | undefined => narrow.ports(plan, firstPorts(plan.ports, count));
  const count = left === undefined || widest === 0 ? 0 : largestThat((each) => fits(() => lessPorts(each)), widest);
  const ports = count === 0 ? undefined : lessPorts(count);
  return [targets, ports].filter((next) => next !== undefined);
}

/** What was scanned under the rule so lately that it has to be left alone. */
function coolingDown(name: string, { coolDownSeconds }: Limits, { now, history = [] }: Asked): AddressSet {
  if (coolDownSeconds === undefined) return AddressSet.empty;
  const recent = history.filter(({ rule, at }) => rule === name && at > now - coolDownSeconds * 1000);
  return AddressSet.unionOf(recent.flatMap(({ targets }) => (targets === undefined ? [] : [targets])));
}

function probesOf(name: string, limits: Limits, { plan, requester, now, history = [] }: Asked): number | undefined {
  if (limits.probes === undefined) return undefined;
  const asking = { requester: requester.name, now, probes: plan.estimate.probes, targets: plan.targets };
  return probesLeft(name, limits.probes, history, asking);
}

const least = (left: bigint, right: bigint): bigint => (left < right ? left : right);

/** The largest number from 1 to `most` that fits, where a smaller one fits if a larger does; 0 where none fits. */
function largestThat(fits: (count: number) => boolean, most: number): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A command that somebody would paste names no more runs of addresses than this. */
const mostRuns = 64;

function firstAddresses(set: AddressSet, count: number): AddressSet {
  const taken: AddressRange[] = [];
  let left = BigInt(count);
  for (const range of set.ranges()) {
    if (left <= 0n || taken.length === mostRuns) break;
    const last = least(range.last, range.first + left - 1n);
    taken.push({ ...range, last });
    left -= last - range.first + 1n;
  }
  return AddressSet.ofRanges(taken);
}

/** So many of each protocol, from the lowest. */
function firstPorts(set: PortSet, count: number): PortSet {
  return PortSet.of(
    Object.fromEntries(
      PROTOCOLS.map((protocol) => {
        const taken: NumberRange[] = [];
        let left = count;
        for (const [first, end] of set.ranges(protocol)) {
          if (left <= 0) break;
          const last = Math.min(end, first + left - 1);
          taken.push([first, last]);
          left -= last - first + 1;
        }
        return [protocol, taken];
      }),
    ),
  );
}
