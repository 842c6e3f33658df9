// The emergency stop for everything: set and lifted by leads, each with its event. Separate because it concerns no
// single request: the store looks at it in every transaction that would use up a grant or start a session.
import { err, ok } from "../result.ts";
import type { Problem, Result } from "../result.ts";
import { time } from "../time.ts";
import type { Change } from "./change.ts";

/** While one is in force nothing starts and no grant is redeemed. */
export interface Freeze {
  /** Login of the lead who set it. */
  readonly by: string;
  readonly because: string;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly since: number;
}

export type FreezeProblem = Problem<"already-frozen" | "not-frozen" | "reason-missing">;

/**
 * Stops everything from now on.
 *
 * @param current  what is in force already; the first one stays, so that nobody lifts what they did not know of.
 */
export function freeze(
  current: Freeze | undefined,
  by: string,
  because: string,
  now: number,
): Result<Change, FreezeProblem> {
  if (current !== undefined) return err({ code: "already-frozen", message: `It is ${frozenWords(current)}.` });
  if (because.trim() === "") {
    return err({ code: "reason-missing", message: "A freeze says why: everybody who is stopped reads it." });
  }
  const data = { because: because.trim().toWellFormed() };
  return ok({ events: [{ type: "freeze.set", time: time(now), request: null, actor: by, data }] });
}

/** Lets scans start again; what was ended stays ended. */
export function unfreeze(
  current: Freeze | undefined,
  by: string,
  because: string | undefined,
  now: number,
): Result<Change, FreezeProblem> {
  if (current === undefined) return err({ code: "not-frozen", message: "Nothing is frozen." });
  const data = because === undefined ? {} : { because: because.toWellFormed() };
  return ok({ events: [{ type: "freeze.lifted", time: time(now), request: null, actor: by, data }] });
}

/** The middle of a sentence: `frozen by carol since 2026-11-22T14:00:00.000Z: the reason`. */
export const frozenWords = ({ by, because, since }: Freeze): string =>
  `frozen by ${by} since ${time(since)}: ${because}`;
