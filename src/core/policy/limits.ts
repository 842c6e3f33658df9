// Limits of a rule (policy.md, Meaning 8): what has been done under it is counted and compared. The history is a value,
// so that the decision stays pure; the same count is made again in the transaction that issues the grant.
import { formatDuration } from "../time.ts";
import type { AddressSet } from "../sets/address-set.ts";
import type { LimitUse, Rate } from "./decision.ts";
import type { Limits, Policy, Rule } from "./policy.ts";

/** One permission that was given under a rule with limits: reserved, running, or over. */
export interface PastRun {
  readonly rule: string;
  /** Login. */
  readonly requester: string;
  /** Milliseconds since the Unix epoch, UTC: when the grant was issued. */
  readonly at: number;
  readonly probes: number;
  /** Reserved or running: it counts towards `concurrent`. */
  readonly open: boolean;
  /** Only where it was asked for (`HistoryNeed.targets`). */
  readonly targets?: AddressSet;
}

/** What of the trail a decision has to know. */
export interface HistoryNeed {
  readonly rules: readonly string[];
  /** Runs that began before this and are over count for nothing; milliseconds since the Unix epoch, UTC. */
  readonly since: number;
  readonly targets: boolean;
}

/** What is asked, as far as limits go. */
export interface Asking {
  readonly requester: string;
  readonly now: number;
  readonly probes: number;
  readonly targets: AddressSet;
}

/** What of a rule's limits depends on what happened before; undefined where none does. */
export function limitUse(rule: string, { probes, runs, concurrent, coolDownSeconds }: Limits): LimitUse | undefined {
  if (probes === undefined && runs === undefined && concurrent === undefined && coolDownSeconds === undefined) {
    return undefined;
  }
  return {
    rule,
    ...(runs === undefined ? {} : { runs }),
    ...(probes === undefined ? {} : { probes }),
    ...(concurrent === undefined ? {} : { concurrent }),
    ...(coolDownSeconds === undefined ? {} : { coolDownSeconds }),
  };
}

/** Which part of the trail these limits look at; undefined where they look at none. */
export function needOf(uses: readonly LimitUse[], now: number): HistoryNeed | undefined {
  if (uses.length === 0) return undefined;
  const longest = Math.max(
    ...uses.map(({ runs, probes, coolDownSeconds }) =>
      Math.max(runs?.seconds ?? 0, probes?.seconds ?? 0, coolDownSeconds ?? 0),
    ),
  );
  return {
    rules: uses.map(({ rule }) => rule),
    since: now - longest * 1000,
    targets: uses.some(({ coolDownSeconds }) => coolDownSeconds !== undefined),
  };
}

/** Which part of the trail a decision under this policy has to know; undefined where no rule has such limits. */
export function historyNeeded(policy: Policy, now: number): HistoryNeed | undefined {
  return needOf(policy.limitUses ?? limitUsesOf(policy.rules), now);
}

export const limitUsesOf = (rules: readonly Rule[]): readonly LimitUse[] => rules.flatMap(useOf);

function useOf(rule: Rule): readonly LimitUse[] {
  if (rule.effect === "deny" || rule.limits === undefined) return [];
  const use = limitUse(rule.name, rule.limits);
  return use === undefined ? [] : [use];
}

/** How many probes the rule still takes from this requester; at least 0. */
export function probesLeft(rule: string, limit: Rate, past: readonly PastRun[], { requester, now }: Asking): number {
  const own = past.filter((run) => run.rule === rule && run.requester === requester);
  return Math.max(0, limit.count - sentWithin(limit, own, now));
}

function sentWithin({ seconds }: Rate, own: readonly PastRun[], now: number): number {
  return own.reduce((sum, { at, probes }) => (at > now - seconds * 1000 ? sum + probes : sum), 0);
}

/** The first limit that one more run would exceed, with both numbers; undefined where there is room. */
export function overLimit(use: LimitUse, past: readonly PastRun[], asking: Asking): string | undefined {
  const underRule = past.filter(({ rule }) => rule === use.rule);
  const own = underRule.filter(({ requester }) => requester === asking.requester);
  const within = ({ seconds }: Rate) => own.filter(({ at }) => at > asking.now - seconds * 1000);
  const { runs, probes, concurrent, coolDownSeconds } = use;
  if (runs !== undefined) {
    const count = within(runs).length;
    if (count >= runs.count) {
      return `${plural(count, "run")} in the last ${formatDuration(runs.seconds)} already; the rule takes ${plural(runs.count, "run")}`;
    }
  }
  if (probes !== undefined) {
    const sent = sentWithin(probes, own, asking.now);
    if (sent + asking.probes > probes.count) {
      const before = sent === 0 ? "" : ` beside ${sent} in the last ${formatDuration(probes.seconds)}`;
      return `asks about ${plural(asking.probes, "probe")}${before}; the rule takes ${probes.count} in ${formatDuration(probes.seconds)}`;
    }
  }
  if (concurrent !== undefined) {
    const open = own.filter((run) => run.open).length;
    if (open >= concurrent) return `${plural(open, "scan")} under way; the rule takes ${concurrent} at a time`;
  }
  if (coolDownSeconds !== undefined) {
    const recent = underRule.find(
      ({ at, targets }) => at > asking.now - coolDownSeconds * 1000 && targets?.touches(asking.targets) === true,
    );
    if (recent !== undefined) {
      const ago = formatDuration((asking.now - recent.at) / 1000);
      return `some of the targets were scanned ${ago} ago; the rule leaves them alone for ${formatDuration(coolDownSeconds)}`;
    }
  }
  return undefined;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
