// The built program before a running scan, at a terminal and under a shell with job control: what keys do, and that the
// terminal is as it was on every way out.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runInPty, type PtyProgram } from "./pty.ts";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), "jit-running-"));
  folders.push(folder);
  mkdirSync(join(folder, "policies"));
  const policy = "version: 1\nrules:\n  - { name: near, effect: allow, targets: [127.0.0.1], ttl: 5m }\n";
  writeFileSync(join(folder, "policies/near.yaml"), policy);
  return folder;
}

/** Lasts until it is ended: a closed port a second. */
const slow = ["-sT", "-Pn", "-p", "1-900", "--scan-delay", "1s", "127.0.0.1"];

/** A shell with job control, as a person has it; its prompt is `>`. */
function shell(): PtyProgram & { run(line: string): void } {
  const folder = home();
  const env = { JIT_NMAP_HOME: folder, HOME: folder, PS1: "> ", HISTFILE: "", JIT: program };
  const bash = runInPty(["/bin/bash", "--norc", "--noprofile", "-i"], { cwd: folder, env });
  return {
    ...bash,
    run: (line) => {
      bash.type(`${line}\r`);
    },
  };
}

function scan(words: readonly string[] = slow): PtyProgram {
  const folder = home();
  return runInPty([program, ...words], { cwd: folder, env: { JIT_NMAP_HOME: folder, HOME: folder } });
}

async function leave(sh: PtyProgram): Promise<void> {
  sh.hangUp();
  await sh.ended;
}

/** Types the key until it has shown something: a scan takes keys only after its first moments. */
async function press(key: string, pattern: RegExp, on: PtyProgram): Promise<string> {
  const timer = setInterval(() => {
    on.type(key);
  }, 200);
  try {
    return await on.shows(pattern);
  } finally {
    clearInterval(timer);
  }
}

const status =
  /jit-nmap: 0:0\d:\d\d elapsed, 0:0\d:\d\d left of 5m; 0 hosts reported \(0 up\)\njit-nmap: (?:expected to take about|it takes longer than)/;

describe.concurrent("a key while nmap runs", () => {
  it("shows how far it is, on standard error, and is not echoed", async () => {
    const running = scan();
    const screen = await press(" ", status, running);
    expect(screen).not.toMatch(/^ +$/m);
    running.type("\u0003");
    expect(await running.ended).toBe(130);
  });

  it("Ctrl-C twice ends it at once", async () => {
    const running = scan();
    await press(" ", status, running);
    running.type("\u0003\u0003");
    expect(await running.ended).toBe(130);
    expect(await running.screen()).toMatch(/jit-nmap: error: the scan was interrupted/);
  });

  it("shows what a verbose nmap is at", async () => {
    const running = scan(["-v", ...slow]);
    await press("\r", /jit-nmap: undergoing Connect Scan/, running);
    running.type("\u0003");
    await running.ended;
  });

  it("? lists the keys, and nmap's own say where they belong", async () => {
    const running = scan();
    await press("?", /any key: how far the scan is\n.*Ctrl-C: .*\n.*Ctrl-Z: /, running);
    await press("v", /-v, -d and --packet-trace belong on its line/, running);
    running.type("\u0003");
    await running.ended;
  });

  it("leaves standard output to nmap, byte for byte", async () => {
    const folder = home();
    const env = { JIT_NMAP_HOME: folder, HOME: folder, JIT: program };
    const line = `"$JIT" -sT -Pn -p 1-2 --scan-delay 2s 127.0.0.1 >out`;
    const running = runInPty(["/bin/sh", "-c", line], { cwd: folder, env });
    await press(" ", /left of 5m/, running);
    expect(await running.ended).toBe(0);
    expect(readFileSync(join(folder, "out"), "utf8")).toMatch(/^Starting Nmap [^]*\nNmap done: .*\n$/);
    expect(readFileSync(join(folder, "out"), "utf8")).not.toContain("jit-nmap");
  });
});

