// `node --expose-gc test/soak/plan-speed.ts`: what building a plan costs, warm, and what the two tables cost a start. Figures for
// the speed budget; nothing is asserted, because a shared machine decides half of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../src/core/plan/digest.ts";
import { createFactFinder } from "../../src/facts/finder.ts";
import { plan } from "../core/plan/plans.ts";

async function row(what: string, rounds: number, work: () => unknown): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  times.sort((left, right) => left - right);
  const median = times[rounds >> 1] ?? Number.NaN;
  console.log(`${what.padEnd(58)} ${median.toFixed(2).padStart(8)} ms median of ${rounds}`);
}

/** A million scattered addresses, one a line. */
function millionLines(): Uint8Array {
  let text = "";
  for (let index = 0; index < 1_000_000; index++) {
    const value = Math.imul(index, 2_654_435_761) >>> 0;
    text += `${1 + ((value >>> 24) % 223)}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}\n`;
  }
  return Buffer.from(text);
}

// First, because the most memory that a process ever had is all that the system tells.
{
  const files = [{ option: "-iL", path: "list", bytes: millionLines() }] as const;
  global.gc?.();
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const built = plan(["-p", "22", "-iL", "list"], { files });
  const milliseconds = performance.now() - start;
  const added = (process.memoryUsage().rss - before) / 2 ** 20;
  const size = built.ok ? built.value.targets.size.toString() : built.error.message;
  console.log(
    `plan of -iL with a million lines (${size} addresses): ${milliseconds.toFixed(0)} ms, ${added.toFixed(0)} MB`,
  );
}

for (const line of ["10.0.0.0/8 -p-", "10.0-255.1-254.1,5,7 -p 22", "-sS -p 22,80 10.0.0.0/24"]) {
  const words = line.split(" ");
  await row(`plan ${line}`, 41, () => plan(words));
  await row(`plan and digest ${line}`, 41, () => {
    const built = plan(words);
    if (built.ok) digestOf(built.value);
  });
  const before = process.memoryUsage().heapUsed;
  const kept = plan(words);
  const after = process.memoryUsage().heapUsed;
  console.log(`  ${((after - before) / 2 ** 20).toFixed(2)} MB of heap, ${kept.ok ? "accepted" : "refused"}`);
}

const stateDir = mkdtempSync(join(tmpdir(), "jit-nmap-speed-"));
const nothing = { names: [], family: 4, services: false, scripts: false, data: undefined } as const;
const find = (needed: object): Promise<unknown> => createFactFinder({ stateDir }).find({ ...nothing, ...needed });
for (const [what, needed] of [
  ["nothing", {}],
  ["tables checked, not read", { data: "tables" }],
  ["nmap-services read", { data: "tables", services: true }],
  ["script.db and script hashes read", { data: "scripts", scripts: true }],
  ["both read", { data: "scripts", scripts: true, services: true }],
] as const) {
  await find(needed);
  await row(`facts: ${what}`, 21, () => find(needed));
}
rmSync(stateDir, { recursive: true, force: true });
