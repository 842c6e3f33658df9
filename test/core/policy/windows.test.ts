// Windows across daylight saving in six zones, as tables: what the wall clock shows there was looked up by hand in the
// zones' rules (IANA tzdata), not computed by this program. And calendars, which are windows from a file.
import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import type { During } from "../../../src/core/policy/policy.ts";
import { openUntil } from "../../../src/core/policy/windows.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";

function during(zone: string, window: string, files: Readonly<Record<string, string>> = {}): During {
  const calendars = Object.keys(files).map((name) => `  ${name.replace(".ics", "")}: { ics: ${name} }\n`);
  const text =
    `version: 1\ntimezone: ${zone}\nwindows:\n  w: ${window}\n` +
    (calendars.length > 0 ? `calendars:\n${calendars.join("")}` : "") +
    "rules: [{ name: a, effect: allow, during: [w] }]\n";
  const given = { origin: "p", networkFiles: new Map(Object.entries(files)), attached: AddressSet.empty };
  const result = parsePolicy([{ name: "p.yaml", text }], given);
  const found = result.ok ? result.value.rules[0]?.during : undefined;
  if (found === undefined) throw new Error(JSON.stringify(result));
  return found;
}

/** The spans of a day or two in which the window is open, as UTC, found by asking every five minutes. */
function spans(when: During, from: string, to: string): readonly string[] {
  const found: string[] = [];
  let start: string | undefined;
  const clock = (at: number): string => new Date(at).toISOString().slice(5, 16);
  for (let at = Date.parse(from); at <= Date.parse(to); at += 300_000) {
    const open = at < Date.parse(to) && openUntil(when.windows, when.zone, at) !== undefined;
    if (open) start ??= clock(at);
    else if (start !== undefined) {
      found.push(`${start} ${clock(at)}`);
      start = undefined;
    }
  }
  return found;
}

const daily = (hours: string): string => `{ days: mon-sun, hours: "${hours}" }`;

describe("a gap counts as later, a repeated hour counts twice", () => {
  test.each([
    // Berlin leaps from 02:00 to 03:00 (01:00Z) on 29 March, and from 03:00 back to 02:00 (01:00Z) on 25 October 2026.
    ["Europe/Berlin", "01:00-05:00", "2026-03-28T22:00Z", "2026-03-29T20:00Z", ["03-29T00:00 03-29T03:00"]],
    ["Europe/Berlin", "02:30-05:00", "2026-03-28T22:00Z", "2026-03-29T20:00Z", ["03-29T01:30 03-29T03:00"]],
    ["Europe/Berlin", "01:00-02:30", "2026-03-28T22:00Z", "2026-03-29T20:00Z", ["03-29T00:00 03-29T01:30"]],
    ["Europe/Berlin", "02:00-03:00", "2026-10-24T22:00Z", "2026-10-25T20:00Z", ["10-25T00:00 10-25T02:00"]],
    [
      "Europe/Berlin",
      "02:15-02:45",
      "2026-10-24T22:00Z",
      "2026-10-25T20:00Z",
      ["10-25T00:15 10-25T00:45", "10-25T01:15 10-25T01:45"],
    ],
    ["Europe/Berlin", "22:00-06:00", "2026-10-24T18:00Z", "2026-10-25T18:00Z", ["10-24T20:00 10-25T05:00"]],
    // New York leaps at 02:00 on 8 March (07:00Z) and back at 02:00 on 1 November 2026 (06:00Z).
    ["America/New_York", "02:30-04:00", "2026-03-08T04:00Z", "2026-03-09T03:00Z", ["03-08T07:30 03-08T08:00"]],
    [
      "America/New_York",
      "01:30-03:00",
      "2026-11-01T04:00Z",
      "2026-11-02T04:00Z",
      ["11-01T05:30 11-01T06:00", "11-01T06:30 11-01T08:00"],
    ],
    // Lord Howe moves by half an hour: forward at 02:00 on 4 October (15:30Z), back at 02:00 on 5 April 2026 (15:00Z).
    ["Australia/Lord_Howe", "01:30-03:00", "2026-04-04T12:00Z", "2026-04-05T12:00Z", ["04-04T14:30 04-04T16:30"]],
    ["Australia/Lord_Howe", "02:15-03:00", "2026-10-03T12:00Z", "2026-10-04T12:00Z", ["10-03T15:45 10-03T16:00"]],
    // Santiago leaps at midnight: 6 September 2026 begins at 01:00 (04:00Z); 4 April ends twice (back at 24:00, 03:00Z on 5 April).
    ["America/Santiago", "00:00-02:00", "2026-09-05T12:00Z", "2026-09-06T12:00Z", ["09-06T04:00 09-06T05:00"]],
    ["America/Santiago", "23:00-24:00", "2026-04-04T12:00Z", "2026-04-05T12:00Z", ["04-05T02:00 04-05T04:00"]],
    // Kathmandu has no daylight saving and lies 5:45 ahead; Casablanca was an hour back during Ramadan (15 February to 22 March 2026).
    ["Asia/Kathmandu", "09:00-18:00", "2026-06-01T00:00Z", "2026-06-02T00:00Z", ["06-01T03:15 06-01T12:15"]],
    [
      "Africa/Casablanca",
      "09:00-10:00",
      "2026-03-21T00:00Z",
      "2026-03-23T00:00Z",
      ["03-21T09:00 03-21T10:00", "03-22T08:00 03-22T09:00"],
    ],
  ])("%s %s from %s", (zone, hours, from, to, expected) => {
    expect(spans(during(zone, daily(hours)), from, to)).toEqual(expected);
  });
});

