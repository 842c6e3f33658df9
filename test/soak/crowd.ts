// `node test/soak/crowd.ts [ROUNDS] [PROCESSES]`, as root: figure 3 of security.md, whole. Ends with 1 when a request
// came to two ends or ran twice.
import { gather, round } from "../e2e/crowd.ts";

const [rounds = 1000, processes = 64] = process.argv.slice(2).map(Number);
const crowd = gather();
const started = performance.now();
const wrong: string[] = [];
const ends = new Map<string, number>();
try {
  for (let done = 0; done < rounds; done += 1) {
    wrong.push(...(await round(crowd, processes, done % 2 === 1)));
    const [last] = await crowd.store.listRequests({ limit: 1 });
    const state = last?.state ?? "nothing";
    ends.set(state, (ends.get(state) ?? 0) + 1);
  }
  const { kind } = await crowd.store.verify();
  if (kind !== "intact") wrong.push(`the trail is ${kind}`);
} finally {
  await crowd.remove();
}
for (const what of wrong.slice(0, 20)) console.log(`crowd: ${what}`);
const counts = [...ends].map(([state, count]) => `${count} ${state}`).join(", ");
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`crowd: ${rounds} rounds of ${processes} processes: ${counts}; ${wrong.length} wrong, ${seconds} s`);
process.exit(wrong.length === 0 ? 0 : 1);
