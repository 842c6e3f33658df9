// The words about a running scan. Pure text, so that it can be tested; running.ts says when.
import type { Running } from "../effects.ts";
import type { Progress } from "../core/results/progress.ts";
import { expectedDuration, formatDuration } from "../core/time.ts";
import { counted } from "./counted.ts";
import { clock } from "./show-time.ts";

/** How far it is: nmap's own status in our words. */
export function progressLines(running: Running, progress: Progress | undefined): readonly string[] {
  const elapsed = running.elapsed();
  const box = running.ttlSeconds();
  const left = clock(box - elapsed);
  const { estimate } = running.request.plan;
  const hosts = progress === undefined ? "" : `; ${counted(progress.hosts, "host")} reported (${progress.up} up)`;
  return [
    `${clock(elapsed)} elapsed, ${left} left of ${formatDuration(box)}${hosts}`,
    progress?.task === undefined ? expectedLine(elapsed, estimate.seconds) : taskText(progress.task),
  ];
}

/** What it was expected to take, of a scan that does not say itself how far it is. Both in seconds. */
export function expectedLine(elapsed: number, estimate: number): string {
  const expected = expectedDuration(estimate);
  return elapsed > estimate
    ? `it takes longer than the ${expected} that were expected`
    : `expected to take about ${expected} in all`;
}

function taskText({ name, percent, remainingSeconds }: NonNullable<Progress["task"]>): string {
  const done = percent === undefined ? "" : `: about ${percent.toFixed(2)}% done`;
  const remaining = remainingSeconds === undefined ? "" : `, ${clock(remainingSeconds)} remaining`;
  return `undergoing ${name}${done}${remaining}`;
}

/** That the time box is nearly used up, and what can be done. */
export function timeBoxLine(running: Running): string {
  const box = running.ttlSeconds();
  const left = formatDuration(Math.max(0, box - running.elapsed()));
  return `${left} left of the time box of ${formatDuration(box)}: jit-nmap extend ${running.request.id} DURATION`;
}

/** nmap's keys that change its output as it runs: it has no terminal, so they have no effect. */
export const ownKeysLine = "nmap's own keys are off: -v, -d and --packet-trace belong on its line";

export const helpLines: readonly string[] = [
  "any key: how far the scan is",
  "Ctrl-C: end it and keep what was found; again: end it at once",
  "Ctrl-Z: to the shell; the scan and its time box go on, fg brings it back",
];
