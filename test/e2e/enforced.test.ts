// The whole command as root, with restricted sessions, in a network and a /run of the test's own: what the rules ask of a
// session is what it gets, and the trail says so.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { possible } from "../session/confined/lab.ts";

const main = join(import.meta.dirname, "../../bin/main.ts");
const home = mkdtempSync(join(tmpdir(), "jit-nmap-enforced-"));

/** Runs these lines of shell there; `jit` is the command. */
function there(script: string, sessions: "enforced" | "advisory" | "" = "enforced") {
  const whole = `mount -t tmpfs none /run; ip link set lo up; jit() { "${process.execPath}" "${main}" "$@"; }\n${script}`;
  const env = {
    PATH: process.env["PATH"],
    JIT_NMAP_HOME: home,
    ...(sessions === "" ? {} : { JIT_NMAP_SESSIONS: sessions }),
  };
  const words = ["-n", "-m", "-p", "--fork", "--mount-proc", "sh", "-c", whole];
  return spawnSync("unshare", words, { encoding: "utf8", env, cwd: "/tmp" });
}

describe.skipIf(!possible)("a restricted session of the whole command", () => {
  beforeAll(() => {
    mkdirSync(join(home, "policies"));
    writeFileSync(
      join(home, "policies", "held.yaml"),
      `version: 1
rules:
  - { name: held, effect: allow, targets: [127.0.0.0/8], may: anything, enforcement: required, ttl: 2m }
`,
    );
  });
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });

  it("runs where a rule requires it, keeps the typed name, and is on record with what was taken back", () => {
    const { stdout, stderr, status } = there(
      "jit -sS -p 9 localhost && jit audit list --json && ls -A /run/jit-nmap/uid /run/jit-nmap/confined",
    );
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Nmap scan report for localhost (127.0.0.1)");
    expect(stdout).toMatch(/"level": ?"enforced"/);
    expect(stdout).toMatch(
      /"grant",\s*"way out",\s*"packet rules",\s*"processes",\s*("control group",\s*)?"files",\s*"uid 1900000\d{3}"/,
    );
    expect(stdout).toMatch(/"left": ?\[\]/);
    expect(stdout).toMatch(/\/run\/jit-nmap\/uid:\s*$/);
  });

  it("that finds no room in /run is on record as not started at once, and leaves nothing", () => {
    const full = "head -c 999999999 /dev/zero >/run/full 2>/dev/null; jit -sS -p 9 localhost; echo $?";
    const after = 'jit requests --json | grep -o \'"state": *"[a-z]*"\' | head -1; ls /run/jit-nmap/confined';
    const { stdout, stderr } = there(
      `mount -t tmpfs -o size=16m none /run; jit -sS -p 9 localhost >/dev/null && ${full}; rm /run/full; ${after}`,
    );
    expect(stderr).toContain("The session's private files can't be written (ENOSPC)");
    expect(stdout).toMatch(/^69\n"state": ?"failed"\n$/);
  });

  it.each([
    ["runner", "the scan ends as lost, in its own command"],
    ["main", "the scan ends as lost, and a sweep puts that on record"],
  ])("whose %s.ts is killed: %s", (program) => {
    // In a process tree of its own: nobody else's program is seen there.
    const script = `jit -sT -Pn -n -T1 -p 1-99 127.0.0.1 >/dev/null 2>/run/said & scan=$!
      runs() { ps -eo uid= | awk '$1 >= 1900000000 { found = 1 } END { exit !found }'; }
      until runs && ps -eo comm= | grep -q '^nmap$'; do sleep 0.05; done
      pkill -9 -f "[b]in/${program}.ts"; wait $scan; while runs; do sleep 0.05; done
      jit sweep >/dev/null; jit requests --json | grep -o '"state": *"[a-z]*"' | head -1
      jit audit list --json | grep -cE '"type": *"(session.ended|session.swept)"'; ls /run/jit-nmap/uid /run/jit-nmap/confined; cat /run/said`;
    const { stdout } = there(script);
    expect(stdout).toMatch(/^"state": ?"(killed|failed)"\n[1-9]/);
    expect(stdout).toMatch(/\/run\/jit-nmap\/confined:\n\n\/run\/jit-nmap\/uid:\n/);
  });

  it("is what such a rule does not cover when sessions are advisory, as they are in a folder for trials", () => {
    for (const sessions of ["advisory", ""] as const) {
      const { stderr, status } = there("jit -sS -p 9 localhost", sessions);
      expect([status, stderr.includes("denied by policy")]).toEqual([77, true]);
    }
  });
});
