// How fast `serve` answers the card when many look at once, and how much memory it takes: the built program with 10,000
// requests on record, 50 people signed in who ask without a pause, over real sockets.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openingOf } from "../src/broker/requests.ts";
import { newSecret } from "../src/broker/sign-in.ts";
import { makeLink, openVisit } from "../src/core/approval/access.ts";
import { together } from "../src/core/approval/change.ts";
import { cancel } from "../src/core/approval/endings.ts";
import { openRequest } from "../src/core/approval/open.ts";
import type { RequestId } from "../src/core/approval/request.ts";
import type { Effects } from "../src/effects.ts";
import { liveEffects } from "../src/live.ts";
import type { Judged } from "../src/messages.ts";
import { check } from "../src/pipeline.ts";

const stored = 10_000;
const waiting = 50;
const clients = 50;
const rounds = 40;

export interface ServeFigures {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly peakRssMb: number;
  /** What an answer takes of a processor. */
  readonly cpuMs: number;
}

/** Files them as the program does, 50 left waiting; most were asked by twenty people over some months. */
async function fill(fx: Effects): Promise<readonly RequestId[]> {
  const open: RequestId[] = [];
  const judgements = new Map<number, Judged>();
  for (let number = 0; number < stored; number++) {
    const kind = number % 200;
    const requester = { name: `person${number % 20}`, uid: 2000 + (number % 20), groups: [] };
    const judged = judgements.get(kind) ?? (await judgedFor(`10.${kind}.0.0/24`, requester, fx));
    judgements.set(kind, judged);
    const opened = openRequest(openingOf(judged, fx));
    if (!opened.ok) throw new Error(opened.error.message);
    const { request, step } = opened.value;
    if (number >= stored - waiting) {
      open.push(request.id);
      await fx.store.commit(step);
      continue;
    }
    const over = cancel(request, requester, fx.clock.now());
    if (!over.ok) throw new Error(over.error.message);
    await fx.store.commit(together(step, over.value));
  }
  return open;
}

async function judgedFor(network: string, requester: Judged["ask"]["requester"], fx: Effects): Promise<Judged> {
  const words = ["-sT", "-n", "-p", "22,80,443,8000-8100", network];
  const judged = await check({ words, requester, cwd: "/tmp", reason: "CHG-118 inventory" }, fx);
  if (judged.kind !== "judged") throw new Error(`not judged: ${JSON.stringify(judged)}`);
  return judged;
}

/** Signs somebody in without a browser. @returns the cookie. */
async function signIn(person: string, fx: Effects): Promise<string> {
  const now = fx.clock.now();
  const { change, record } = makeLink({ secret: newSecret(fx), person, by: person }, undefined, now);
  await fx.store.commit(change);
  const secret = newSecret(fx);
  await fx.store.commit(openVisit(person, { link: record }, secret, now).change);
  return `jit-nmap=${secret}`;
}

/** Milliseconds that all threads of a process spent on a processor. */
function cpuMsOf(pid: number | undefined): number {
  return readdirSync(`/proc/${String(pid)}/task`)
    .map((thread) => Number(readFileSync(`/proc/${String(pid)}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6)
    .reduce((sum, value) => sum + value, 0);
}

/** Milliseconds from asking to the last byte. */
function timed(agent: Agent, port: number, path: string, cookie: string): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    ask({ agent, host: "127.0.0.1", port, path, headers: { host: `127.0.0.1:${port}`, cookie } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`status ${String(answer.statusCode)}`));
      answer
        .on("data", () => undefined)
        .on("end", () => {
          resolve(performance.now() - start);
        });
    })
      .on("error", reject)
      .end();
  });
}

export async function serveUnderLoad(jitNmap: string): Promise<ServeFigures> {
  const home = mkdtempSync(join(tmpdir(), "jit-nmap-bench-serve-"));
  mkdirSync(join(home, "policies"));
  const leads = Array.from({ length: clients }, (_, index) => `lead${index}`);
  writeFileSync(
    join(home, "policies/bench.yaml"),
    `version: 1
people: { leads: [${leads.join(", ")}] }
rules:
  - name: all
    effect: ask
    targets: [10.0.0.0/8]
    may: anything
    ask: { votes: { leads: 1 }, answer-within: 8h, start-within: 1h }
    ttl: 20m
`,
  );
  process.env["JIT_NMAP_HOME"] = home;
  const fx = liveEffects();
  const open = await fill(fx);
  const cookies = await Promise.all(leads.map((lead) => signIn(lead, fx)));

  const env = { PATH: "/usr/bin:/bin:/usr/sbin", JIT_NMAP_HOME: home, LC_ALL: "C" };
  const server = spawn(jitNmap, ["serve", "--listen", "127.0.0.1:0", "--json"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = await new Promise<string>((resolve, reject) => {
    server.once("exit", (code) => {
      reject(new Error(`serve ended with ${String(code)}`));
    });
    let text = "";
    server.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /"address":"([^"]+)"/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const port = Number(new URL(address).port);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const took: number[] = [];
  try {
    const before = cpuMsOf(server.pid);
    await Promise.all(
      cookies.map(async (cookie, client) => {
        for (let round = -3; round < rounds; round++) {
          const id = open[(client + round + 3) % open.length] ?? "";
          const ms = await timed(agent, port, `/r/${id}`, cookie);
          if (round >= 0) took.push(ms);
        }
      }),
    );
    const cpuMs = (cpuMsOf(server.pid) - before) / (clients * (rounds + 3));
    await timed(agent, port, "/", cookies[0] ?? "");
    took.sort((a, b) => a - b);
    const status = readFileSync(`/proc/${String(server.pid)}/status`, "utf8");
    return {
      medianMs: took[took.length >> 1] ?? Number.NaN,
      p95Ms: took[Math.floor(took.length * 0.95)] ?? Number.NaN,
      peakRssMb: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024,
      cpuMs,
    };
  } finally {
    agent.destroy();
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(home, { recursive: true, force: true });
  }
}
