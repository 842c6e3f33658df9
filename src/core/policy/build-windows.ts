// The `windows` and `calendars` of all files, and the zone they are read in.
import { parseCalendar } from "./calendar-file.ts";
import { nearest } from "./nearest.ts";
import type { Given } from "./parse.ts";
import type { Path } from "./read-yaml.ts";
import type { Report } from "./report.ts";
import { takeName } from "./report.ts";
import type { PolicyFile } from "./schema.ts";
import { instantOf } from "./windows.ts";
import type { DaySpan, Window, Zone } from "./windows.ts";
import { zoneTable } from "./zone-table.ts";

type WindowFile = NonNullable<PolicyFile["windows"]>[string];

/** Every window by name. The zone is there where the policy has a window or a calendar, and is a zone. */
export function buildWindows(
  reports: readonly Report[],
  given: Given,
  timezone: string,
): { readonly windows: ReadonlyMap<string, Window>; readonly zone: Zone | undefined } {
  const windows = new Map<string, Window>();
  const needed = reports.some(({ file }) => file.data.windows !== undefined || file.data.calendars !== undefined);
  // A zone that is none is reported already; the windows are looked through all the same.
  const zone = needed ? (zoneTable(timezone) ?? zoneTable("UTC")) : undefined;
  if (zone === undefined) return { windows, zone };
  const calendars = buildCalendars(reports, given, zone);
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [name, window] of Object.entries(report.file.data.windows ?? {})) {
      const path = ["windows", name];
      if (!takeName(taken, name, "window", report, path)) continue;
      const built = buildWindow(report, path, window, zone, calendars);
      if (built !== undefined) windows.set(name, built);
    }
  }
  return { windows, zone };
}

function buildCalendars(reports: readonly Report[], given: Given, zone: Zone): ReadonlyMap<string, Window> {
  const calendars = new Map<string, Window>();
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [name, { ics }] of Object.entries(report.file.data.calendars ?? {})) {
      const path = ["calendars", name];
      if (!takeName(taken, name, "calendar", report, path)) continue;
      const text = given.networkFiles.get(ics);
      if (text === undefined) {
        const hint = "it must stand in the folder of the policy, as UTF-8 text that can be read";
        report.add([...path, "ics"], "value", "policy-calendar", `the calendar ${ics} can't be read`, hint);
        continue;
      }
      const spans = parseCalendar(ics, text, zone);
      if (spans.ok) calendars.set(name, { kind: "dated", words: `the events of ${ics}`, spans: spans.value });
      else report.addProblem(spans.error);
    }
  }
  return calendars;
}

function buildWindow(
  report: Report,
  path: Path,
  window: WindowFile,
  zone: Zone,
  calendars: ReadonlyMap<string, Window>,
): Window | undefined {
  if ("calendar" in window) {
    const calendar = calendars.get(window.calendar);
    const near = nearest(window.calendar, calendars.keys());
    const hint = near === undefined ? "define it under calendars: { NAME: { ics: FILE } }" : `did you mean ${near}?`;
    if (calendar === undefined && report.file.data.calendars?.[window.calendar] === undefined) {
      report.add([...path, "calendar"], "value", "policy-name", `no calendar is called ${window.calendar}`, hint);
    }
    return calendar;
  }
  if ("from" in window) return datedWindow(report, path, window, zone);
  const days = parseDays(window.days);
  if (days === undefined) {
    const hint = "write mon-fri, or mon,wed,sat-sun";
    report.add([...path, "days"], "value", "policy-value", `${JSON.stringify(window.days)} names no days`, hint);
  }
  const spans = window.hours === undefined ? [[0, 24 * 60] as const] : parseHours(window.hours);
  if (spans === undefined) {
    const hint = 'write "09:00-18:00", or "22:00-06:00" over midnight; the latest time is 24:00';
    report.add(
      [...path, "hours"],
      "value",
      "policy-value",
      `${JSON.stringify(window.hours)} is no span of hours`,
      hint,
    );
  }
  if (days === undefined || spans === undefined) return undefined;
  return { kind: "weekly", words: [window.days, window.hours ?? ""].join(" ").trim(), days, spans };
}

function datedWindow(
  report: Report,
  path: Path,
  window: { readonly from: string; readonly to: string },
  zone: Zone,
): Window | undefined {
  const times = (["from", "to"] as const).map((key) => {
    const local = parseLocal(window[key]);
    if (local === undefined) {
      report.add([...path, key], "value", "policy-value", `${window[key]} is a date or time that does not exist`);
    }
    return local;
  });
  const [from, to] = times;
  if (from === undefined || to === undefined) return undefined;
  if (from >= to) {
    report.add([...path, "to"], "value", "policy-value", "the window ends before it begins: it would never be open");
    return undefined;
  }
  const span = [instantOf(zone, from, "first"), instantOf(zone, to, "second")] as const;
  return { kind: "dated", words: `${window.from} to ${window.to}`, spans: [span] };
}

const dayNumbers = new Map(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((name, index) => [name, index]));

/** A bit for each day, Monday lowest; `fri-mon` goes over the end of the week. */
function parseDays(text: string): number | undefined {
  let days = 0;
  for (const part of text.toLowerCase().split(/\s*,\s*/)) {
    const [first = "", last = first, ...more] = part.split("-");
    const [from, to] = [dayNumbers.get(first), dayNumbers.get(last)];
    if (from === undefined || to === undefined || more.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days |= 1 << day;
      if (day === to) break;
    }
  }
  return days;
}

const clock = "(?:([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00))";
const hoursPattern = new RegExp(`^${clock}-${clock}$`);

function parseHours(text: string): readonly DaySpan[] | undefined {
  const spans: DaySpan[] = [];
  for (const part of text.split(/\s*,\s*/)) {
    const found = hoursPattern.exec(part);
    if (found === null) return undefined;
    const from = Number(found[1] ?? found[3]) * 60 + Number(found[2] ?? found[4]);
    const to = Number(found[5] ?? found[7]) * 60 + Number(found[6] ?? found[8]);
    // The same time twice could mean never or always.
    if (from === to || from === 24 * 60) return undefined;
    spans.push([from, to < from ? to + 24 * 60 : to]);
  }
  return spans;
}

/** A local time as the milliseconds that UTC would show; undefined for a date that does not exist. */
export function parseLocal(text: string): number | undefined {
  const milliseconds = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`);
  if (!Number.isFinite(milliseconds)) return undefined;
  // Date.parse takes 30 February for 2 March: what is written must come out again.
  return new Date(milliseconds).toISOString().startsWith(text) ? milliseconds : undefined;
}
