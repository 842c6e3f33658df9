// Points in time as a person types them. Apart from core/time.ts, because `22:00` means the zone of this process.
import { parseTime } from "../core/time.ts";

export const whenHint = "write it as 22:00, or with its zone: 2026-11-22T22:00:00+01:00";

/** Whether `whenOf` would read it. */
export const isWhen = (text: string): boolean => whenOf(text, 0) !== undefined;

/**
 * `22:00` is the next time that clocks here show it; everything else RFC 3339 with a zone.
 *
 * @param now  milliseconds since the Unix epoch, UTC; the answer is so too.
 */
export function whenOf(text: string, now: number): number | undefined {
  const clock = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (clock === null) return parseTime(text);
  const [hours, minutes] = [Number(clock[1]), Number(clock[2])];
  const today = new Date(now);
  today.setHours(hours, minutes, 0, 0);
  if (today.getTime() <= now) {
    today.setDate(today.getDate() + 1);
    today.setHours(hours, minutes, 0, 0);
  }
  return today.getTime();
}
