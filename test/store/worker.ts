// A process of its own that works on a store at the parent's word: `fork`ed by the tests, one message per task. Runs the
// same steps as the program does: look, ask the pure transition, commit, and look again when somebody else was faster.
import { cancel } from "../../src/core/approval/endings.ts";
import { redeem, start } from "../../src/core/approval/run.ts";
import type { Step } from "../../src/core/approval/change.ts";
import type { Request } from "../../src/core/approval/request.ts";
import { together } from "../../src/core/approval/change.ts";
import { sessionIdFrom } from "../../src/core/approval/ids.ts";
import { castVote } from "../../src/core/approval/vote.ts";
import type { Result } from "../../src/core/result.ts";
import { openStore } from "../../src/store/store.ts";
import type { OpenedStore } from "../../src/store/store.ts";
import { answer, ask, people, planDigest, sessionOf, votesOf } from "../core/approval/scenario.ts";

export type Task = { readonly store: string } & (
  | { readonly do: "approve" | "deny"; readonly request: string; readonly voter: string }
  | { readonly do: "cancel" | "redeem"; readonly request: string }
  | { readonly do: "append"; readonly count: number }
  | { readonly do: "append-until-killed" }
  | { readonly do: "become"; readonly uid: number; readonly gid: number; readonly groups: readonly number[] }
);

let at = "";
let store: OpenedStore = openStore(at);
const random = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

/** Tries until the step was committed or the transition itself refuses; gives the new state or the refusal's code. */
async function insist(
  id: string,
  next: (request: Request) => Promise<Result<Step, { readonly code: string }>>,
): Promise<string> {
  while (true) {
    const found = await store.findRequest(id);
    if (found.kind !== "found") return found.kind;
    const step = await next(found.request);
    if (!step.ok) return step.error.code;
    const outcome = await store.commit(step.value);
    if (outcome.kind === "committed") return step.value.request.next.state;
  }
}

async function vote(
  request: Request,
  voter: string,
  says: "approve" | "deny",
): Promise<Result<Step, { readonly code: string }>> {
  const votes = await store.votes(request.id);
  const cast = castVote(request, answer(request, voter, says), { votes, people, now: Date.now(), bytes: random(7) });
  return cast.ok ? { ok: true, value: cast.value.step } : cast;
}

async function run(id: string): Promise<string> {
  const stop = new AbortController();
  return insist(id, async (seen) => {
    let request = seen;
    while (request.state === "pending") {
      await store.changed(request.id, stop.signal);
      const found = await store.findRequest(id);
      if (found.kind === "found") request = found.request;
    }
    const given = await store.grant(request.id);
    if (given === undefined) return { ok: false, error: { code: `no-grant-${request.state}` } };
    const votes = await store.votes(request.id);
    const session = sessionIdFrom(random(7));
    const decision = ask(votesOf({ leads: 1 }));
    const claimed = redeem(request, { ...given, votes, people, decision, planDigest, session, now: Date.now() });
    if (!claimed.ok) return claimed;
    const started = start(claimed.value.request.next, sessionOf(given.grant, session, Date.now()), true);
    return { ok: true, value: together(claimed.value, started) };
  });
}

async function append(index: number): Promise<number> {
  const time = new Date().toISOString();
  const data = { digest: `${process.pid}/${index}`, files: [] };
  const outcome = await store.commit({
    events: [{ type: "policy.loaded", time, request: null, actor: "worker", data }],
  });
  return outcome.kind === "committed" ? (outcome.events[0]?.seq ?? 0) : 0;
}

async function perform(task: Task): Promise<unknown> {
  if (task.store !== at) {
    await store.close();
    at = task.store;
    // The bound is not what is tried here: on a busy machine a crew may queue for long.
    store = openStore(at, { lockBoundMs: 60_000 });
  }
  switch (task.do) {
    case "approve":
    case "deny":
      return insist(task.request, (request) => vote(request, task.voter, task.do));
    case "cancel":
      return insist(task.request, (request) =>
        Promise.resolve(cancel(request, { name: "alice", uid: 1000 }, Date.now())),
      );
    case "redeem":
      return run(task.request);
    case "append": {
      let worstMs = 0;
      for (let index = 0; index < task.count; index += 1) {
        const before = performance.now();
        await append(index);
        worstMs = Math.max(worstMs, performance.now() - before);
      }
      return worstMs;
    }
    case "become": {
      // What is loaded later may lie where only the first account can read.
      const { default: Sqlite } = await import("better-sqlite3");
      new Sqlite(":memory:").close();
      await import("node:net");
      process.setgroups?.([...task.groups]);
      process.setgid?.(task.gid);
      process.setuid?.(task.uid);
      return process.getuid?.();
    }
    case "append-until-killed":
      for (let index = 0; ; index += 1) process.send?.({ done: await append(index) });
  }
}

process.on("message", (task: Task) => {
  perform(task).then(
    (done) => process.send?.({ done }),
    (error: unknown) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : "defect";
      process.send?.({ failed: `${code}: ${error instanceof Error ? error.message : String(error)}` });
    },
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ done: "ready" });
