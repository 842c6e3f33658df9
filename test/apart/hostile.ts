// A broker that means no good, as one account after another: it speaks the wire itself and lets nothing be judged. Run in
// the installation of installed.sh; one line of JSON for each thing that it tried.
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { runnerApart } from "../../src/apart/client.ts";
import type { SessionId } from "../../src/core/audit/event.ts";
import { digestOfDocument } from "../../src/core/plan/digest.ts";
import { toDocument, type PlanDocument } from "../../src/core/plan/document.ts";
import type { Runner } from "../../src/effects.ts";
import type { Order, Report } from "../../src/messages.ts";
import { planOf } from "../core/plan/plans.ts";

const installed = "/opt/jit-nmap";
const file = readdirSync(join(installed, "dist")).find((name) => /^runner-[^.]+\.cjs$/.test(name)) ?? "";
const build = /["'`]([0-9a-f]{64})["'`]/.exec(readFileSync(join(installed, "dist", file), "latin1"))?.[1] ?? "";

class Caller {
  child: ChildProcess | undefined;
  readonly runner: Runner;
  readonly reports: Report[] = [];

  constructor(account: string, ...words: readonly string[]) {
    const sudo = words.length > 0 ? words : ["/usr/bin/sudo", "-n", "--", `${installed}/bin/jit-nmap-runner`];
    const start = (): Duplex => {
      const rights = [`--reuid=${account}`, `--regid=${account}`, "--init-groups"];
      this.child = spawn("setpriv", [...rights, "--", "sh", "-c", 'exec "$@" <&3 3<&-', "sh", ...sudo], {
        stdio: ["ignore", "ignore", "ignore", "pipe"],
        env: {},
        detached: true,
      });
      return this.child.stdio[3] as unknown as Duplex;
    };
    const tell = (): never => {
      throw new Error("nobody asks");
    };
    this.runner = runnerApart({ start, neverCame: "it never came", home: `/run/home/${account}`, tell, build });
  }

  /** What comes of an order; `meanwhile` is done once nmap runs. */
  async orders(document: PlanDocument, session: string, ttlSeconds = 60, meanwhile = () => undefined as unknown) {
    const planDigest = digestOfDocument(document);
    const grant = { id: "g0000000000", request: "r0000000000", requestDigest: planDigest, planDigest, ttlSeconds };
    const order = {
      kind: "order",
      session,
      grant: { ...grant, notBefore: 0, notAfter: 0 },
      ttlSeconds,
      plan: document,
      terms: {},
    } as unknown as Order;
    const ended = await this.runner.execute(
      order,
      (report) => (this.reports.push(report), Promise.resolve("on-record")),
      () => () => undefined,
      () => void meanwhile(),
    );
    if (ended.kind === "failed" && process.env["WHY"]) console.log(ended.problem.message);
    return ended.kind === "failed" ? ended.problem.code : `${ended.ending} ${String(ended.exitCode)}`;
  }
}

const documentOf = (line: string): PlanDocument => toDocument(planOf(line));
const own = "s00000000a1" as SessionId;

async function tried(what: string, result: Promise<unknown>): Promise<void> {
  const said = await result.catch(
    (error: unknown) => `threw: ${error instanceof Error ? error.message : String(error)}`,
  );
  console.log(JSON.stringify([what, said ?? null]));
}

const alice = new Caller("alice");
await tried(
  "level",
  alice.runner.level().then(({ level, by }) => `${level} ${String(by)}`),
);
await tried("within the ceiling", alice.orders(documentOf("-sS -n -Pn -p 9 127.0.0.1"), own));
await tried(
  "its own result",
  alice.runner.read(own, "xml").then((bytes) => Buffer.from(bytes).includes("nmaprun")),
);
const bob = new Caller("bob");
await tried("another's result", bob.runner.read(own, "xml"));
await tried("another's session swept", bob.runner.sweep(own));
await tried("another's sessions listed", bob.runner.abandoned());
await tried("another's progress", bob.runner.progress(own));
await bob.runner.discard(own);
await tried(
  "its own result, after another removed it",
  alice.runner.read(own, "xml").then((bytes) => bytes.length > 0),
);
await tried("the id of another's session", bob.orders(documentOf("-sL -n 127.0.0.1"), own));
await tried(
  "its own result, after another took its id",
  alice.runner.read(own, "xml").then((bytes) => bytes.length > 0),
);
await alice.runner.discard(own);
await tried("addresses above the ceiling", alice.orders(documentOf("-sS -n 10.9.9.9"), "s00000000a2"));
await tried("time above the ceiling", alice.orders(documentOf("-sL -n 127.0.0.1"), "s00000000a3", 3601));
const plain = documentOf("-sL -n 127.0.0.1");
const withNmap = (path: string): PlanDocument => ({ ...plain, nmap: { ...plain.nmap, path } });
await tried("an nmap of its own", alice.orders(withNmap("/run/home/alice/nmap"), "s00000000a4"));
await tried("an nmap behind dots", alice.orders(withNmap("/usr/../run/home/alice/nmap"), "s00000000a5"));
const data = { level: "tables", hash: `sha256:${"1".repeat(64)}` } as const;
const other = { ...plain, nmap: { ...plain.nmap, data } };
await tried("other data than root's", alice.orders(other, "s00000000a6"));
await tried("another environment", alice.orders({ ...plain, environment: { LD_PRELOAD: "/x" } }, "s00000000a7"));
await tried("who is not in the group", new Caller("mallory").runner.level());
await tried("without sudo", new Caller("alice", `${installed}/bin/jit-nmap-runner`).runner.level());
const killer = new Caller("alice");
const kills = (): void => {
  if (killer.child?.pid !== undefined) process.kill(killer.child.pid, "SIGKILL");
};
await tried("a killed sudo", killer.orders(documentOf("-sT -n -Pn -p 1-65535 -T1 127.0.0.1"), "s00000000a8", 2, kills));
// The last thing: it goes away in the middle.
const gone = new Caller("alice");
const line = documentOf("-sT -n -Pn -p 1-65535 -T1 127.0.0.1");
await tried(
  "never comes back",
  gone.orders(line, "s00000000a9", 60, () => process.exit(0)),
);
process.exit(1);
