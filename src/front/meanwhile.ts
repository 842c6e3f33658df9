// What is done in nmap's time, so that nobody waits for it before or after: apart from front.ts, which speaks with the
// person.
import { prepareForEnd } from "../broker/read-result.ts";
import type { Run } from "../broker/runs.ts";
import { sweep } from "../broker/sweep.ts";
import { hasMessages } from "../core/approval/outgoing.ts";
import type { Effects } from "../effects.ts";

export interface Meanwhile {
  /** Once nmap runs. */
  readonly begin: () => void;
  /** Once it is over: resolves when nothing of this is left under way. */
  readonly end: () => Promise<void>;
}

/** Loads what the end needs, sends what is to be told of the scan, and makes up for what others left undone. */
export function meanwhileOf(run: Run, fx: Effects): Meanwhile {
  let messages: Promise<{ end(): Promise<void> }> | undefined;
  return {
    begin() {
      prepareForEnd();
      // Who was asked hears how it was decided, others that it began.
      if (hasMessages(run.request)) {
        messages = import("../broker/outbox.ts").then(({ carryMeanwhile }) => carryMeanwhile(run.request, fx));
      }
      // A trail that fails says so in the steps of this scan; a sweep that could not is made up for.
      sweep(fx).catch(() => undefined);
    },
    async end() {
      await (await messages)?.end();
    },
  };
}
