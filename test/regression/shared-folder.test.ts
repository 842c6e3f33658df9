// Two accounts share a state folder: each scans in it, and neither can touch what the other's nmap opens.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function scan(home: string, as?: string): { readonly status: number | null; readonly stderr: string } {
  const line = [program, "-sL", "-n", "127.0.0.1"];
  const words = as === undefined ? line : ["setpriv", `--reuid=${as}`, `--regid=${as}`, "--clear-groups", ...line];
  const env = { PATH: "/usr/bin:/bin:/usr/sbin", JIT_NMAP_HOME: home };
  return spawnSync(words[0] ?? "", words.slice(1), { env, encoding: "utf8" });
}

describe.runIf(process.getuid?.() === 0)("a state folder of two accounts", () => {
  it("lets the second one scan too, each in a folder of its own", () => {
    const home = mkdtempSync(join(tmpdir(), "jit-nmap-shared-"));
    folders.push(home);
    chmodSync(home, 0o1777);
    expect(scan(home)).toMatchObject({ status: 0, stderr: "" });
    expect(scan(home, "games")).toMatchObject({ status: 0, stderr: "" });
    expect(statSync(join(home, "account-0")).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, "account-5")).mode & 0o777).toBe(0o700);
  });

  it("refuses a private folder that somebody else made", () => {
    const home = mkdtempSync(join(tmpdir(), "jit-nmap-shared-"));
    folders.push(home);
    chmodSync(home, 0o1777);
    spawnSync("setpriv", ["--reuid=games", "--regid=games", "--clear-groups", "mkdir", join(home, "account-0")]);
    const refused = scan(home);
    expect(refused.status).toBe(78);
    expect(refused.stderr).toMatch(/not a folder of this account alone/);
  });
});

describe("a state folder that can't be made", () => {
  it.each(["/proc/x", "/dev/null/x"])("is told at once: %s", (home) => {
    expect(scan(home).status).toBe(74);
  });
});