test("days are those of the zone, and a span over midnight belongs to the day on which it begins", () => {
  const friday = during("Europe/Berlin", '{ days: fri, hours: "22:00-06:00" }');
  expect(spans(friday, "2026-11-26T00:00Z", "2026-11-30T00:00Z")).toEqual(["11-27T21:00 11-28T05:00"]);
  const weekend = during("Pacific/Auckland", "{ days: sat-sun }");
  expect(spans(weekend, "2026-11-26T00:00Z", "2026-11-30T00:00Z")).toEqual(["11-27T11:00 11-29T11:00"]);
  const twice = during("UTC", '{ days: "mon,wed-thu", hours: "09:00-12:00,13:00-17:00" }');
  expect(spans(twice, "2026-11-23T00:00Z", "2026-11-25T10:00Z")).toEqual([
    "11-23T09:00 11-23T12:00",
    "11-23T13:00 11-23T17:00",
    "11-25T09:00 11-25T10:00",
  ]);
});

test("a dated window is local, its end not included, and a repeated end counts as the second", () => {
  const freeze = during("Europe/Berlin", '{ from: "2026-12-20T00:00", to: "2027-01-04T00:00" }');
  const open = (time: string) => openUntil(freeze.windows, freeze.zone, Date.parse(time)) !== undefined;
  expect([
    open("2026-12-19T22:59:59Z"),
    open("2026-12-19T23:00Z"),
    open("2027-01-03T22:59:59Z"),
    open("2027-01-03T23:00Z"),
  ]).toEqual([false, true, true, false]);
  const repeated = during("Europe/Berlin", '{ from: "2026-10-25T02:30", to: "2026-10-25T02:45" }');
  expect(spans(repeated, "2026-10-24T22:00Z", "2026-10-25T06:00Z")).toEqual(["10-25T00:30 10-25T01:45"]);
});

test("says until when it stays open: over the end of a day, over midnight, and no further than it was asked", () => {
  const until = (when: During, now: string, limit: string): string =>
    new Date(openUntil(when.windows, when.zone, Date.parse(now), Date.parse(limit)) ?? Number.NaN).toISOString();
  const hours = during("Europe/Berlin", '{ days: mon-fri, hours: "09:00-18:00" }');
  expect(until(hours, "2026-11-27T16:50Z", "2026-11-27T20:00Z")).toBe("2026-11-27T17:00:00.000Z");
  expect(until(hours, "2026-11-27T16:50Z", "2026-11-27T16:55Z")).toBe("2026-11-27T16:55:00.000Z");
  const weekdays = during("Europe/Berlin", "{ days: mon-fri }");
  expect(until(weekdays, "2026-11-23T10:00Z", "2026-12-31T00:00Z")).toBe("2026-11-27T23:00:00.000Z");
  // The whole night of a clock change, from 22:00 to 06:00 local.
  const night = during("Europe/Berlin", daily("22:00-06:00"));
  expect(until(night, "2026-10-24T20:00Z", "2026-10-26T00:00Z")).toBe("2026-10-25T05:00:00.000Z");
  expect(until(night, "2026-03-28T21:00Z", "2026-03-30T00:00Z")).toBe("2026-03-29T04:00:00.000Z");
});

test("a time that the zone's table does not know can't be judged", () => {
  const always = during("UTC", "{ days: mon-sun }");
  expect(() => openUntil(always.windows, always.zone, Date.parse("2071-01-01T00:00Z"))).toThrow(
    /2000-01-01 to 2070-01-01/,
  );
});

describe("calendars", () => {
  const calendar = (...events: string[]): string =>
    [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      ...events.flatMap((event) => ["BEGIN:VEVENT", ...event.split(" "), "END:VEVENT"]),
      "END:VCALENDAR",
      "",
    ].join("\r\n");
  const read = (...events: string[]): During =>
    during("Europe/Berlin", "{ calendar: c }", { "c.ics": calendar(...events) });

  test("events in UTC, in a zone of their own, without a zone, and of whole days", () => {
    const all = read(
      "UID:1 DTSTART:20261124T080000Z DTEND:20261124T090000Z",
      "UID:2 DTSTART;TZID=America/New_York:20261124T080000 DTEND;TZID=America/New_York:20261124T090000",
      "UID:3 DTSTART:20261125T080000 DURATION:PT90M",
      "UID:4 DTSTART;VALUE=DATE:20261127",
      "UID:5 STATUS:CANCELLED DTSTART:20261128T080000Z DTEND:20261128T090000Z",
    );
    expect(spans(all, "2026-11-24T00:00Z", "2026-11-29T00:00Z")).toEqual([
      "11-24T08:00 11-24T09:00",
      "11-24T13:00 11-24T14:00",
      "11-25T07:00 11-25T08:30",
      "11-26T23:00 11-27T23:00",
    ]);
  });

  test("what repeats keeps its local hour over a clock change, without its exceptions", () => {
    const weekly = read(
      "UID:1 DTSTART;TZID=Europe/Berlin:20261018T220000 DTEND;TZID=Europe/Berlin:20261018T230000 RRULE:FREQ=WEEKLY EXDATE;TZID=Europe/Berlin:20261101T220000",
    );
    expect(spans(weekly, "2026-10-18T00:00Z", "2026-11-10T00:00Z")).toEqual([
      "10-18T20:00 10-18T21:00",
      "10-25T21:00 10-25T22:00",
      "11-08T21:00 11-08T22:00",
    ]);
  });

  test("an event in a zone that nobody knows is an error, not an hour", () => {
    expect(() => read("UID:1 DTSTART;TZID=Mars/Olympus:20261124T080000 DURATION:PT1H")).toThrow(
      /no time zone is called Mars\/Olympus/,
    );
  });
});
