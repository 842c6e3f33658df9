// The outbox while the page is up: messages that are due are sent also when no command waits for their requests.
import { carryDue } from "../broker/outbox.ts";
import type { Effects } from "../effects.ts";
import type { LogLine } from "./serving.ts";

/** At least so often: other processes put messages there, and nobody knocks. Milliseconds. */
const lookMs = 2000;

/** Sends until the signal aborts. A store that fails is told and tried again: the page says 503 meanwhile. */
export async function keepCarrying(signal: AbortSignal, fx: Effects, log: (line: LogLine) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const next = await fx.store.outbox.nextAt();
      if (next !== undefined && next <= fx.clock.now()) await carryDue(signal, fx);
    } catch (cause) {
      log({ level: "error", event: "outbox", message: cause instanceof Error ? cause.message : String(cause) });
    }
    await pause(lookMs, signal);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
