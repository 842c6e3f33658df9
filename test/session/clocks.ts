// By which clocks processes wait, as the kernel has it, and an uptime that a test can set: what a machine shows that slept.
import { readdirSync, readFileSync, writeSync, openSync, closeSync } from "node:fs";

/** Number of clock_nanosleep(2), which coreutils' sleep waits in. */
const CLOCK_NANOSLEEP = process.arch === "arm64" ? 115 : 230;
const CLOCK_REALTIME = 0;
const TIMER_ABSTIME = 1;

/** For each thread of these that sleeps: whether setting the wall clock would wake it sooner or later. */
export function sleepers(pids: readonly number[]): readonly boolean[] {
  return pids.flatMap((pid) => {
    try {
      return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
        const [number, clock, flags] = readFileSync(`/proc/${pid}/task/${task}/syscall`, "latin1").split(" ");
        if (Number(number) !== CLOCK_NANOSLEEP) return [];
        return [Number(clock) === CLOCK_REALTIME && (Number(flags) & TIMER_ABSTIME) !== 0];
      });
    } catch {
      return []; // It ended while we looked.
    }
  });
}

/** Writes what /proc/uptime is to say where the file is mounted over it: in one step, for no reader to see half of it. */
export function setUptime(file: string, seconds: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, `${seconds.toFixed(2)} 1.00\n`, 0);
  closeSync(descriptor);
}
