// How long after a vote's COMMIT the waiting command executes nmap, and what waiting costs. nmap's exec is seen from
// outside, by the kernel's own notice that its binary was opened.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { castVote } from "../src/broker/votes.ts";
import type { Request } from "../src/core/approval/request.ts";
import type { Effects } from "../src/effects.ts";
import { liveEffects } from "../src/live.ts";

export interface VoteFigures {
  readonly milliseconds: readonly number[];
  readonly cpuMsPerSecond: number;
  readonly wrapperRssKb: number;
  readonly nodePeakKb: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function pendingRequest(fx: Effects, waiting: ChildProcess): Promise<Request> {
  for (;;) {
    if (waiting.exitCode !== null) throw new Error(`the scan that was to wait exited ${waiting.exitCode}`);
    const [request] = await fx.store.listRequests({ state: "pending", limit: 1 });
    if (request) return request;
    await pause(20);
  }
}

/** Nanoseconds that all threads of a process spent on a processor. */
function cpuNs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]))
    .reduce((sum, value) => sum + value, 0);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) =>
    child.once("exit", () => {
      resolve();
    }),
  );
}

export async function voteToExec(jitNmap: string, home: string, samples: number): Promise<VoteFigures> {
  writeFileSync(
    join(home, "policies/bench.yaml"),
    `version: 1
networks: { loop: [127.0.0.0/8] }
rules:
  - name: listed
    effect: ask
    targets: [loop]
    ports: [1]
    ask: { votes: { daemon: 1 }, answer-within: 10m, start-within: 10m }
  - name: slow
    effect: allow
    targets: [loop]
    ports: ["2-65535"]
`,
  );
  const env = { PATH: "/usr/bin:/bin:/usr/sbin", JIT_NMAP_HOME: home, LC_ALL: "C" };
  process.env["JIT_NMAP_HOME"] = home;
  const fx = liveEffects();
  // Notices nmap's binary being opened: the exec.
  const notices = spawn("inotifywait", ["-q", "-m", "-e", "open", "/usr/bin/nmap"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let opened = 0;
  notices.stdout.on("data", () => {
    if (opened === 0) opened = performance.now();
  });
  await pause(500);

  const milliseconds: number[] = [];
  let cpuMsPerSecond = 0;
  for (let sample = 0; sample < samples; sample++) {
    const child = spawn(jitNmap, ["--jit-wait", "5m", "-sT", "-n", "-p", "1", "127.0.0.1"], { env, stdio: "ignore" });
    const request = await pendingRequest(fx, child);
    await pause(400);
    if (sample === 0 && child.pid !== undefined) {
      // Waiting lasts minutes; what starting up still costs in its first half minute is no part of it.
      await pause(30_000);
      const before = cpuNs(child.pid);
      await pause(10_000);
      cpuMsPerSecond = (cpuNs(child.pid) - before) / 1e6 / 10;
    }
    let committed = 0;
    const store = {
      ...fx.store,
      commit: async (change: Parameters<Effects["store"]["commit"]>[0]) => {
        const result = await fx.store.commit(change);
        committed = performance.now();
        return result;
      },
    };
    opened = 0;
    const ballot = {
      request: request.id,
      digest: request.digest,
      voter: "daemon",
      answer: "approve",
      strength: "asserted",
      via: "command",
    } as const;
    const counted = await castVote(ballot, { ...fx, store });
    if (counted.kind !== "counted") throw new Error(`the vote was not counted: ${counted.kind}`);
    await ended(child);
    if (opened === 0) throw new Error("nmap was not executed");
    milliseconds.push(Math.max(0, opened - committed));
  }
  notices.kill();

  const slow = spawn(jitNmap, ["-sT", "-n", "-p", "2-40", "--scan-delay", "1s", "127.0.0.1"], { env, stdio: "ignore" });
  await pause(2500);
  const status = readFileSync(`/proc/${String(slow.pid)}/status`, "utf8");
  const wrapperRssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  slow.kill("SIGTERM");
  await ended(slow);
  const peak = spawnSync(process.execPath, ["-e", "process.stdout.write(String(process.resourceUsage().maxRSS))"], {
    encoding: "utf8",
  });
  return { milliseconds, cpuMsPerSecond, wrapperRssKb, nodePeakKb: Number(peak.stdout) };
}
