// What is said while a scan runs may find nobody who takes it: a terminal stopped by Ctrl-S, a pipe that is full because its
// reader wants it so. The program must not wait for that, because it would no longer hear that the scan was revoked.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { privateDirectory } from "../session/scene.ts";

const sources = join(import.meta.dirname, "../../src");

/** Runs the module with an end of a pipe that is full as the descriptor; what it says on the other one. */
function withFullPipe(descriptor: 1 | 2, module: string): string {
  const perl = `
    use Fcntl;
    pipe my $out, my $in;
    fcntl $in, F_SETFL, O_NONBLOCK;
    1 while syswrite $in, "x" x 4096;
    1 while syswrite $in, "x";
    fcntl $in, F_SETFL, 0;
    if (!fork) { open ${descriptor === 1 ? "STDERR, '>&STDOUT'; open STDOUT" : "STDERR"}, ">&", $in; exec @ARGV }
    close $in; wait; print $? ? "died $?" : "";`;
  const node = [process.execPath, "--input-type=module", "-e", module];
  return execFileSync("perl", ["-e", perl, ...node], { encoding: "utf8" });
}

it("a violation is said without waiting for whoever should read it", () => {
  const module = `
    import { writeSync } from "node:fs";
    import { createTerminal } from "${sources}/cli/terminal.ts";
    const terminal = createTerminal({ environment: {}, now: Date.now });
    terminal.showRunning({}, new AbortController().signal);
    for (let line = 0; line < 200; line++) terminal.say("error", "refused");
    setImmediate(() => {
      writeSync(1, "heard it");
      process.kill(process.pid, "SIGKILL");
    });`;
  expect(withFullPipe(2, module)).toMatch(/^heard it/);
});

it("a result that nobody reads is kept all the same once the session is over", () => {
  const folder = privateDirectory();
  const module = `
    import { Readable } from "node:stream";
    import { readFileSync, writeSync } from "node:fs";
    import { tee } from "${sources}/session/tee.ts";
    const { drained, letGo } = tee(Readable.from(Array(40).fill(Buffer.alloc(4096))), "${folder}/scan.xml");
    setTimeout(letGo, 50);
    await drained;
    writeSync(2, String(readFileSync("${folder}/scan.xml").length));
    process.kill(process.pid, "SIGKILL");`;
  expect(withFullPipe(1, module)).toMatch(/^163840/);
});

it("a terminal that is stopped keeps nobody from hearing that the session was revoked", () => {
  const folder = privateDirectory();
  const module = `
    import { Readable } from "node:stream";
    import { writeFileSync } from "node:fs";
    import { spawnSync } from "node:child_process";
    import { tee } from "${sources}/session/tee.ts";
    const stopped = spawnSync("perl", ["-e", "use POSIX; exit !tcflow(1, TCOOFF)"], { stdio: ["ignore", "inherit", "ignore"] });
    tee(Readable.from([Buffer.alloc(4096)]), "${folder}/scan.xml");
    setTimeout(() => {
      writeFileSync("${folder}/heard", "stopped: " + stopped.status);
      process.kill(process.pid, "SIGKILL");
    }, 50);`;
  execFileSync("script", ["-qc", 'exec "$NODE" --input-type=module -e "$MODULE"', "/dev/null"], {
    env: { PATH: "/usr/bin:/bin", NODE: process.execPath, MODULE: module },
    stdio: "ignore",
  });
  expect(readFileSync(join(folder, "heard"), "utf8")).toBe("stopped: 0");
});
