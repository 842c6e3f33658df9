// The clocks of a confined session: the wall clock that is set moves no end of it, and a machine that slept through its
// end ends it when it wakes.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uptimeCentiseconds } from "../../../src/session/processes.ts";
import { setUptime, sleepers } from "../clocks.ts";
import type { Ran } from "./in-lab.ts";
import { Lab, possible, Runner } from "./lab.ts";

const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
const PLAN = "-sS -O -p 22 10.99.1.2";
const DAY_MS = 86_400_000;

/** Pids of everything that is of this session by its account or its command, the guard and what it waits with included. */
function own(session: string): readonly number[] {
  const all = readdirSync("/proc").flatMap((entry) => {
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, "latin1");
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      const group = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2] ?? "";
      return [{ pid: Number(entry), command, group, uid: statSync(`/proc/${entry}`).uid }];
    } catch {
      return []; // no process, or one that ended while we looked
    }
  });
  const named = all.filter(({ command }) => command.includes(session));
  const groups = new Set(named.map(({ group }) => group));
  return all.filter(({ group, uid }) => groups.has(group) || uid >= 1_900_000_000).map(({ pid }) => pid);
}

describe.skipIf(!possible)("a confined session", () => {
  const lab = new Lab();
  beforeAll(async () => {
    await lab.up();
    await lab.listen();
  });
  afterAll(() => {
    lab.down();
  });

  /** A session that says at the approved host that it is there, in a program of its own. */
  async function begun(who: string, ttlSeconds: number, ...options: readonly string[]) {
    const words = [...options, join(import.meta.dirname, "in-lab.ts"), join(lab.folder, "run"), "announce"];
    const runner = new Runner(lab.start([process.execPath, ...words], { STEP_MS: who }));
    const argv = ["/usr/bin/python3", "-c", code, "knock", who];
    runner.child.stdin?.write(`${JSON.stringify([{ plan: PLAN, argv, ttlSeconds }])}\n`);
    const { session } = (await runner.next()) as { session: string };
    const { pid = 0 } = runner.child;
    const program = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1"));
    const ended = async (): Promise<Ran["end"]> => {
      const [ran] = (await runner.next()) as readonly Ran[];
      await runner.end();
      return ran?.end;
    };
    const goOn = (): void => {
      // nsenter stops with what it has entered for.
      for (const one of [pid, program]) process.kill(one, "SIGCONT");
    };
    return { session, program, ended, goOn };
  }

  it("ends when its time box does, by whatever the wall clock is set meanwhile", async () => {
    const steps = [DAY_MS, -DAY_MS];
    const stepped = join(import.meta.dirname, "../stepped-clock.ts");
    const sessions = await Promise.all(steps.map((step) => begun(String(step), 3, "--import", stepped)));
    for (const { program } of sessions) process.kill(program, "SIGUSR2");
    const ends = await Promise.all(sessions.map(({ ended }) => ended()));
    ends.forEach((end, at) => {
      expect(end).toMatchObject({ ending: "time-box", violations: [] });
      // A quarter of a second before the kernel would shut the way out by itself.
      expect(end?.seconds).toBeGreaterThan(2.7);
      expect(Math.abs((end?.endedAt ?? 0) - Date.now() - (steps[at] ?? 0))).toBeLessThan(DAY_MS / 2);
      expect(lab.knocks.has(String(steps[at]))).toBe(true);
    });
  });

  it("has nothing that sleeps until a time of the wall clock", async () => {
    const { session, program, ended } = await begun("asleep", 2);
    let seen: readonly boolean[] = [];
    // The guard's sleep, and that of the box inside.
    while (seen.length < 2) {
      seen = sleepers([program, ...own(session)]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(seen).not.toContain(true);
    await ended();
  });

  it("is over when a machine wakes that slept through its end", async () => {
    const up = uptimeCentiseconds() / 100;
    const file = join(lab.folder, "uptime");
    writeFileSync(file, "");
    setUptime(file, up);
    lab.there("mount", "--bind", file, "/proc/uptime");
    const sessions = await Promise.all(["awake", "wrapper-stopped"].map((who) => begun(who, 600)));
    const [, stopped] = sessions;
    process.kill(stopped?.program ?? 0, "SIGSTOP");
    setUptime(file, up + 601);
    await expect(sessions[0]?.ended()).resolves.toMatchObject({ ending: "time-box" });
    while (lab.there("sh", "-c", "ps -eo uid= | awk '$1 >= 1900000000' | wc -l").trim() !== "0")
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lab.there("nft", "list", "ruleset")).not.toContain("expires");
    stopped?.goOn();
    await expect(stopped?.ended()).resolves.toMatchObject({ ending: "time-box" });
  });
});
