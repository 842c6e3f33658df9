// When a denied scan would no longer be denied, where nothing but time stands in its way: an hour that has not come, a
// freeze, a limit that slides on. For the hint that a denial shows; every answer has been decided again.
import type { ScanPlan } from "../plan/scan-plan.ts";
import type { Situation } from "./asked.ts";
import { decide } from "./decide.ts";
import type { Effect } from "./decision.ts";
import { limitUsesOf } from "./limits.ts";
import type { During, Policy, Rule } from "./policy.ts";
import { nextChange } from "./windows.ts";

export interface Possible {
  /** Milliseconds since the Unix epoch, UTC. */
  readonly from: number;
  /** What would be said then. */
  readonly effect: Exclude<Effect, "deny">;
}

/** Further away it is no answer to somebody who wants to scan. */
const horizonMs = 31 * 86_400_000;
/** Moments at which a window opens or closes or a limit slides on: looking at more could take long in a large policy. */
const mostMoments = 64;

/**
 * The first moment within a month at which the policy would let this plan through, or have somebody asked, with what is
 * known of the past now. Undefined where there is none: then something else has to change than the time.
 */
export function possibleAgain(policy: Policy, plan: ScanPlan, situation: Situation): Possible | undefined {
  const { now } = situation;
  try {
    const times = [...new Set(policy.rules.flatMap(duringsOf))];
    const slides = slidesOf(policy, situation);
    const limit = now + horizonMs;
    // What opens or closes later than the moment that is looked at needs no second look.
    const changes = times.map(() => now);
    let at = now;
    for (let tries = 0; tries < mostMoments; tries++) {
      for (const [index, { windows, zone }] of times.entries()) {
        if ((changes[index] ?? at) <= at) changes[index] = nextChange(windows, zone, at, limit) ?? limit;
      }
      const next = Math.min(limit, ...changes, slides.find((slide) => slide > at) ?? limit);
      if (!(next < limit)) return undefined;
      const { effect } = decide(policy, plan, { ...situation, now: next });
      if (effect !== "deny") return { from: next, effect };
      at = next;
    }
    return undefined;
  } catch (error) {
    // Beyond a zone's table, or a set too large to work with: the denial stands without it.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function duringsOf(rule: Rule): readonly During[] {
  const unless = rule.effect === "deny" || rule.effect === "ask" ? rule.unless?.during : undefined;
  return [rule.during, unless].filter((during) => during !== undefined);
}

/** When something that was done no longer counts towards a limit; ascending. */
function slidesOf(policy: Policy, { history = [] }: Situation): readonly number[] {
  if (history.length === 0) return [];
  const slides = new Set<number>();
  for (const { rule, runs, probes, coolDownSeconds } of policy.limitUses ?? limitUsesOf(policy.rules)) {
    const spans = [runs?.seconds, probes?.seconds, coolDownSeconds].filter((seconds) => seconds !== undefined);
    for (const past of history) {
      if (past.rule === rule) for (const seconds of spans) slides.add(past.at + seconds * 1000);
    }
  }
  return [...slides].sort((left, right) => left - right);
}
