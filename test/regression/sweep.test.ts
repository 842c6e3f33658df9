// A crash of the wrapper left its request on record as running for ever: the next scan, or `sweep`, closes it.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
let home = "";
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function jitNmap(...words: string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(program, words, { env: { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home }, encoding: "utf8" });
}

function states(): readonly string[] {
  const listed = JSON.parse(jitNmap("requests", "--json").stdout) as {
    readonly requests: readonly { readonly state: string }[];
  };
  return listed.requests.map(({ state }) => state);
}

/** A slow scan whose wrapper is killed as soon as nmap runs. */
async function crash(): Promise<void> {
  home = mkdtempSync(join(tmpdir(), "jit-nmap-sweep-"));
  const line = ["-sT", "-Pn", "--scan-delay", "1s", "-p", "1-60", "127.0.0.1"];
  const wrapper = spawn(program, line, {
    env: { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home },
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise((resolve) => wrapper.stdout.once("data", resolve));
  const gone = new Promise((resolve) => wrapper.once("exit", resolve));
  wrapper.kill("SIGKILL");
  await gone;
}

it("is closed by the next scan, in nmap's time", async () => {
  await crash();
  expect(states()).toEqual(["running"]);
  expect(jitNmap("-sT", "-Pn", "--scan-delay", "300ms", "-p", "1,2", "127.0.0.1").status).toBe(0);
  expect(states()).toEqual(["finished", "failed"]);
  expect(jitNmap("audit", "verify").status).toBe(0);
});

it("is closed by `sweep`, which says so and finds nothing the second time", async () => {
  await crash();
  const swept = jitNmap("sweep");
  expect(swept.status).toBe(0);
  expect(swept.stdout).toMatch(/^looked at 1 session without an end, /);
  expect(swept.stdout).toMatch(/left by a crash: its program was gone/);
  expect(swept.stdout).toMatch(/taken back: processes \(\d+ ended\)|taken back: processes/);
  expect(states()).toEqual(["failed"]);
  expect(jitNmap("audit", "export").stdout).toMatch(/session\.swept/);
  expect(jitNmap("sweep").stdout).toMatch(/nothing was left/);
});

it("removes the folder of a session that stood ready for an answer when its program was killed", async () => {
  home = mkdtempSync(join(tmpdir(), "jit-nmap-sweep-"));
  mkdirSync(join(home, "policies"));
  const rule = "{ name: asked, effect: ask, ask: { votes: { daemon: 1 }, answer-within: 10m, start-within: 10m } }";
  writeFileSync(join(home, "policies", "p.yaml"), `version: 1\nrules:\n  - ${rule}\n`);
  const wrapper = spawn(program, ["--jit-wait", "5m", "-sL", "127.0.0.1"], {
    env: { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home },
    stdio: "ignore",
  });
  const gone = new Promise((resolve) => wrapper.once("exit", resolve));
  const sessions = join(home, "sessions");
  const left = (): readonly string[] => (existsSync(sessions) ? readdirSync(sessions) : []);
  while (!left().some((name) => existsSync(join(sessions, name, "lease")))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  wrapper.kill("SIGKILL");
  await gone;
  expect(left()).toHaveLength(1);
  expect(jitNmap("sweep").status).toBe(0);
  expect(left()).toEqual([]);
});
