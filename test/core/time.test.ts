import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, longestSeconds, parseDuration, parseTime, time } from "../../src/core/time.ts";

describe("durations", () => {
  it.each([
    ["90s", 90],
    ["15m", 900],
    ["1h30m", 5400],
    ["2d", 172_800],
    ["1d1h1m1s", 90_061],
  ])("reads %s", (text, seconds) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: seconds });
  });

  it.each([
    "",
    "0",
    "0s",
    "0h0m",
    "15",
    "-5m",
    "+5m",
    "1.5h",
    "5 m",
    "5M",
    "m",
    "1m1h",
    "1m1m",
    "5w",
    "99999999d",
    "９s",
    "1m\n",
  ])("refuses %j", (text) => {
    expect(parseDuration(text).ok).toBe(false);
  });

  it("writes what it reads", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: longestSeconds }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toEqual({ ok: true, value: seconds });
      }),
    );
    expect(formatDuration(0.2)).toBe("1s");
    expect(formatDuration(0)).toBe("0s");
  });
});

describe("times", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) }), (at) => {
        expect(parseTime(time(at))).toBe(at);
      }),
    );
  });

  it("reads zones and refuses times that do not exist or say no zone", () => {
    expect(parseTime("2026-11-22T15:00:00+01:00")).toBe(Date.UTC(2026, 10, 22, 14));
    for (const text of [
      "2026-02-30T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-11-22T24:00:00Z",
      "2026-11-22T14:00:00",
      "2026-11-22",
      "now",
      "2026-11-22T14:00:00+25:00",
    ]) {
      expect(parseTime(text)).toBeUndefined();
    }
  });
});
