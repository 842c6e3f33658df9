// The figures of restricted sessions, in a network of test hosts in namespaces; needs root. On its own:
// node .tasks/bench-session.ts [ROUNDS]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lab, possible, type Runner } from "../test/session/confined/lab.ts";

const rounds = Number(process.argv[2] ?? 30);
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds that a bare spawn takes from here. */
async function bare(): Promise<number> {
  const start = performance.now();
  const child = spawn("/bin/true", { stdio: "ignore" });
  await once(child, "spawn");
  return performance.now() - start;
}

/** What the session itself costs: from the order to the gate, and from nmap's end to the last of it. */
async function cost(runner: Runner): Promise<number> {
  const [ran] = await runner.run({ plan: "-sL 10.99.1.2" });
  return (ran?.openMs ?? Number.NaN) + (ran?.closeMs ?? Number.NaN);
}

/** How long a session with so many networks, its target among them, takes to its gate. */
async function withNetworks(runner: Runner, count: number): Promise<number> {
  const egress = Array.from({ length: count - 1 }, (_, n) => {
    const at = (n * 32) >>> 0;
    const text = (low: number): string => `11.${(at >> 16) & 255}.${(at >> 8) & 255}.${(at & 255) + low}`;
    return `${text(0)}-${text(15)}`;
  });
  const [ran] = await runner.run({ plan: "-sL 10.99.1.2", egress });
  if (ran?.started !== true) throw new Error(ran?.problem);
  return ran.openMs ?? Number.NaN;
}

/** Times whole commands in pairs: in milliseconds, with sessions held and not, and `node -e 0`. */
const PAIRS = `
const { spawnSync } = require("node:child_process");
const [jitNmap, rounds] = process.argv.slice(1);
const time = (command, words, sessions) => {
  const start = process.hrtime.bigint();
  const env = { ...process.env, JIT_NMAP_SESSIONS: sessions };
  const { status } = spawnSync(command, words, { env, stdio: "ignore", cwd: "/" });
  if (status !== 0) throw new Error(sessions + " ended with " + status);
  return Number(process.hrtime.bigint() - start) / 1e6;
};
const scan = ["-sL", "-n", "127.0.0.1"];
const once = () => [time(jitNmap, scan, "enforced"), time(jitNmap, scan, "advisory"), time(process.execPath, ["-e", "0"], "")];
once();
console.log(JSON.stringify(Array.from({ length: Number(rounds) }, once)));`;

type Pair = readonly [held: number, free: number, node: number];

/** The whole command, the runner's own program and its start in it; in a /run of its own. */
function wholeCommands(lab: Lab): readonly Pair[] {
  const home = mkdtempSync(join(tmpdir(), "jit-nmap-bench-"));
  try {
    const script = `mount -t tmpfs none /run && JIT_NMAP_HOME="$1" exec "$2" -e "$3" "$4" "$5"`;
    const words = [home, process.execPath, PAIRS, join(import.meta.dirname, "../bin/jit-nmap"), String(rounds)];
    return JSON.parse(lab.there("unshare", "-m", "sh", "-c", script, "sh", ...words)) as readonly Pair[];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function elapsed(run: () => Promise<string | undefined>): Promise<number> {
  return Number(/elapsed="([\d.]+)"/.exec((await run()) ?? "")?.[1]);
}

if (!possible) {
  console.log("restricted sessions: needs root, namespaces and nftables");
} else {
  const lab = new Lab();
  try {
    await lab.up();
    const runner = lab.runner();
    await cost(runner);
    const costs: number[] = [];
    const spawns: number[] = [];
    for (let round = 0; round < rounds; round++) {
      spawns.push(await bare());
      costs.push(await cost(runner));
    }
    console.log(
      `set-up and clean-up over a bare spawn (ms)        ${(median(costs) - median(spawns)).toFixed(0)}  (at most 60)`,
    );
    const pairs = wholeCommands(lab);
    const more = median(pairs.map(([held, free]) => held - free));
    const node = median(pairs.map(([, , one]) => one));
    console.log(`a held scan over a free one, whole command (ms)    ${more.toFixed(0)}  (at most 60)`);
    console.log(`the same over node -e 0                            ${(more / node).toFixed(2)}`);
    const many = async (count: number): Promise<number> =>
      median([await withNetworks(runner, count), await withNetworks(runner, count), await withNetworks(runner, count)]);
    console.log(`session with 10,000 networks ready (ms)            ${(await many(10_000)).toFixed(0)}  (at most 200)`);
    console.log(
      `session with 100,000 networks ready (ms)           ${(await many(100_000)).toFixed(0)}  (at most 1500)`,
    );
    const line = "-sS -Pn -n -T4 -p 1-65535 10.99.1.2";
    const ratios: number[] = [];
    for (let round = 0; round < 5; round++) {
      const theirs = await elapsed(async () => (await lab.nmaps([line]))[0]);
      const ours = await elapsed(async () => (await runner.run({ plan: line, ttlSeconds: 120 }))[0]?.xml);
      ratios.push(theirs / ours);
    }
    console.log(`throughput of all ports over bare nmap             ${median(ratios).toFixed(2)}  (at least 0.85)`);
    await runner.end();
  } finally {
    lab.down();
  }
}
