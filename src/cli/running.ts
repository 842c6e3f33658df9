// What a person at the terminal sees of a scan while it runs: a key shows how far it is, and the end of the time box is
// announced. Loaded when a scan takes longer than a moment.
import type { Person, Running } from "../effects.ts";
import { listenForKeys, someoneTypes } from "./keys.ts";
import { helpLines, ownKeysLine, progressLines, timeBoxLine } from "./running-lines.ts";
import type { Signals } from "./signals.ts";

/** How much of the time box is used up when it is announced. */
const ANNOUNCED_AT = 0.8;
/** setTimeout's longest, and a while less. */
const LONGEST_TIMER_MS = 2 ** 30;

interface Desk {
  readonly device: string;
  readonly signals: Signals;
  readonly say: Person["say"];
}

export function showRunning(running: Running, desk: Desk, signal: AbortSignal): void {
  announceTheEnd(running, desk, signal);
  if (!someoneTypes()) return;
  const show = async (): Promise<void> => {
    const progress = await running.progress();
    if (signal.aborted) return;
    for (const line of progressLines(running, progress)) desk.say("note", line);
  };
  const onKey = (key: string): void => {
    if (key === "?") for (const line of helpLines) desk.say("note", line);
    else if (/^[vdp]$/i.test(key)) desk.say("note", ownKeysLine);
    else void show();
  };
  listenForKeys(desk.device, desk.signals, onKey, signal);
}

/** Once for each time box: a longer one is announced again. */
function announceTheEnd(running: Running, { say }: Desk, signal: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  let announced = 0;
  const look = (): void => {
    const ttlSeconds = running.ttlSeconds();
    const wait = (ttlSeconds * ANNOUNCED_AT - running.elapsed()) * 1000;
    if (wait <= 0 && ttlSeconds > announced) {
      announced = ttlSeconds;
      say("aside", timeBoxLine(running));
    }
    timer = setTimeout(look, wait > 0 ? Math.min(wait, LONGEST_TIMER_MS) : 1000);
  };
  look();
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
  });
}
