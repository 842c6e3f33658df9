// Runs many nmap command lines in one empty network namespace: started by installed-nmap.ts under `unshare`, it reads
// lines of words and an environment from standard input and answers one JSON object a line. Nothing leaves: there is
// only lo.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { lines, env } = JSON.parse(readFileSync(0, "utf8")) as {
  readonly lines: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
};
spawnSync("ip", ["link", "set", "lo", "up"]);
// Whatever a line makes nmap write or look for by a relative name is in an empty folder.
const folder = mkdtempSync(join(tmpdir(), "jit-nmap-runner-"));
for (const [program, ...words] of lines) {
  if (program === undefined) throw new Error("an empty command line");
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: "utf8",
    cwd: folder,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  process.stdout.write(`${JSON.stringify({ status, stdout, stderr })}\n`);
}
rmSync(folder, { recursive: true, force: true });
