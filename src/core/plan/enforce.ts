// Writes what a rule enforces into the plan, so that the command nmap runs carries it and the digest covers it.
import { estimateOf } from "./estimate.ts";
import type { ScanPlan, Timing } from "./scan-plan.ts";

/**
 * The same plan at no more than this rate; a minimum rate above it is lowered to it.
 *
 * @param maxRate  packets a second; undefined leaves the plan as it is.
 */
export function enforceRate(plan: ScanPlan, maxRate: number | undefined): ScanPlan {
  if (maxRate === undefined) return plan;
  const { minRate } = plan.timing;
  const timing: Timing = {
    ...plan.timing,
    maxRate: Math.min(maxRate, plan.timing.maxRate ?? Number.POSITIVE_INFINITY),
    ...(minRate !== undefined && { minRate: Math.min(minRate, maxRate) }),
  };
  const slower = { ...plan, timing };
  return { ...slower, estimate: estimateOf(slower) };
}
