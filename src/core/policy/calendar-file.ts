// An iCalendar file as spans of time: what a change calendar says about when something is frozen or open.
// Loads ical.js: only where policies are read, never on the path of an allowed scan.
import ICAL from "ical.js";
import { escapeText } from "../escape.ts";
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import { instantOf } from "./windows.ts";
import type { Zone } from "./windows.ts";
import { zoneTable } from "./zone-table.ts";

/** An event that repeats without end is followed to the end of the zone's table; more than this is a mistake. */
const mostOccurrences = 20_000;

type Span = readonly [from: number, to: number];

/**
 * The events of a calendar, UTC milliseconds, the end not included; cancelled ones left out. Times without a zone, and
 * whole days, are those of the policy's zone. Failure: one sentence for the first thing that is wrong, the file's name at it.
 */
export function parseCalendar(name: string, text: string, zone: Zone): Result<readonly Span[], Problem> {
  const refuse = (message: string): Result<never, Problem> =>
    err({ code: "policy-calendar", message: escapeText(message), at: { file: name, line: 1, column: 1 } });
  try {
    const calendar = new ICAL.Component(ICAL.parse(text) as ConstructorParameters<typeof ICAL.Component>[0]);
    if (calendar.name !== "vcalendar")
      return refuse("this is no iCalendar file: it does not begin with BEGIN:VCALENDAR");
    const spans: Span[] = [];
    for (const component of calendar.getAllSubcomponents("vevent")) {
      const event = new ICAL.Event(component);
      if (event.isRecurrenceException()) continue;
      const problem = addEvent(event, zone, spans);
      if (problem !== undefined) return refuse(problem);
    }
    return ok(spans.sort((left, right) => left[0] - right[0]));
  } catch (error) {
    return refuse(`this calendar can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Occurrence {
  readonly item: ICAL.Event;
  readonly startDate: ICAL.Time;
  readonly endDate: ICAL.Time;
}

/** Adds every occurrence of an event; what is wrong with it, as a sentence. */
function addEvent(event: ICAL.Event, zone: Zone, spans: Span[]): string | undefined {
  if (event.component.getFirstPropertyValue("dtstart") === null) return "an event has no DTSTART";
  const occurrences = event.iterator();
  for (;;) {
    // The library's types do not say that it ends with nothing.
    const time = occurrences.next() as ICAL.Time | null | undefined;
    if (time === null || time === undefined) break;
    const { item, startDate, endDate } = event.getOccurrenceDetails(time) as Occurrence;
    if (String(item.component.getFirstPropertyValue("status")).toUpperCase() === "CANCELLED") {
      if (!event.isRecurring()) break;
      continue;
    }
    const named = item.component.getFirstProperty("dtstart")?.getFirstParameter("tzid");
    const from = instant(startDate, named, zone, "first");
    const to = instant(endDate, named, zone, "second");
    if (from === undefined || to === undefined) return `no time zone is called ${named ?? ""}`;
    if (from >= zone.until) break;
    if (to > from) spans.push([from, to]);
    if (spans.length > mostOccurrences)
      return `there are more than ${mostOccurrences} events: end what repeats with UNTIL`;
    if (!event.isRecurring()) break;
  }
  return undefined;
}

function instant(
  time: ICAL.Time,
  named: string | undefined,
  zone: Zone,
  repeated: "first" | "second",
): number | undefined {
  const { year, month, day, hour, minute, second } = time;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  if (time.zone.tzid === "UTC") return local;
  if (time.isDate || named === undefined) return instantOf(zone, local, repeated);
  const table = zoneTable(named);
  if (table !== undefined) return instantOf(table, local, repeated);
  // A zone that the file itself defines.
  return time.zone.tzid === "floating" ? undefined : time.toUnixTime() * 1000;
}
