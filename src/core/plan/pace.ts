// How fast a scan is, as a timing template: what is typed beside -T can make a scan faster than its template is, and a
// limit on templates means those scans too.
import type { Timing } from "./scan-plan.ts";

type Template = Timing["template"];

/**
 * What each template from 0 to 5 sets, in milliseconds: the smaller, the faster.
 *
 * Source: nmap's own timing report (`-d`), compared in test/compliance/pace.test.ts; scan delays from its manual.
 */
export const TEMPLATES = {
  minRttTimeoutMs: [100, 100, 100, 100, 100, 50],
  initialRttTimeoutMs: [300_000, 15_000, 1000, 1000, 500, 250],
  maxRttTimeoutMs: [300_000, 15_000, 10_000, 10_000, 1250, 300],
  scanDelayMs: [300_000, 15_000, 400, 0, 0, 0],
  maxScanDelayMs: [1000, 1000, 1000, 1000, 10, 5],
} as const;

const WRITTEN: Readonly<Record<keyof typeof TEMPLATES, string>> = {
  minRttTimeoutMs: "--min-rtt-timeout",
  initialRttTimeoutMs: "--initial-rtt-timeout",
  maxRttTimeoutMs: "--max-rtt-timeout",
  scanDelayMs: "--scan-delay",
  maxScanDelayMs: "--max-scan-delay",
};

/** How the other keys that can hasten a scan are typed. */
const HASTENING: ReadonlyMap<keyof Timing, string> = new Map<keyof Timing, string>([
  ...(Object.entries(WRITTEN) as [keyof typeof TEMPLATES, string][]),
  ["maxParallelism", "--max-parallelism"],
  ["minParallelism", "--min-parallelism"],
  ["minRate", "--min-rate"],
  ["noGroupCongestionControl", "--nogcc"],
  ["defeatRstRatelimit", "--defeat-rst-ratelimit"],
  ["defeatIcmpRatelimit", "--defeat-icmp-ratelimit"],
]);

/** The same timing at this template's pace at most: nothing is left that is faster. */
export function slowedTo(timing: Timing, template: Template): Timing {
  const slower = { ...timing, template: timing.template < template ? timing.template : template };
  const kept = Object.entries(slower).filter(
    ([key, value]) => paceOf({ template: slower.template, [key]: value }).template <= template,
  );
  return { ...Object.fromEntries(kept), template: slower.template };
}

/** The options that typed what the slower timing no longer has. */
export function optionsLeftOut(timing: Timing, slower: Timing): ReadonlySet<string> {
  return new Set([...HASTENING].filter(([key]) => key in timing && !(key in slower)).map(([, option]) => option));
}

export interface Pace {
  /** The slowest template that is as fast as this scan may get. */
  readonly template: Template;
  /** The option that makes it faster than its own template; absent where none does. */
  readonly by?: string;
}

/**
 * The pace of a plan's timing.
 *
 * What keeps nmap from slowing down when it should (a minimum of packets or probes at once, no congestion control, no
 * regard for limits of the target) is in no template, and so counts as the fastest.
 *
 * @param rateIsBound  a rule writes its own maximum rate into the command: a minimum rate is lowered to that.
 */
export function paceOf(timing: Timing, rateIsBound = false): Pace {
  let pace: Pace = { template: timing.template };
  const atLeast = (template: Template, by: string): void => {
    if (template > pace.template) pace = { template, by };
  };
  for (const key of Object.keys(TEMPLATES) as (keyof typeof TEMPLATES)[]) {
    const typed = timing[key];
    const usual: readonly number[] = TEMPLATES[key];
    if (typed === undefined || typed >= (usual[timing.template] ?? 0)) continue;
    const slowest = usual.findIndex((milliseconds) => milliseconds <= typed);
    atLeast((slowest < 0 ? 5 : slowest) as Template, WRITTEN[key]);
  }
  if ((timing.maxParallelism ?? 1) > 1) atLeast(3, "--max-parallelism");
  if ((timing.minParallelism ?? 1) > 1) atLeast(5, "--min-parallelism");
  if (timing.minRate !== undefined && !rateIsBound) atLeast(5, "--min-rate");
  if (timing.noGroupCongestionControl === true) atLeast(5, "--nogcc");
  if (timing.defeatRstRatelimit === true) atLeast(5, "--defeat-rst-ratelimit");
  if (timing.defeatIcmpRatelimit === true) atLeast(5, "--defeat-icmp-ratelimit");
  return pace;
}
