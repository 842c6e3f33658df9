// What moves no end of a session, and what does: the wall clock that is set meanwhile, and a machine that slept.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { uptimeCentiseconds } from "../../src/session/processes.ts";
import { setUptime, sleepers } from "./clocks.ts";
import { guards, privateDirectory, processes, remains, startWrapper, until, type Wrapper } from "./scene.ts";

const DAY_MS = 86_400_000;

describe("a wall clock that is set while a session runs", () => {
  it("by a day forwards or backwards moves no end", async () => {
    const steps = [DAY_MS, -DAY_MS];
    const wrappers = await Promise.all(steps.map((stepMs) => startWrapper(["/bin/sleep", "60"], 2, { stepMs })));
    for (const wrapper of wrappers) wrapper.process.kill("SIGUSR2");
    const ends = await Promise.all(wrappers.map(({ ended }) => ended));
    ends.forEach((end, at) => {
      expect(end.ending).toBe("time-box");
      // By the monotonic clock; the record's own time shows that the step was there.
      expect(end.seconds).toBeGreaterThan(1.9);
      expect(Math.abs(end.endedAt - Date.now() - (steps[at] ?? 0))).toBeLessThan(DAY_MS / 2);
    });
  });

  it("wakes nothing of a session: all that sleeps does so for a time, not until one", async () => {
    const wrapper = await startWrapper(["/bin/sleep", "60"], 30);
    const pids = [wrapper.process.pid ?? 0, ...remains(wrapper.stateDir).map(({ pid }) => pid)];
    await until(() => sleepers([...pids, ...sleepsOfGuards()]).length >= 2);
    expect(sleepers([...pids, ...sleepsOfGuards()])).not.toContain(true);
    wrapper.process.kill("SIGKILL");
  });
});

/** The programs that guards wait with. */
function sleepsOfGuards(): readonly number[] {
  const sessions = new Set(guards().map(({ session }) => session));
  return processes().flatMap(({ pid, session, command }) =>
    sessions.has(session) && command.startsWith("sleep ") ? [pid] : [],
  );
}

/** A session whose machine can be said to have slept: to whoever reads how long it is up. */
async function sleeper(): Promise<{ readonly wrapper: Wrapper; readonly sleep: (seconds: number) => void }> {
  const up = uptimeCentiseconds() / 100;
  const file = join(privateDirectory(), "uptime");
  writeFileSync(file, "");
  setUptime(file, up);
  const by = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /proc/uptime && exec "$@"', file];
  const wrapper = await startWrapper(["/bin/sleep", "900"], 600, { by });
  return {
    wrapper,
    sleep: (seconds) => {
      setUptime(file, up + seconds);
    },
  };
}

const canMount = ((): boolean => {
  try {
    execFileSync("unshare", ["-m", "mount", "--bind", "/proc/loadavg", "/proc/uptime"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

// Ends at all, within the test's own patience: by itself it would end ten minutes later.
describe.skipIf(!canMount)("a machine that slept through the end of a session", () => {
  it("ends it as soon as it wakes", async () => {
    const { wrapper, sleep } = await sleeper();
    sleep(601);
    await expect(wrapper.ended).resolves.toMatchObject({ ending: "time-box" });
  });

  it("ends it also where this program does not wake", async () => {
    const { wrapper, sleep } = await sleeper();
    wrapper.process.kill("SIGSTOP");
    sleep(601);
    await until(() => !processes().some(({ pid }) => pid === wrapper.nmapPid));
    wrapper.process.kill("SIGCONT");
    await expect(wrapper.ended).resolves.toMatchObject({ ending: "time-box" });
  });

  it("ends it also where its guard does not", async () => {
    const { wrapper, sleep } = await sleeper();
    for (const { pid } of guards().filter(({ command }) => command.includes(` ${wrapper.nmapPid} `)))
      process.kill(pid, "SIGSTOP");
    sleep(601);
    await expect(wrapper.ended).resolves.toMatchObject({ ending: "time-box" });
  });

  it("and was not yet at it when it woke, goes on with it", async () => {
    const { wrapper, sleep } = await sleeper();
    sleep(500);
    // Long enough for all who look.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(processes().some(({ pid }) => pid === wrapper.nmapPid)).toBe(true);
    sleep(601);
    await expect(wrapper.ended).resolves.toMatchObject({ ending: "time-box" });
  });
});
