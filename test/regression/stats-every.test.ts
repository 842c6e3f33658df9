// Found by a new user: `--stats-every` was accepted and showed nothing, because `--noninteractive` silences it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

it("shows nmap's status lines as often as the line asks", () => {
  const home = mkdtempSync(join(tmpdir(), "jit-nmap-stats-"));
  const program = join(import.meta.dirname, "../../bin/jit-nmap");
  const line = ["--stats-every", "200ms", "-sT", "-Pn", "--scan-delay", "500ms", "-p", "1-3", "127.0.0.1"];
  const done = spawnSync(program, line, { env: { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home }, encoding: "utf8" });
  rmSync(home, { recursive: true, force: true });
  expect(done.status).toBe(0);
  expect(done.stdout).toMatch(/^Stats: /m);
});
