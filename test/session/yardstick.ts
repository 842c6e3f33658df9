// How slow this machine is while a test runs, so that a promise in seconds is held to on a busy one too: a program waits,
// ends and is started anew over and over, which is what the ends of sessions are made of.
import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";

const PAUSE_SECONDS = 0.1;
/** From the first look at the clock to the last process that is gone it takes no more starts and wake-ups than these. */
const STEPS = 20;

/** Begins to measure; the answer is for how many seconds more than promised this machine is to blame, so far. */
export function yardstick(): () => number {
  const loop = spawn("/bin/sh", ["-c", `while sleep ${PAUSE_SECONDS}; do echo; done`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => {
    loop.kill("SIGKILL");
  });
  let last = performance.now();
  let longest = 0;
  const note = (): void => {
    const now = performance.now();
    longest = Math.max(longest, (now - last) / 1000 - PAUSE_SECONDS);
    last = now;
  };
  loop.stdout.on("data", note);
  return () => {
    // What has not come yet is late too.
    const since = (performance.now() - last) / 1000 - PAUSE_SECONDS;
    return STEPS * Math.max(longest, since, 0.002);
  };
}
