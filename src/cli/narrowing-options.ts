// The options of `approve` that take something away: what a person types, as the condition that the broker judges.
import type { Command } from "commander";
import type { Narrowing } from "../core/approval/narrowing.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import { parseDuration } from "../core/time.ts";
import { durationHint } from "./own-options.ts";
import { whenHint, whenOf } from "./when.ts";

export interface NarrowingOptions {
  readonly ttl?: string;
  readonly maxRate?: string;
  readonly only?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
}

export function addNarrowingOptions(command: Command): Command {
  return command
    .option("--ttl <duration>", "yes, but in this shorter time box")
    .option("--max-rate <packets>", "yes, but at most so many packets a second")
    .option("--only <targets>", "yes, but only these of its addresses, with blanks between them")
    .option("--not-before <time>", "yes, but started no sooner: 22:00 or RFC 3339")
    .option("--not-after <time>", "yes, but started before");
}

/**
 * Undefined where nothing is to be taken away.
 *
 * @param now  milliseconds since the Unix epoch, UTC.
 */
export function narrowingOf(
  { ttl, maxRate, only, notBefore, notAfter }: NarrowingOptions,
  now: number,
): Result<Narrowing | undefined, Problem<"narrowing-usage">> {
  const narrowing: { -readonly [K in keyof Narrowing]: Narrowing[K] } = {};
  if (ttl !== undefined) {
    const seconds = parseDuration(ttl);
    if (!seconds.ok) return refused(`--ttl: ${seconds.error.message}`, durationHint);
    narrowing.ttlSeconds = seconds.value;
  }
  if (maxRate !== undefined) {
    if (!/^[1-9]\d{0,8}$/.test(maxRate)) return refused("--max-rate takes a whole number from 1 on");
    narrowing.maxRate = Number(maxRate);
  }
  if (only !== undefined) {
    const words = only.split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) return refused("--only names no target");
    narrowing.only = words;
  }
  for (const [name, key, text] of [
    ["--not-before", "notBefore", notBefore],
    ["--not-after", "notAfter", notAfter],
  ] as const) {
    if (text === undefined) continue;
    const at = whenOf(text, now);
    if (at === undefined) return refused(`${name}: that is no time`, whenHint);
    narrowing[key] = at;
  }
  return ok(Object.keys(narrowing).length === 0 ? undefined : narrowing);
}

const refused = (message: string, hint?: string): Result<never, Problem<"narrowing-usage">> =>
  err({ code: "narrowing-usage", message, ...(hint !== undefined && { hint }) });
