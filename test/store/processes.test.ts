// Many processes on one store at once. `JIT_NMAP_ROUNDS` makes it longer.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, open, votesOf } from "../core/approval/scenario.ts";
import { crew, dismiss, freshDirectory, storeAt, worker } from "./crew.ts";
import type { Worker } from "./crew.ts";
import type { Task } from "./worker.ts";

let workers: readonly Worker[] = [];
beforeAll(async () => {
  workers = await crew(64);
});
afterAll(() => {
  dismiss(workers);
});

const rounds = Number(process.env["JIT_NMAP_ROUNDS"] ?? 4);
const ended = ["denied", "cancelled", "running"];

describe("64 processes on one request", () => {
  it("approve, deny, cancel and redeem it to one end, with at most one run", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    const ends: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const { request, step } = open(ask(votesOf({ leads: 1 })), { now: Date.now() });
      await store.commit(step);
      // Every other round without those who end it, so that there are runs to count.
      const onlyRuns = round % 2 === 1;
      const task = (index: number): Task => {
        const of = { store: path, request: request.id };
        if (onlyRuns)
          return index % 4 === 0
            ? { ...of, do: "approve", voter: index % 8 === 0 ? "carol" : "dave" }
            : { ...of, do: "redeem" };
        if (index % 4 === 0) return { ...of, do: "approve", voter: index % 8 === 0 ? "carol" : "dave" };
        if (index % 4 === 1) return { ...of, do: "deny", voter: index % 8 === 1 ? "carol" : "dave" };
        return index % 4 === 2 ? { ...of, do: "cancel" } : { ...of, do: "redeem" };
      };
      const outcomes = await Promise.all(workers.map((each, index) => each.ask(task(index))));

      const found = await store.findRequest(request.id);
      const state = found.kind === "found" ? found.request.state : found.kind;
      ends.push(state);
      expect(ended).toContain(state);
      const runs = outcomes.filter((outcome) => outcome === "running").length;
      expect(runs).toBe(state === "running" ? 1 : 0);
      if (onlyRuns) expect(state).toBe("running");
      expect(await store.sessions(request.id)).toHaveLength(runs);
      const types = (await store.events({ request: request.id })).map(({ type }) => type);
      const decisions = types.filter((type) =>
        ["request.approved", "request.denied", "request.cancelled"].includes(type),
      );
      expect(decisions).toHaveLength(1);
      expect(types.filter((type) => type === "grant.redeemed")).toHaveLength(runs);
      expect(types.filter((type) => type === "session.started")).toHaveLength(runs);
      expect(outcomes.filter((outcome) => ["approved", "denied", "cancelled"].includes(String(outcome)))).toHaveLength(
        1,
      );
    }
    expect((await store.verify()).kind).toBe("intact");
    expect(ends).toHaveLength(rounds);
  });

  it("count every vote of a quorum, however many come at once", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    const voters = ["carol", "dave", "erin", "frank"];
    for (let round = 0; round < 5; round += 1) {
      const { request, step } = open(ask(votesOf({ everyone: 4 })), { now: Date.now() });
      await store.commit(step);
      const outcomes = await Promise.all(
        workers
          .slice(0, 8)
          .map((each, index) =>
            each.ask({ store: path, do: "approve", request: request.id, voter: voters[index % 4] ?? "" }),
          ),
      );
      expect(outcomes.filter((outcome) => outcome === "approved")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "pending")).toHaveLength(3);
      expect(await store.votes(request.id)).toHaveLength(4);
    }
  });
});

describe("32 processes appending", () => {
  it("are all served, and the chain stays whole", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    const worst = await Promise.all(
      workers.slice(0, 32).map((each) => each.ask({ store: path, do: "append", count: 20 })),
    );
    expect(worst).toHaveLength(32);
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 32 * 20 });
    const digests = (await store.events({})).map((event) => ("digest" in event.data ? event.data.digest : ""));
    expect(new Set(digests).size).toBe(32 * 20);
  });

  it("start on a store that none of them has made yet", async () => {
    const path = `${freshDirectory()}/state/store.db`;
    await Promise.all(workers.slice(0, 32).map((each) => each.ask({ store: path, do: "append", count: 2 })));
    expect(await storeAt(path).verify()).toMatchObject({ kind: "intact", events: 64 });
  });
});

describe("a process killed -9", () => {
  it("loses no event that was acknowledged, and leaves a chain that goes on", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    for (let round = 0; round < 4; round += 1) {
      const victim = await worker();
      const acknowledged: number[] = [];
      const gone = new Promise((resolve) => victim.process.once("exit", resolve));
      const enough = new Promise<void>((resolve) => {
        victim.process.on("message", (message: { done: number }) => {
          acknowledged.push(message.done);
          if (acknowledged.length > 20 + round * 7) resolve();
        });
      });
      victim.process.send({ store: path, do: "append-until-killed" });
      await enough;
      victim.process.kill("SIGKILL");
      await gone;
      const kept = new Set((await store.events({})).map(({ seq }) => seq));
      expect(acknowledged.filter((seq) => !kept.has(seq))).toEqual([]);
      expect((await store.verify()).kind).toBe("intact");
      const after = await store.commit({
        events: [{ type: "freeze.lifted", time: "t", request: null, actor: "a", data: {} }],
      });
      expect(after.kind).toBe("committed");
    }
  });
});
