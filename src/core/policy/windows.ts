// When a rule holds: weekly hours and dated spans on the wall clock of one time zone, worked out from a table of that
// zone's offsets. No library and no look-up of the system's: a decision about time is arithmetic, and can be replayed.

/** How local time and UTC hang together, from `from` up to `until`; all in milliseconds. */
export interface Zone {
  /** IANA name. */
  readonly name: string;
  readonly from: number;
  readonly until: number;
  /** Instants at which the offset changes, ascending. */
  readonly changes: readonly number[];
  /** Local time minus UTC; one more than `changes`: the first holds before the first change. */
  readonly offsets: readonly number[];
}

/** Minutes since local midnight; `to` may lie beyond 24:00, where a span runs over midnight. */
export type DaySpan = readonly [from: number, to: number];

export type Window = {
  /** What the policy says: "mon-fri 09:00-18:00". */
  readonly words: string;
} & (
  | {
      readonly kind: "weekly";
      /** Bit n is the day n, Monday 0; a span over midnight belongs to the day on which it begins. */
      readonly days: number;
      readonly spans: readonly DaySpan[];
    }
  /** UTC milliseconds, the end not included; in any order. */
  | { readonly kind: "dated"; readonly spans: readonly (readonly [from: number, to: number])[] }
);

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** @throws RangeError outside the table: a rule that can't be evaluated denies. */
function segment(zone: Zone, instant: number): number {
  if (!(instant >= zone.from && instant < zone.until)) {
    throw new RangeError(`the time zone ${zone.name} is known from ${iso(zone.from)} to ${iso(zone.until)} only`);
  }
  let low = 0;
  let high = zone.changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((zone.changes[middle] ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

const iso = (instant: number): string => new Date(instant).toISOString().slice(0, 10);

/** The wall clock at an instant, as the milliseconds that UTC would show. @throws RangeError outside the table. */
export function localTime(zone: Zone, instant: number): number {
  return instant + (zone.offsets[segment(zone, instant)] ?? 0);
}

/**
 * The instants at which the wall clock shows this: none in a gap, two in a repeated hour, else one; ascending.
 * `gap` is by how much the clock leaps over it where there is none.
 */
function instantsOf(zone: Zone, local: number): { readonly instants: readonly number[]; readonly gap: number } {
  const instants: number[] = [];
  let gap = 0;
  const near = segment(zone, Math.min(Math.max(local, zone.from), zone.until - 1));
  for (let at = Math.max(0, near - 2); at <= Math.min(zone.changes.length, near + 2); at++) {
    const offset = zone.offsets[at] ?? 0;
    const start = zone.changes[at - 1] ?? Number.NEGATIVE_INFINITY;
    const end = zone.changes[at] ?? Number.POSITIVE_INFINITY;
    const instant = local - offset;
    if (instant >= start && instant < end) instants.push(instant);
    const next = zone.offsets[at + 1] ?? offset;
    if (next > offset && local >= end + offset && local < end + next) gap = next - offset;
  }
  return { instants, gap };
}

/** The instant of a local time; one that a gap leaves out counts as later by the gap, a repeated one as said. */
export function instantOf(zone: Zone, local: number, repeated: "first" | "second"): number {
  const { instants, gap } = instantsOf(zone, local);
  const found = repeated === "first" ? instants[0] : instants.at(-1);
  return found ?? instantsOf(zone, local + gap).instants[0] ?? local;
}

/** A boundary that the clock leaps over counts as later by as much as it leaps. */
function afterGap(zone: Zone, local: number): number {
  const { instants, gap } = instantsOf(zone, local);
  return instants.length === 0 ? local + gap : local;
}

/** The end of the span that the wall clock is in, on the wall clock; undefined where it is in none. */
function weeklyEnd(window: Window & { kind: "weekly" }, zone: Zone, local: number): number | undefined {
  let latest: number | undefined;
  const today = Math.floor(local / dayMs);
  // A span that began yesterday may still last; one may be moved into tomorrow by a gap at midnight.
  for (let day = today - 1; day <= today; day++) {
    // 1970-01-01 was a Thursday.
    if (((window.days >> ((((day + 3) % 7) + 7) % 7)) & 1) === 0) continue;
    for (const [from, to] of window.spans) {
      const end = afterGap(zone, day * dayMs + to * minuteMs);
      if (local < end && local >= afterGap(zone, day * dayMs + from * minuteMs) && end > (latest ?? 0)) latest = end;
    }
  }
  return latest;
}

/** Until when a window stays open without a break, as far as one look can tell; undefined where it is closed. */
function openTo(window: Window, zone: Zone, instant: number): number | undefined {
  if (window.kind === "dated") {
    let latest: number | undefined;
    for (const [from, to] of window.spans) if (from <= instant && instant < to && to > (latest ?? 0)) latest = to;
    return latest;
  }
  const at = segment(zone, instant);
  const offset = zone.offsets[at] ?? 0;
  const end = weeklyEnd(window, zone, instant + offset);
  if (end === undefined) return undefined;
  // The wall clock is set anew at the change: there it has to be asked again.
  return Math.min(end - offset, zone.changes[at] ?? zone.until);
}

/**
 * Until when at least one of the windows stays open without a break; undefined where all are closed at this instant.
 * A repeated hour is inside on both passes, a boundary inside a gap counts as later (policy.md).
 *
 * @param limit  looks no further than this instant, and answers it where they stay open so long.
 * @throws RangeError for an instant outside the zone's table.
 */
export function openUntil(
  windows: readonly Window[],
  zone: Zone,
  instant: number,
  limit: number = instant,
): number | undefined {
  let reached: number | undefined;
  for (;;) {
    const from: number = reached ?? instant;
    let next: number | undefined;
    for (const window of windows) {
      const to = openTo(window, zone, from);
      if (to !== undefined && to > (next ?? 0)) next = to;
    }
    if (next === undefined) return reached;
    if (next >= limit || next >= zone.until) return Math.max(Math.min(next, limit), instant);
    reached = next;
  }
}

/**
 * The first instant after this one at which the windows open or close; undefined where there is none before the limit.
 *
 * @throws RangeError for an instant outside the zone's table.
 */
export function nextChange(windows: readonly Window[], zone: Zone, instant: number, limit: number): number | undefined {
  const closes = openUntil(windows, zone, instant, limit);
  if (closes !== undefined) return closes < limit ? closes : undefined;
  let next: number | undefined;
  for (const window of windows) {
    for (const opens of openingsOf(window, zone, instant)) {
      if (opens > instant && opens < (next ?? limit)) next = opens;
    }
  }
  return next;
}

/** When a window opens next, among other instants: in a gap and in a repeated hour both passes are among them. */
function openingsOf(window: Window, zone: Zone, instant: number): readonly number[] {
  if (window.kind === "dated") return window.spans.map(([from]) => from);
  const today = Math.floor(localTime(zone, instant) / dayMs);
  const openings: number[] = [];
  // A week holds every day; a day more on both sides where a clock change moves one over midnight.
  for (let day = today - 1; day <= today + 8; day++) {
    if (((window.days >> ((((day + 3) % 7) + 7) % 7)) & 1) === 0) continue;
    for (const [from] of window.spans) {
      openings.push(...instantsOf(zone, afterGap(zone, day * dayMs + from * minuteMs)).instants);
    }
  }
  // Where a clock is set back into a span, it opens a second time at the change itself.
  for (let at = segment(zone, instant); at < zone.changes.length; at++) {
    const change = zone.changes[at] ?? zone.until;
    if (change >= instant + 9 * dayMs) break;
    openings.push(change);
  }
  return openings.filter((at) => openTo(window, zone, at) !== undefined);
}

const dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** "Fri 2026-11-27 18:00 Europe/Berlin". @throws RangeError outside the zone's table. */
export function clockWords(zone: Zone, instant: number): string {
  const local = localTime(zone, instant);
  const day = dayNames[(((Math.floor(local / dayMs) + 3) % 7) + 7) % 7] ?? "";
  return `${day} ${new Date(local).toISOString().slice(0, 16).replace("T", " ")} ${zone.name}`;
}
