import { spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSessionHost } from "../../src/session/host.ts";
import {
  freshSession,
  guards,
  nmapPath,
  privateDirectory,
  processes,
  remains,
  script,
  startWrapper,
  until,
  type Seen,
  type Wrapper,
} from "./scene.ts";
import { yardstick } from "./yardstick.ts";

const slowScan = [nmapPath, "-n", "-Pn", "-sT", "-p1-100", "--scan-delay", "1s", "127.0.0.1"];

/** Someone else's processes: one that existed before, in a group and session of its own. */
function decoy(): { alive: () => boolean } {
  const child = spawn("/bin/sleep", ["60"], { detached: true, stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return { alive: () => child.exitCode === null && child.signalCode === null };
}

/** Somebody who looks around in the session's folder: of this account, and no part of the session. */
function visitor(wrapper: Wrapper): { alive: () => boolean } {
  const cwd = join(wrapper.stateDir, "sessions", wrapper.session, "work");
  const child = spawn("/bin/sleep", ["60"], { detached: true, stdio: "ignore", cwd });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return { alive: () => child.exitCode === null && child.signalCode === null };
}

describe("an accident", () => {
  it("kill -9 of this program leaves no nmap two seconds after, and touches nobody else", async () => {
    const late = yardstick();
    const before = decoy();
    const wrapper = await startWrapper(slowScan, 30);
    const after = decoy();
    wrapper.process.kill("SIGKILL");
    const seconds = await until(() => remains(wrapper.stateDir).length === 0);
    expect(seconds).toBeLessThan(2 + late());
    expect([before.alive(), after.alive()]).toEqual([true, true]);
  });

  it("kill -9 of this program before the gate is open leaves neither shell nor guard", async () => {
    const late = yardstick();
    const stateDir = privateDirectory();
    const session = freshSession();
    const stage = `const { createSessionHost } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/session/host.ts"))});
      const host = createSessionHost({ stateDir: ${JSON.stringify(stateDir)} });
      await host.prepare("${session}");
      await host.stage({ session: "${session}", argv: ["/bin/sleep", "60"], env: {}, stdout: "discard" });
      setInterval(() => undefined, 1000);`;
    const program = spawn(process.execPath, ["--input-type=module", "-e", stage], { stdio: "ignore" });
    onTestFinished(() => {
      program.kill("SIGKILL");
    });
    await until(() => guards().length > 0 && remains(stateDir).length >= 2);
    program.kill("SIGKILL");
    expect(await until(() => remains(stateDir).filter(({ pid }) => pid !== program.pid).length === 0)).toBeLessThan(
      2 + late(),
    );
    expect(readdirSync(join(stateDir, "sessions", session, "work"))).toEqual([]);
    const host = createSessionHost({ stateDir });
    await host.prepare(freshSession());
    expect(await host.abandoned()).toEqual([session]);
  });

  it("kill -9 of this program ends also what ignores TERM and what left its session", async () => {
    const late = yardstick();
    const fake = script(privateDirectory(), "trap '' TERM; setsid sleep 60 & while :; do sleep 0.2; done");
    const wrapper = await startWrapper([fake], 30);
    await until(() => processes().filter(({ cwd }) => cwd.startsWith(wrapper.stateDir)).length >= 3);
    wrapper.process.kill("SIGKILL");
    expect(await until(() => remains(wrapper.stateDir).length === 0)).toBeLessThan(2 + late());
  });

  it("spares whoever merely stands in the session's folder, also when the next run cleans up", async () => {
    const wrapper = await startWrapper(slowScan, 30);
    const guest = visitor(wrapper);
    wrapper.process.kill("SIGKILL");
    await until(() => !processes().some(({ pid }) => pid === wrapper.nmapPid) && guards().length === 0);
    await createSessionHost({ stateDir: wrapper.stateDir }).sweep(wrapper.session);
    expect(guest.alive()).toBe(true);
  });

  it("a killed guard ends the session at once", async () => {
    const late = yardstick();
    const wrapper = await startWrapper(slowScan, 30);
    const [guard] = guards().filter(({ pid, session }) => pid === session);
    process.kill(guard?.pid ?? 0, "SIGKILL");
    await expect(wrapper.ended).resolves.toMatchObject({ ending: "lost", signal: "SIGKILL" });
    expect(await until(() => remains(wrapper.stateDir).length === 0)).toBeLessThan(1 + late());
  });

  it("a stopped guard does not keep the time box open", async () => {
    const late = yardstick();
    const wrapper = await startWrapper(slowScan, 1);
    for (const { pid } of guards()) process.kill(pid, "SIGSTOP");
    const end = await wrapper.ended;
    expect(end.ending).toBe("time-box");
    expect(end.seconds).toBeLessThan(3 + late());
    expect(await until(() => remains(wrapper.stateDir).length === 0)).toBeLessThan(1 + late());
  });

  it("polite signals to the guard do not make it leave its post", async () => {
    const wrapper = await startWrapper(["/bin/sleep", "1"], 30);
    for (const { pid } of guards()) {
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1"] as const) process.kill(pid, signal);
    }
    await expect(wrapper.ended).resolves.toMatchObject({ ending: "exited", exitCode: 0 });
  });

  it("of this program and the guard is cleaned up by the next run, once", async () => {
    const wrapper = await startWrapper(slowScan, 30);
    const host = createSessionHost({ stateDir: wrapper.stateDir });
    await expect(host.sweep(wrapper.session)).resolves.toEqual({ kind: "running" });
    // Stopped first: neither can act on the other's death.
    const left = guards();
    for (const { pid } of left) process.kill(pid, "SIGSTOP");
    wrapper.process.kill("SIGKILL");
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    await until(() => !processes().some(({ pid }) => pid === wrapper.process.pid));
    const bystander = decoy();
    expect(processes().some(({ pid }) => pid === wrapper.nmapPid)).toBe(true);
    const swept = await host.sweep(wrapper.session);
    expect(swept).toMatchObject({ kind: "over", revocation: { revoked: ["processes"] } });
    expect(swept.kind === "over" && swept.revocation.processesEnded).toBeGreaterThan(0);
    await until(() => remains(wrapper.stateDir).length === 0);
    await host.discard(wrapper.session);
    expect(existsSync(join(wrapper.stateDir, "sessions", wrapper.session))).toBe(false);
    await expect(host.sweep(wrapper.session)).resolves.toEqual({ kind: "not-here" });
    expect(bystander.alive()).toBe(true);
  });

  it("before the launch leaves files only, and the next run removes them", async () => {
    const stateDir = privateDirectory();
    const host = createSessionHost({ stateDir });
    const session = freshSession();
    await host.prepare(session);
    await expect(host.sweep(session)).resolves.toEqual({ kind: "running" });
    expect(readdirSync(join(stateDir, "sessions"))).toEqual([session]);
  });
});

const asRoot = process.geteuid?.() === 0;
const nobody = 65_534;
const TTL_SECONDS = 2;

/** Which processes of a session get which signal; the table of the restricted kind is confined/accidents.test.ts. */
const ROWS: readonly (readonly [name: string, who: "wrapper" | "guard" | "nmap", signal: NodeJS.Signals])[] = [
  ["wrapper killed", "wrapper", "SIGKILL"],
  ["wrapper hung up on", "wrapper", "SIGHUP"],
  ["wrapper stopped", "wrapper", "SIGSTOP"],
  ["guard killed", "guard", "SIGKILL"],
  ["guard stopped", "guard", "SIGSTOP"],
  ["nmap stopped", "nmap", "SIGSTOP"],
];

describe.skipIf(!asRoot)("of an ordinary user, whatever is killed or stopped,", () => {
  it("a scan and what it started elsewhere are over two seconds after the time box", async () => {
    const late = yardstick();
    const rows = await Promise.all(
      ROWS.map(async ([name, who, signal]) => {
        const stateDir = privateDirectory();
        const fake = script(stateDir, "setsid sleep 300 & exec sleep 300");
        chownSync(stateDir, nobody, nobody);
        const by = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
        const wrapper = await startWrapper([fake], TTL_SECONDS, { stateDir, by });
        const begun = performance.now();
        const own = (): readonly Seen[] =>
          processes().filter(({ pid, cwd }) => cwd.startsWith(stateDir) && pid !== wrapper.process.pid);
        await until(() => own().length >= 2);
        const guard = guards().filter(({ command }) => command.includes(` ${wrapper.nmapPid} `));
        const pids = {
          wrapper: [wrapper.process.pid ?? 0],
          guard: guard.map(({ pid }) => pid),
          nmap: own().map(({ pid }) => pid),
        };
        expect([name, pids[who].length > 0]).toEqual([name, true]);
        for (const pid of pids[who]) process.kill(pid, signal);
        await until(() => own().length === 0);
        return [name, (performance.now() - begun) / 1000] as const;
      }),
    );
    expect(rows.filter(([, dead]) => dead > TTL_SECONDS + 2 + late())).toEqual([]);
  });
});