describe.concurrent("the terminal is as it was", () => {
  const modes = "stty -a | grep -oE -e '-?(echo|icanon|isig) ' | tr -d '\\n'; echo '=modes'";
  const cooked = /^isig icanon echo =modes/m;

  it("after Ctrl-C, which ends the scan gently and keeps what was found", async () => {
    const sh = shell();
    sh.run(`"$JIT" ${slow.join(" ")}; echo "code $?"; ${modes}`);
    await press(" ", status, sh);
    sh.type("\u0003");
    const screen = await sh.shows(/=modes$/m);
    expect(screen).toMatch(/what was found is kept: jit-nmap results r\w{10}\n.*code 130/);
    expect(screen).toMatch(cooked);
    await leave(sh);
  });

  it("after a scan that was killed", async () => {
    const sh = shell();
    sh.run(`"$JIT" ${slow.join(" ")} & echo "pid $!"; fg`);
    const [, pid = ""] = /pid (\d+)/.exec(await press(" ", status, sh)) ?? [];
    process.kill(Number(pid), "SIGTERM");
    await sh.shows(/was interrupted/);
    sh.run(modes);
    expect(await sh.shows(/=modes$/m)).toMatch(cooked);
    await leave(sh);
  });

  it("while Ctrl-Z has put the front aside; the scan goes on, and fg brings back the keys", async () => {
    const sh = shell();
    sh.run(`"$JIT" ${slow.join(" ")}`);
    await press(" ", status, sh);
    sh.type("\u001a");
    await sh.shows(/Stopped/);
    sh.run(modes);
    expect(await sh.shows(/=modes$/m)).toMatch(cooked);
    sh.run(`pgrep -f "$JIT_NMAP_HOME/sessions" | sed 's/.*/alive/'`);
    await sh.shows(/^alive/m);
    sh.run("echo bac''k; fg");
    await press(" ", /^back\n[^]* elapsed, /m, sh);
    sh.type("\u0003");
    await sh.shows(/was interrupted/);
    await leave(sh);
  });

  it("when the scan ends in the background", async () => {
    const sh = shell();
    sh.run(`"$JIT" -sT -Pn -p 1-3 --scan-delay 1s 127.0.0.1`);
    await press(" ", /left of 5m/, sh);
    sh.type("\u001a");
    await sh.shows(/Stopped/);
    sh.run("bg; wait; jobs; echo all ended");
    const screen = await sh.shows(/^all ended/m);
    expect(screen).toMatch(/Done/);
    expect(screen.slice(screen.indexOf("bg; wait"))).not.toContain("Stopped");
    await leave(sh);
  });
});

describe.concurrent("the time box", () => {
  it("holds while the front is stopped: fg finds the scan ended, with what was found", async () => {
    const sh = shell();
    sh.run(`"$JIT" --jit-ttl 3s ${slow.join(" ")}`);
    await press(" ", /left of 3s/, sh);
    sh.type("\u001a");
    await sh.shows(/Stopped/);
    sh.run(`while pgrep -f "$JIT_NMAP_HOME/sessions" >/dev/null; do sleep 0.1; done; fg; echo "code $?"`);
    const screen = await sh.shows(/^code \d+/m);
    expect(screen).toMatch(/the time box of 3s ended the scan/);
    expect(screen).toMatch(/^code 124/m);
    await leave(sh);
  });

  it("is announced at four fifths, and beforehand when it may be too short", async () => {
    const running = scan(["--jit-ttl", "5s", ...slow]);
    expect(await running.ended).toBe(124);
    expect(await running.screen()).toMatch(
      /^jit-nmap: may take 15m, its time box is 5s: what is found by then is kept\nStarting Nmap .*\njit-nmap: 1s left of the time box of 5s: jit-nmap extend r\w{10} DURATION\njit-nmap: error: the time box of 5s ended the scan\n/,
    );
  });
});

describe.concurrent("what is said beside nmap's output", () => {
  it("is broken between words on a narrow terminal, and not at all in a file", async () => {
    const folder = home();
    const env = { JIT_NMAP_HOME: folder, HOME: folder, JIT: program };
    const line = `"$JIT" -sT 10.0.0.1; "$JIT" -sT 10.0.0.1 2>said`;
    const running = runInPty(["/bin/sh", "-c", line], { cwd: folder, env, columns: 40 });
    expect(await running.ended).toBe(77);
    const whole = /^jit-nmap: error: denied by policy; nothing ran \(jit-nmap show r\w{10}\)$/m;
    expect(readFileSync(join(folder, "said"), "utf8")).toMatch(whole);
    const screen = await running.screen();
    expect(screen).toMatch(/^jit-nmap: error: denied by policy;\n {10}nothing ran \(jit-nmap show\n {10}r\w{10}\)$/m);
  });
});

describe.concurrent("without somebody at the keys", () => {
  it("a pager further down the pipe has the terminal for itself", async () => {
    const sh = shell();
    sh.run(`"$JIT" -sT -Pn -p 1-3 --scan-delay 1s 127.0.0.1 | cat; echo "ended $?"`);
    await sh.shows(/Starting Nmap/);
    sh.type("typed ahead");
    expect(await sh.shows(/^ended 0/m)).not.toContain("left of 5m");
    expect(await sh.screen()).toContain("typed ahead");
    await leave(sh);
  });

  it("a closed terminal ends the scan with the wrapper", async () => {
    const running = scan();
    await press(" ", status, running);
    const nmap = Number(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, "utf8").split(" ")[0]);
    expect(nmap).toBeGreaterThan(1);
    running.hangUp();
    await running.ended;
    expect(() => process.kill(nmap, 0)).toThrow("ESRCH");
  });
});
