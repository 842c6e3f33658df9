// Accounts that are not root, with sudo's real rules between them and the runner: their scans are held by the kernel, and
// the runner is a wall against whoever started it. Everything lies in mounts and a network of the test's own.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { possible } from "../session/confined/lab.ts";

const root = join(import.meta.dirname, "../..");
const rule = /```sudoers\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
const scene = readFileSync(join(root, "test/apart/installed.sh"), "utf8");

/** Runs these lines of shell in the installation; the rule is the README's. */
function there(script: string, pty: "" | "!" = "") {
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    ROOT: root,
    NODE: process.execPath,
    RULE: rule.replaceAll("/usr/lib/jit-nmap", "/opt/jit-nmap"),
    PTY: pty,
  };
  const words = ["-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc", "sh", "-c", `${scene}\n${script}`];
  return spawnSync("unshare", words, { encoding: "utf8", env, cwd: "/", timeout: 120_000, killSignal: "SIGKILL" });
}

const isBuilt = existsSync(join(root, "dist/jit-nmap-runner.cjs")) && existsSync("/usr/bin/sudo");

describe.runIf(possible && isBuilt)("who is not root", () => {
  it.each(["", "!"] as const)("scans as root does, held by the kernel, with %suse_pty", (pty) => {
    const lines = [
      `jit alice -sS -p 9 localhost`,
      `as alice sh -c 'cd; script -qec "JIT_NMAP_SESSIONS=enforced /opt/jit-nmap/bin/jit-nmap -sS -p 9 -oN mine.txt localhost" /dev/null; stat -c "%U %a" mine.txt'`,
      `jit alice audit list --json | grep -o '"level": *"[a-z]*"' | sort | uniq -c`,
      `jit alice doctor | grep level; left`,
    ];
    const { stdout, stderr } = there(lines.join("\n"), pty);
    expect(stderr).toBe("");
    expect(stdout.match(/Nmap scan report for localhost \(127\.0\.0\.1\)/g)).toHaveLength(2);
    expect(stdout).toContain("alice 644");
    expect(stdout).toMatch(/"level": ?"enforced"/);
    expect(stdout).toContain(
      "good    level enforced: the kernel holds each scan to its plan; the runner that sudo starts",
    );
  });

  it("is told what is missing, and scans as before, where sudo does not let it", () => {
    const { stdout, stderr } = there(
      "jit mallory -sT -p 9 127.0.0.1; jit mallory doctor; chmod 666 /etc/jit-nmap/ceiling.json; jit bob doctor; rm -r /etc/jit-nmap; jit alice doctor",
    );
    expect(stderr).toContain("its packets are not held to the plan: sudo does not start the runner for this account");
    expect(stdout).toContain("9/tcp closed discard");
    expect(stdout).toMatch(
      /^wrong {3}\/etc\/jit-nmap\/ceiling.json is no ceiling: .*\n {8}fix: .*\ngood .* rules? of /m,
    );
    expect(stdout).toContain("%jit-nmap ALL = (root) NOPASSWD: NOSETENV: /opt/jit-nmap/bin/jit-nmap-runner");
    expect(stdout).toContain(
      "because: for others than root the runner needs /etc/jit-nmap/ceiling.json, and there is none",
    );
  });

  it("has no more from the runner than its own sessions below the ceiling, whatever it sends", () => {
    const hostile = join(root, "test/apart/hostile.ts");
    const fake = "printf '#!/bin/sh\\ntouch /run/was-root\\n' >/run/home/alice/nmap; chmod 755 /run/home/alice/nmap";
    const wait = `i=0; while pgrep -f "dist/[j]it-nmap-runner" >/dev/null && [ $i -lt 200 ]; do i=$((i + 1)); sleep 0.05; done`;
    const { stdout, stderr } = there(
      `${fake}; "${process.execPath}" "${hostile}"; ${wait}; jit bob -sL 127.0.0.1; left; ls /run/was-root`,
    );
    const said = new Map(
      stdout
        .split("\n")
        .filter((line) => line.startsWith("["))
        .map((line) => JSON.parse(line) as [string, unknown]),
    );
    expect(Object.fromEntries(said)).toEqual({
      level: "enforced sudo",
      "within the ceiling": "exited 0",
      "its own result": true,
      "another's result": "threw: session s00000000a1 is none of this caller's",
      "another's session swept": { kind: "not-here" },
      "another's sessions listed": [],
      "another's progress": null,
      "its own result, after another removed it": true,
      "the id of another's session": "session-io",
      "its own result, after another took its id": true,
      "addresses above the ceiling": "above-ceiling",
      "time above the ceiling": "above-ceiling",
      "an nmap of its own": "nmap-unusable",
      "an nmap behind dots": "nmap-unusable",
      "other data than root's": "nmap-data-changed",
      "another environment": "environment-changed",
      "who is not in the group": "threw: it never came",
      "without sudo": "threw: it is not started by root, nor by sudo",
      // It is the broker's end that ends a session, and its time box.
      "a killed sudo": "time-box 143",
    });
    // What nobody cleaned up, the next scan does: accounts that are leased, tables of packet rules, and processes of sessions.
    expect(stdout).toMatch(/\n0\n2\n0\n$/);
    expect(stderr).toContain("cannot access '/run/was-root'");
  });
});
