// What somebody should know about an answer that lets a scan run, although no rule turns on it: the scan may not end
// within its time box or as fast as it was typed, or nothing holds what policy allows it.
import { expectedDuration, formatDuration } from "../time.ts";
import type { ScanPlan, Timing } from "../plan/scan-plan.ts";
import type { Situation } from "./asked.ts";
import type { Decision } from "./decision.ts";
import { listWords } from "./words.ts";

export interface Warning {
  readonly code: "time-box-short" | "egress-not-held" | "rate-lowered";
  /** One sentence. */
  readonly message: string;
}

/**
 * @param estimate  of the plan that would run, obligations written into it.
 * @param typed  the timing before the obligations were written into it.
 * @param shorterBox  seconds, where a shorter time box is asked for than the rules grant.
 */
export function warningsOf(
  { estimate, timing }: Pick<ScanPlan, "estimate" | "timing">,
  decision: Decision,
  level: NonNullable<Situation["level"]>,
  shorterBox = Number.POSITIVE_INFINITY,
  typed: Timing = timing,
): readonly Warning[] {
  if (decision.effect === "deny") return [];
  const { egress } = decision.obligations;
  const ttlSeconds = Math.min(decision.obligations.ttlSeconds, shorterBox);
  const warnings: Warning[] = [...lowered(typed, timing)];
  if (estimate.seconds > ttlSeconds) {
    const message = `the scan may take ${expectedDuration(estimate.seconds)}, its time box is ${formatDuration(ttlSeconds)}: what is found by then is kept`;
    warnings.push({ code: "time-box-short", message });
  }
  if (egress !== undefined && level !== "enforced") {
    const allowed = egress.length === 0 ? "nothing" : `only ${listWords(egress)}`;
    const message = `beside the targets policy lets its scripts contact ${allowed}, but sessions here are ${level}: nothing holds them to that`;
    warnings.push({ code: "egress-not-held", message });
  }
  return warnings;
}

/** Rates that were typed and are not what will run. */
function lowered(typed: Timing, run: Timing): readonly Warning[] {
  const rates = [
    ["--min-rate", typed.minRate, run.minRate],
    ["--max-rate", typed.maxRate, run.maxRate],
  ] as const;
  return rates.flatMap(([option, before, now]): readonly Warning[] => {
    if (before === undefined || now === undefined || now >= before) return [];
    const message = `${option} ${before} is lowered to ${now} packets a second, which policy enforces`;
    return [{ code: "rate-lowered", message }];
  });
}
