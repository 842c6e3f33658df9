// `node test/soak/killed.ts [RUNS]`: the program is killed with -9 at some moment of a scan, again and again; two seconds
// later nothing of the scan runs any more, and a sweep leaves nothing on record as running. Ends with 1 otherwise.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [runs = 500] = process.argv.slice(2).map(Number);
const program = join(import.meta.dirname, "../../bin/jit-nmap");
const home = mkdtempSync(join(tmpdir(), "jit-nmap-killed-"));
const env = { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home };
const started = performance.now();

/** Processes of sessions in this folder, by where they stand or what they were given: looked up without our own code. */
function left(): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      if (readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.startsWith("Z") === true) return false;
      return (
        readlinkSync(`/proc/${pid}/cwd`).startsWith(home) ||
        readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(home)
      );
    } catch {
      return false;
    }
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
let wrong = 0;
let slowest = 0;
let whileRunning = 0;
try {
  for (let run = 0; run < runs; run += 1) {
    const line = ["-sT", "-Pn", "--scan-delay", "1s", "-p", "1-60", "127.0.0.1"];
    const wrapper = spawn(program, line, { env, stdio: "ignore", cwd: "/" });
    const gone = new Promise((resolve) => wrapper.once("exit", resolve));
    // From before the request is on record until well into the scan.
    await pause((run * 97) % 1500);
    if (left().length > 0) whileRunning += 1;
    wrapper.kill("SIGKILL");
    await gone;
    const begin = performance.now();
    while (left().length > 0 && performance.now() - begin < 2000) await pause(20);
    slowest = Math.max(slowest, performance.now() - begin);
    const remaining = left();
    if (remaining.length === 0) continue;
    wrong += 1;
    console.log(`killed: run ${run}: ${remaining.length} processes two seconds later`);
  }
  spawnSync(program, ["sweep"], { env, cwd: "/" });
  const { requests } = JSON.parse(
    spawnSync(program, ["requests", "--limit", "100000", "--json"], {
      env,
      cwd: "/",
      encoding: "utf8",
      maxBuffer: 2 ** 30,
    }).stdout,
  ) as { readonly requests: readonly { readonly state: string }[] };
  const open = requests.filter(({ state }) => state === "running" || state === "claimed").length;
  const verified = spawnSync(program, ["audit", "verify"], { env, cwd: "/" }).status;
  if (open > 0 || verified !== 0) {
    wrong += 1;
    console.log(`killed: ${open} requests on record as running, verify says ${verified ?? "nothing"}`);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `killed: ${runs} runs, ${whileRunning} of them with a session, all gone within ${slowest.toFixed(0)} ms; ${wrong} wrong, ${seconds} s`,
);
process.exit(wrong === 0 ? 0 : 1);
