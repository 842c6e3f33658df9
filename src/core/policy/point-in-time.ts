// A point in time as an author writes it: with its zone, or as a clock on the wall where the policy's zone holds.
// Loads temporal-polyfill: for `policy test` and `policy explain` only.
import { Temporal } from "temporal-polyfill";
import { parseTime } from "../time.ts";

/** Milliseconds since the Unix epoch, or a local time that still needs a zone. */
export type PointInTime = number | { readonly local: string };

export const pointInTimeForm = "a time such as 2026-11-23T10:00 (in the policy's zone) or 2026-11-23T10:00:00Z";

/** Undefined where the text is neither, or a day or hour that does not exist. */
export function parsePointInTime(text: string): PointInTime | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return parseTime(text);
  try {
    Temporal.PlainDateTime.from(text, { overflow: "reject" });
    return { local: text };
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds since the Unix epoch. An hour that a clock change skips counts as the hour after; of one that comes
 * twice the first is meant.
 *
 * @param zone  IANA name.
 */
export function instantOf(point: PointInTime, zone: string): number {
  if (typeof point === "number") return point;
  return Temporal.PlainDateTime.from(point.local).toZonedDateTime(zone, { disambiguation: "compatible" })
    .epochMilliseconds;
}
