// The offsets of a time zone as a table, so that decisions need no library. Loads Temporal: only where policies are
// read, never on the path of an allowed scan.
import { Temporal } from "temporal-polyfill";
import type { Zone } from "./windows.ts";

// Beyond it nobody can say today what clocks will show.
const from = Date.UTC(2000, 0, 1);
const until = Date.UTC(2070, 0, 1);

const known = new Map<string, Zone>();

/** The table of an IANA zone, from 2000 to 2070; undefined for a name that is none. */
export function zoneTable(name: string): Zone | undefined {
  const before = known.get(name);
  if (before !== undefined) return before;
  // An offset such as +02:00 is a zone for Temporal, but knows no daylight saving: whoever writes one means a place.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  let at: Temporal.ZonedDateTime;
  try {
    at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(name);
  } catch {
    return undefined;
  }
  const changes: number[] = [];
  const offsets = [at.offsetNanoseconds / 1e6];
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds >= until) break;
    at = next;
    changes.push(at.epochMilliseconds);
    offsets.push(at.offsetNanoseconds / 1e6);
  }
  const zone = { name, from, until, changes, offsets };
  known.set(name, zone);
  return zone;
}
