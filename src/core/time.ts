// Durations and points in time as people and records write them. Pure: nothing here knows what time it is.
import { err, ok } from "./result.ts";
import type { Problem, Result } from "./result.ts";

/** Milliseconds since the epoch as RFC 3339 in UTC, with milliseconds: `2026-11-22T14:00:00.000Z`. */
export const time = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** A clock that is set back by this much, in milliseconds, was corrected; by more, it is in doubt. */
export const clockToleranceMs = 1000;

const units = new Map([
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
]);

/** A year: whoever needs a longer scan or wait has made a typing mistake. */
export const longestSeconds = 366 * 86_400;

/**
 * Reads `90s`, `15m`, `1h30m`, `2d`: whole numbers, each unit at most once, the larger first.
 *
 * @returns seconds from 1 to `longestSeconds`. Nothing, zero, a sign, a fraction or a number without a unit is refused:
 * zero never means unlimited.
 */
export function parseDuration(text: string): Result<number, Problem<"duration-syntax">> {
  const refuse = (message: string): Result<number, Problem<"duration-syntax">> =>
    err({ code: "duration-syntax", message, hint: "Write it as 90s, 15m, 1h30m or 2d." });
  if (!/^(?:\d{1,9}d)?(?:\d{1,9}h)?(?:\d{1,9}m)?(?:\d{1,9}s)?$/.test(text) || text === "") {
    return refuse(`${JSON.stringify(text)} is not a duration.`);
  }
  let seconds = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)([dhms])/g)) {
    seconds += Number(digits) * (units.get(unit ?? "") ?? Number.NaN);
  }
  if (seconds < 1) return refuse("A duration must be at least one second.");
  if (!(seconds <= longestSeconds)) return refuse("A duration must be at most a year.");
  return ok(seconds);
}

/** Seconds as `parseDuration` reads them; a fraction is rounded up, so that nothing that still lasts is shown as `0s`. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.ceil(seconds));
  let text = "";
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}

/** For estimates, which may be of any size. */
export const expectedDuration = (seconds: number): string =>
  seconds > longestSeconds ? "more than a year" : formatDuration(seconds);

/**
 * Reads RFC 3339 with a zone (`2026-11-22T14:00:00Z`, `…+01:00`).
 *
 * @returns milliseconds since the epoch; undefined when it is no such time, or one that does not exist (30 February).
 */
export function parseTime(text: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/.exec(
    text,
  );
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Date.parse takes 30 February for 2 March: what is written must come out again.
  const civil = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists =
    civil.getUTCMonth() === month - 1 && civil.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  const milliseconds = Date.parse(text.toUpperCase());
  return exists && Number.isFinite(milliseconds) ? milliseconds : undefined;
}
