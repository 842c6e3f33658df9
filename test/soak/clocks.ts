// `node test/soak/clocks.ts [SEED]`: weekly and dated windows in nine zones, around every clock change of twenty-five
// years, against Python's zoneinfo. Beside the tables of test/core/policy/windows.test.ts, which people looked up.
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { parsePolicy } from "../../src/core/policy/parse.ts";
import type { During } from "../../src/core/policy/policy.ts";
import { openUntil } from "../../src/core/policy/windows.ts";
import { zoneTable } from "../../src/core/policy/zone-table.ts";
import { AddressSet } from "../../src/core/sets/address-set.ts";

// The rules of time as PEP 495 and policy.md have them, on naive wall clocks: nothing of ours is in it.
const other = `
import json, sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

def wall(zone, at):
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=at)).astimezone(zone).replace(tzinfo=None)

def later_in_a_gap(zone, local):
    return local.replace(tzinfo=zone).astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None)

def weekly(zone, days, spans, at):
    now = wall(zone, at)
    for back in (0, 1):
        day = datetime(now.year, now.month, now.day) - timedelta(days=back)
        if day.weekday() not in days: continue
        for start, end in spans:
            if end <= start: end += 24 * 60
            begins = later_in_a_gap(zone, day + timedelta(minutes=start))
            if begins <= now < later_in_a_gap(zone, day + timedelta(minutes=end)): return True
    return False

def dated(zone, first, last, at):
    def instant(text, fold):
        return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()
    def gap(text):
        local = datetime.fromisoformat(text)
        return later_in_a_gap(zone, local) != local
    begins = instant(first, 0)
    ends = instant(last, 0 if gap(last) else 1)
    return begins <= at < ends

for line in sys.stdin:
    zone, window, instants = json.loads(line)
    zone = ZoneInfo(zone)
    if "days" in window: answers = [weekly(zone, window["days"], window["spans"], at) for at in instants]
    else: answers = [dated(zone, window["from"], window["to"], at) for at in instants]
    print("".join("1" if answer else "0" for answer in answers))
`;

const zones = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/Santiago",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "Pacific/Auckland",
  "Pacific/Apia",
  "Europe/Dublin",
];
const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
// The past of zones is settled; their future is decided by parliaments, and two tables may have heard of it or not.
const [firstYear, lastYear] = [2000, 2024];

interface Weekly {
  readonly days: readonly number[];
  readonly spans: readonly (readonly [from: number, to: number])[];
}
interface Dated {
  readonly from: string;
  readonly to: string;
}

const two = (value: number): string => String(value).padStart(2, "0");
const clock = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

function during(zone: string, window: Weekly | Dated): During {
  const words =
    "days" in window
      ? `{ days: "${window.days.map((day) => dayNames[day]).join(",")}", hours: "${window.spans.map(([from, to]) => `${clock(from)}-${clock(to)}`).join(",")}" }`
      : `{ from: "${window.from}", to: "${window.to}" }`;
  const text = `version: 1\ntimezone: ${zone}\nwindows: { w: ${words} }\nrules: [{ name: a, effect: allow, during: [w] }]\n`;
  const given = { origin: "p", networkFiles: new Map<string, string>(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "p.yaml", text }], given);
  const found = policy.ok ? policy.value.rules[0]?.during : undefined;
  if (found === undefined) throw new Error(`${text}${JSON.stringify(policy)}`);
  return found;
}

/** Every clock change of a zone with the hours around it, and moments anywhere. Seconds since the Unix epoch. */
function momentsOf(zone: string, anywhere: readonly number[]): readonly number[] {
  const [first, last] = [Date.UTC(firstYear, 0, 8) / 1000, Date.UTC(lastYear, 11, 20) / 1000];
  const changes = (zoneTable(zone)?.changes ?? []).map((at) => at / 1000).filter((at) => at > first && at < last);
  const around = changes.flatMap((at) => Array.from({ length: 105 }, (_, index) => at + (index - 52) * 900));
  return [...around, ...anywhere.map((part) => first + Math.floor(part * (last - first)))].filter(
    (at) => at > first && at < last,
  );
}

const minutes = fc.integer({ min: 0, max: 95 }).map((quarter) => quarter * 15);
const weekly: fc.Arbitrary<Weekly> = fc.record({
  days: fc.uniqueArray(fc.nat(6), { minLength: 1 }),
  spans: fc.array(
    fc.tuple(minutes, minutes).filter(([from, to]) => from !== to),
    { minLength: 1, maxLength: 2 },
  ),
});

/** A day with a clock change in some zone, so that the ends often fall into what is left out or comes twice. */
function datedWindows(zone: string, picks: readonly number[]): readonly Dated[] {
  const changes = (zoneTable(zone)?.changes ?? []).filter((at) => new Date(at).getUTCFullYear() <= lastYear);
  if (changes.length === 0) return [];
  return picks.flatMap((pick) => {
    const change = changes[Math.floor(pick * changes.length)] ?? 0;
    const offset = zoneTable(zone)?.offsets[changes.indexOf(change)] ?? 0;
    const local = (quarters: number): string =>
      new Date(change + offset + quarters * 900_000).toISOString().slice(0, 16);
    const start = Math.floor(pick * 9973) % 12;
    return [{ from: local(start - 8), to: local(start - 8 + 1 + (Math.floor(pick * 7919) % 12)) }];
  });
}

const seed = Number(process.argv[2] ?? Date.now() % 1e9);
console.log(`clocks: windows against Python's zoneinfo, seed ${seed}`);
const [weeklies = []] = fc.sample(fc.array(weekly, { minLength: 40, maxLength: 40 }), { seed, numRuns: 1 });
const fractions = fc.double({ min: 0, max: 0.999_999, noNaN: true });
const [parts = []] = fc.sample(fc.array(fractions, { minLength: 600, maxLength: 600 }), { seed, numRuns: 1 });
const asked = zones.flatMap((zone) => {
  const moments = momentsOf(zone, parts);
  const each = (window: Weekly | Dated) => ({ zone, window, moments });
  return [...weeklies.map(each), ...datedWindows(zone, parts.slice(0, 60)).map(each)];
});
const ran = spawnSync("python3", ["-c", other], {
  input: asked.map(({ zone, window, moments }) => JSON.stringify([zone, window, moments])).join("\n"),
  encoding: "utf8",
  maxBuffer: 1 << 30,
});
if (ran.status !== 0) throw new Error(`python3 with Debian's tzdata is needed: ${ran.stderr}`);
const answers = ran.stdout.trimEnd().split("\n");
let compared = 0;
let different = 0;
let open = 0;
for (const [index, { zone, window, moments }] of asked.entries()) {
  const { windows, zone: table } = during(zone, window);
  for (const [at, moment] of moments.entries()) {
    const ours = openUntil(windows, table, moment * 1000) !== undefined;
    compared += 1;
    if (ours) open += 1;
    if (ours === (answers[index]?.charAt(at) === "1")) continue;
    different += 1;
    if (different <= 10)
      console.log(`${zone} ${JSON.stringify(window)} at ${new Date(moment * 1000).toISOString()}: ours ${ours}`);
  }
}
console.log(
  `clocks: ${compared} moments in ${asked.length} windows compared, ${open} of them open, ${different} differ`,
);
if (different > 0 || open === 0) process.exit(1);
