import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNmapXml } from "../../src/core/results/nmap-xml.ts";
import { createSessionHost } from "../../src/session/host.ts";
import { freshSession, nmapPath, privateDirectory, remains, script, startWrapper, until } from "./scene.ts";
import { yardstick } from "./yardstick.ts";
import { startSession } from "./start-session.ts";

/** The promise of security.md: everything dead two seconds after the time box, at the latest. */
const GRACE_SECONDS = 2;

async function run(argv: (xml: string) => readonly string[], ttlSeconds: number, extensions: readonly number[] = []) {
  const stateDir = privateDirectory();
  const host = createSessionHost({ stateDir });
  const session = freshSession();
  const { xml } = await host.prepare(session);
  const begin = performance.now();
  const started = await startSession(host, {
    session,
    argv: argv(xml),
    env: { PATH: "/usr/bin:/bin" },
    ttlSeconds,
    stdout: "discard",
  });
  if (!started.ok) throw new Error(started.error.message);
  for (const seconds of extensions) started.value.extend(seconds);
  const end = await started.value.ended;
  return { host, session, end, stateDir, seconds: (performance.now() - begin) / 1000 };
}

describe("the time box", () => {
  it("ends a slow scan and keeps the hosts that were finished", async () => {
    const late = yardstick();
    const slow = ["-n", "-Pn", "-sT", "-p1,2", "--scan-delay", "200ms", "--max-retries", "0", "--max-hostgroup", "1"];
    const { host, session, end, seconds } = await run((xml) => [nmapPath, ...slow, "-oX", xml, "127.0.0.1-50"], 2);
    expect(end.ending).toBe("time-box");
    expect(seconds).toBeGreaterThan(1.95);
    expect(seconds).toBeLessThan(2 + GRACE_SECONDS + late());
    const summary = readNmapXml(await host.read(session, "xml"));
    expect(summary.complete).toBe(false);
    expect(summary.hosts.up).toBeGreaterThan(0);
    expect(summary.hosts.up).toBeLessThan(50);
  });

  it("ends what ignores every polite signal, forks, and starts groups and sessions of its own", async () => {
    const late = yardstick();
    const directory = privateDirectory();
    const fake = script(
      directory,
      `trap '' INT TERM HUP
       (trap '' TERM INT; while :; do sleep 0.3; done) &
       setsid sh -c 'trap "" TERM; while :; do sleep 0.3; done' &
       setsid sh -c 'sh -c "while :; do sleep 0.3; done" & exit 0'
       perl -e 'setpgrp(0,0); sleep 60' &
       while :; do sleep 0.3; done`,
    );
    const { stateDir, end, seconds } = await run(() => [fake], 1);
    expect(end.ending).toBe("time-box");
    expect(seconds).toBeLessThan(1 + GRACE_SECONDS + late());
    // Killed before `ended` resolved; the kernel may need a moment to take them away.
    expect(await until(() => remains(stateDir).length === 0)).toBeLessThan(0.5 + late());
  });

  it("leaves nothing of a scan that ended by itself but forked before", async () => {
    const late = yardstick();
    const fake = script(privateDirectory(), "sleep 60 & setsid sleep 61 & sleep 0.1; exit 0");
    const { stateDir, end } = await run(() => [fake], 20);
    expect(end).toMatchObject({ ending: "exited", exitCode: 0 });
    // Killed before `ended` resolved; the kernel may need a moment to take them away.
    expect(await until(() => remains(stateDir).length === 0)).toBeLessThan(0.5 + late());
  });

  it("does not end a session early whose box is longer than a timer can count", async () => {
    const { end } = await run(() => ["/bin/sleep", "0.3"], 40 * 86_400);
    expect(end).toMatchObject({ ending: "exited", exitCode: 0 });
  });

  it("ends also while this program is stopped, and is told as such afterwards", async () => {
    const late = yardstick();
    const wrapper = await startWrapper(["/bin/sleep", "60"], 1);
    wrapper.process.kill("SIGSTOP");
    const seconds = await until(() => readState(wrapper.nmapPid) === undefined || readState(wrapper.nmapPid) === "Z");
    expect(seconds).toBeLessThan(1 + GRACE_SECONDS + late());
    expect(performance.now() - wrapper.begunAt).toBeGreaterThan(950);
    wrapper.process.kill("SIGCONT");
    await expect(wrapper.ended).resolves.toMatchObject({ ending: "time-box", signal: "SIGTERM" });
  });

  it("can be made longer while it lasts, never shorter, and holds again then", async () => {
    const late = yardstick();
    const { end } = await run(() => ["/bin/sleep", "1.7"], 1, [30, 2]);
    expect(end).toMatchObject({ ending: "exited", exitCode: 0 });
    const held = await run(() => ["/bin/sleep", "60"], 1, [2]);
    expect(held.end.ending).toBe("time-box");
    expect(held.seconds).toBeGreaterThan(1.95);
    expect(held.seconds).toBeLessThan(2 + GRACE_SECONDS + late());
  });

  it("that was made longer is held by the guard too, also when this program is stopped", async () => {
    const late = yardstick();
    const wrapper = await startWrapper(["/bin/sleep", "60"], 1, { extendTo: 2 });
    wrapper.process.kill("SIGSTOP");
    const seconds = await until(() => readState(wrapper.nmapPid) === undefined || readState(wrapper.nmapPid) === "Z");
    expect(performance.now() - wrapper.begunAt).toBeGreaterThan(1950);
    expect(seconds).toBeLessThan(2 + GRACE_SECONDS + late());
    wrapper.process.kill("SIGKILL");
  });

  it("ends a scan that is itself stopped", async () => {
    const late = yardstick();
    const wrapper = await startWrapper(["/bin/sleep", "60"], 1);
    process.kill(wrapper.nmapPid, "SIGSTOP");
    const end = await wrapper.ended;
    expect(end).toMatchObject({ ending: "time-box", signal: "SIGKILL" });
    expect(end.seconds).toBeLessThan(1 + GRACE_SECONDS + late());
  });
});

function readState(pid: number): string | undefined {
  try {
    const stat = readFileSync(join("/proc", String(pid), "stat"), "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  } catch {
    return undefined;
  }
}
