// Runs many nmap command lines in one empty network namespace: started by installed-nmap.ts under `unshare`, it reads
// one JSON array of words from standard input and answers one JSON object a line. Nothing can leave: there is only lo.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const lines = JSON.parse(readFileSync(0, "utf8")) as readonly (readonly string[])[];
spawnSync("ip", ["link", "set", "lo", "up"]);
for (const [program, ...words] of lines) {
  if (program === undefined) throw new Error("an empty command line");
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: "utf8",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
    maxBuffer: 64 * 1024 * 1024,
  });
  process.stdout.write(`${JSON.stringify({ status, stdout, stderr })}\n`);
}
