// `npm run soak` runs this too: restricted sessions one after the other and several at once, some of them ended by their
// time box; at the end nothing of them is left in the kernel, in /proc or on disk. `node test/soak/sessions.ts [RUNS]`
import { Lab, possible, type Job } from "../session/confined/lab.ts";

const runs = Number(process.argv[2] ?? 500);
const AT_ONCE = 4;
/** What every session's end must say that it took back. */
const ALL = ["way out", "packet rules", "processes", "files"];
const JOBS: readonly Job[] = [
  { plan: "-sS -p 22,80 10.99.1.2" },
  { plan: "-sT -p 22 10.99.2.2", unprivileged: true },
  { plan: "-6 -sS -p 22 fd99:1::2" },
  { plan: "-sL 10.99.1.0/24" },
  { plan: "-sS -p 22 10.99.1.2", argv: ["/bin/sh", "-c", "setsid sleep 60 & sleep 0.1"] },
  { plan: "-sS -p 22 10.99.1.2", argv: ["/bin/sleep", "60"], ttlSeconds: 1 },
];

if (!possible) {
  console.log("restricted sessions: skipped, needs root, namespaces and nftables");
} else {
  const lab = new Lab();
  try {
    await lab.up();
    const runner = lab.runner();
    const begun = performance.now();
    let odd = 0;
    for (let done = 0; done < runs; done += AT_ONCE) {
      const jobs = Array.from({ length: AT_ONCE }, (_, n) => JOBS[(done + n) % JOBS.length]).flatMap(
        (job) => job ?? [],
      );
      for (const [index, { end, problem }] of (await runner.run(...jobs)).entries()) {
        const expected = jobs[index]?.ttlSeconds === 1 ? "time-box" : "exited";
        const { left, revoked = [] } = end?.revocation ?? {};
        const isAllBack = left?.length === 0 && ALL.every((name) => revoked.includes(name));
        if (end?.ending === expected && end.violations?.length === 0 && isAllBack) continue;
        odd += 1;
        console.log(JSON.stringify({ job: jobs[index], end, problem }));
      }
    }
    // By the product's own look, and by others'.
    const { unknown, ...found } = await runner.look();
    const rules = lab.there("nft", "list", "ruleset").match(/\b[a-z0-9]+_s\d{10}\b|expires/g) ?? [];
    const processes = lab
      .there("ps", "-eo", "uid=,stat=,args=")
      .split("\n")
      // The lab's first process takes no dead children away.
      .filter((line) => /^\s*19000\d{5} +[^Z]/.test(line));
    const counts = Object.entries({ ...found, "rules by nft": rules, "processes by ps": processes });
    const left = counts.reduce((sum, [, all]) => sum + all.length, 0);
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    console.log(
      `${runs} restricted sessions in ${seconds} s, ${AT_ONCE} at once: ${odd} odd; left over: ${counts.map(([name, all]) => `${all.length} ${name}`).join(", ")}`,
    );
    await runner.end();
    if (odd + left > 0 || unknown !== undefined) process.exitCode = 1;
  } finally {
    lab.down();
  }
}
