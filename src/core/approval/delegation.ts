// Handing one's vote to somebody for a while, by one's own word. The policy's `delegates` say the same for good; this is
// for the day before a holiday, and is on the trail.
import { err, ok, type Problem, type Result } from "../result.ts";
import { formatDuration, time } from "../time.ts";
import type { Change } from "./change.ts";
import { personKey } from "./person.ts";

export interface Delegation {
  /** Login of who is away. */
  readonly from: string;
  /** Login of who votes beside them. */
  readonly to: string;
  /** Milliseconds since the Unix epoch, UTC; no longer from then on. */
  readonly until: number;
}

/** How long somebody may be away: longer is a matter for the policy. */
const longestDelegationSeconds = 31 * 86_400;

export type DelegationProblem = Problem<"delegate-yourself" | "delegation-too-long" | "nothing-delegated">;

/** Sets it; an earlier one of the same person ends with it. */
export function delegate({ from, to, until }: Delegation, now: number): Result<Change, DelegationProblem> {
  if (personKey(to) === personKey(from)) {
    return err({ code: "delegate-yourself", message: "Nobody votes in their own place." });
  }
  if (!(until > now && until <= now + longestDelegationSeconds * 1000)) {
    return err({
      code: "delegation-too-long",
      message: `A vote is handed on from now for ${formatDuration(longestDelegationSeconds)} at most.`,
      hint: "for longer there is delegates: in the policy",
    });
  }
  return ok(changeOf(from, { from, to, until: time(until) }, now));
}

/** Takes it back. */
export function undelegate(current: Delegation | undefined, now: number): Result<Change, DelegationProblem> {
  if (current === undefined) return err({ code: "nothing-delegated", message: "No vote was handed on." });
  return ok(changeOf(current.from, { from: current.from, to: null }, now));
}

type Data = { readonly from: string; readonly to: string | null; readonly until?: string };

const changeOf = (actor: string, data: Data, now: number): Change => ({
  events: [{ type: "delegation.set", time: time(now), request: null, actor, data }],
});
