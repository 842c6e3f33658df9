// `npm run bench`: the figures of the speed budget, as pairs in one run. Times are medians; what counts are ratios
// against `node -e 0` and nmap with the same Node, because the machine's own speed drifts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveUnderLoad } from "./bench-serve.ts";
import { voteToExec, type VoteFigures } from "./bench-vote.ts";

const root = join(import.meta.dirname, "..");
const jitNmap = join(root, "bin/jit-nmap");
const rounds = Number(process.argv[2] ?? 40);
const home = mkdtempSync(join(tmpdir(), "jit-nmap-bench-"));
const env = { PATH: "/usr/bin:/bin:/usr/sbin", JIT_NMAP_HOME: home, LC_ALL: "C" };

/** 100 rules of the ordinary kind; the last one allows loopback. */
function policyOf(rules: number): string {
  const lines = ["version: 1", "networks:", "  loop: [127.0.0.0/8]", "rules:"];
  for (let n = 0; n < rules - 1; n++) {
    lines.push(
      `  - name: team-${n}`,
      "    effect: allow",
      `    targets: [10.${n >> 8}.${n & 255}.0/24]`,
      "    ports: [22, 80, 443]",
    );
  }
  lines.push("  - name: loopback", "    effect: allow", "    targets: [loop]", "");
  return lines.join("\n");
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds of one whole process. */
function time(command: string, args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const done = spawnSync(command, args, { env, stdio: ["ignore", "ignore", "ignore"], cwd: home });
  const took = Number(process.hrtime.bigint() - start) / 1e6;
  const expected = args[0] === "-sL" && args[2] === "8.8.8.8" ? 77 : 0;
  if (done.status !== expected) throw new Error(`${command} ${args.join(" ")} exited ${String(done.status)}`);
  return took;
}

async function quiet(): Promise<void> {
  for (let waited = 0; waited < 90; waited += 3) {
    const load = Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
    if (load < 0.6) return;
    console.log(`waiting for a quiet machine (load ${load})`);
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
  console.log("the machine stayed busy: take the ratios with care");
}

type Series = Record<string, number[]>;

/** Runs all commands in turn, round by round, so that drift hits them alike. */
function interleaved(commands: Record<string, readonly [string, readonly string[]]>): Series {
  const series: Series = {};
  for (let round = -2; round < rounds; round++) {
    for (const [name, [command, args]] of Object.entries(commands)) {
      const took = time(command, args);
      if (round >= 0) (series[name] ??= []).push(took);
    }
  }
  return series;
}

/** Median of (a − b) / c, round by round. */
function ratio(a: readonly number[], b: readonly number[] | undefined, c: readonly number[]): number {
  return median(a.map((value, index) => (value - (b?.[index] ?? 0)) / (c[index] ?? Number.NaN)));
}

function row(what: string, value: number, bar: number, unit = ""): void {
  console.log(
    `${what.padEnd(66)} ${value.toFixed(2).padStart(8)}${unit}   bar ${bar}${unit}   ${value <= bar ? "holds" : "MISSED"}`,
  );
}

mkdirSync(join(home, "policies"));
writeFileSync(join(home, "policies/bench.yaml"), policyOf(100));
await quiet();
const scan = ["-sL", "-n", "127.0.0.1"];
const series = interleaved({
  node: [process.execPath, ["-e", "0"]],
  nmap: ["/usr/bin/nmap", scan],
  jit: [jitNmap, scan],
  denied: [jitNmap, ["-sL", "-n", "8.8.8.8"]],
  help: [jitNmap, ["--jit-help"]],
});
const of = (name: string): number[] => series[name] ?? [];
console.log(`${rounds} rounds, node ${process.versions.node}; medians in ms:`);
for (const name of Object.keys(series)) console.log(`  ${name.padEnd(8)} ${median(of(name)).toFixed(1)}`);
row("allowed -sL, 100 rules: (jit-nmap - nmap) / node -e 0", ratio(of("jit"), of("nmap"), of("node")), 2.0);
row("denied scan / node -e 0", ratio(of("denied"), undefined, of("node")), 1.5);
row("--jit-help / node -e 0", ratio(of("help"), undefined, of("node")), 1.3);

const votes: VoteFigures = await voteToExec(jitNmap, home, Math.max(10, rounds >> 1));
const bare = median(of("node"));
row("vote's COMMIT to nmap's exec / node -e 0", median(votes.milliseconds) / bare, 0.6);
row("CPU while waiting, ms a second", votes.cpuMsPerSecond, 1);
row("RSS of the wrapper during a scan / peak of node -e 0", votes.wrapperRssKb / votes.nodePeakKb, 1.5);
const served = await serveUnderLoad(jitNmap);
row("serve: the card, median of 50 clients, 10,000 requests on record", served.medianMs, 50, " ms");
row("serve: what one card takes of a processor", served.cpuMs, 1, " ms");
row("serve: peak memory", served.peakRssMb, 150, " MB");
rmSync(home, { recursive: true, force: true });
process.exit(0);
