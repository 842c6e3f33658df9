// A crash of the wrapper left its request on record as running for ever: the next scan, or `sweep`, closes it.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
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
  expect(jitNmap("sweep")).toMatchObject({ status: 0, stderr: expect.stringMatching(/left by a crash/) as string });
  expect(states()).toEqual(["failed"]);
  expect(jitNmap("audit", "export").stdout).toMatch(/session\.swept/);
  expect(jitNmap("sweep").stderr).toMatch(/nothing was left/);
});
