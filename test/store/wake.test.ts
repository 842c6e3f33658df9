// Waiting with a poll of a minute: what returns was woken. The one test of the poll itself takes away the sockets.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RequestId } from "../../src/core/approval/request.ts";
import { castVote } from "../../src/core/approval/vote.ts";
import { WakeListener, wake } from "../../src/store/wake.ts";
import { answer, ask, freshBytes, now, open, people, valueOf, votesOf } from "../core/approval/scenario.ts";
import { freshDirectory, storeAt } from "./crew.ts";

const minute = 60_000;
const request = "r0000000001" as RequestId;
const never = new AbortController().signal;
const sockets = (directory: string): string[] => readdirSync(directory).filter((name) => name.startsWith("wake-"));

async function waiting(path: string): Promise<{
  request: ReturnType<typeof open>["request"];
  requester: ReturnType<typeof storeAt>;
  approve: () => Promise<unknown>;
}> {
  const [requester, voter] = [storeAt(path), storeAt(path)];
  const { request, step } = open(ask(votesOf({ leads: 1 })));
  await requester.commit(step);
  const count = { votes: [], people, now, bytes: freshBytes(7) };
  const vote = valueOf(castVote(request, answer(request, "carol", "approve"), count)).step;
  return { request, requester, approve: () => voter.commit(vote) };
}

describe("a knock", () => {
  it("wakes every listener of its request, and no other", async () => {
    const directory = freshDirectory();
    const [one, two, other] = [new WakeListener(), new WakeListener(), new WakeListener()];
    await Promise.all([
      one.listen(directory, request),
      two.listen(directory, request),
      other.listen(directory, "r0000000002" as RequestId),
    ]);
    expect(sockets(directory)).toHaveLength(3);
    let heard = false;
    const stop = new AbortController();
    const third = other.knock(minute, stop.signal).then(() => (heard = true));
    await wake(directory, request);
    await Promise.all([one.knock(minute, never), two.knock(minute, never)]);
    expect(heard).toBe(false);
    stop.abort();
    await third;
    for (const listener of [one, two, other]) listener.close();
    expect(sockets(directory)).toEqual([]);
  });

  it("is not lost between two waits", async () => {
    const directory = freshDirectory();
    const listener = new WakeListener();
    await listener.listen(directory, request);
    const first = listener.knock(minute, never);
    await wake(directory, request);
    await first;
    await wake(directory, request);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await listener.knock(minute, never);
    listener.close();
  });

  it("reaches a state directory with a path longer than a socket's", async () => {
    const directory = `${freshDirectory()}/${"long/".repeat(40)}state`;
    mkdirSync(directory, { recursive: true });
    const listener = new WakeListener();
    await listener.listen(directory, request);
    expect(sockets(directory)).toHaveLength(1);
    await wake(directory, request);
    await listener.knock(minute, never);
    listener.close();
    expect(sockets(directory)).toEqual([]);
  });

  it("is made by a process that leaves at once", async () => {
    const directory = freshDirectory();
    const listener = new WakeListener();
    await listener.listen(directory, request);
    const module = new URL("../../src/store/wake.ts", import.meta.url).href;
    const program = `const { wake } = await import(${JSON.stringify(module)}); await wake(${JSON.stringify(directory)}, "${request}"); process.exit(0);`;
    expect(spawnSync(process.execPath, ["--input-type=module", "-e", program]).status).toBe(0);
    await listener.knock(minute, never);
    listener.close();
  });

  it("removes the socket of a waiter that is gone, and is stopped by nothing", async () => {
    const directory = freshDirectory();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(`${directory}/passing`, resolve));
    renameSync(`${directory}/passing`, `${directory}/wake-${request}-1-dead`);
    await new Promise((resolve) => server.close(resolve));
    expect(sockets(directory)).toHaveLength(1);
    await wake(directory, request);
    while (sockets(directory).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await wake(`${directory}/nowhere`, request);
  });

  it("finds no sockets of waiters that were killed, whatever became of their requests", async () => {
    const directory = freshDirectory();
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(`${directory}/wake-r0000000009-${gone}-aa`, "");
    writeFileSync(`${directory}/wake-r0000000009-${process.pid}-aa`, "");
    const listener = new WakeListener();
    await listener.listen(directory, request);
    expect(sockets(directory).filter((name) => name.startsWith("wake-r0000000009"))).toEqual([
      `wake-r0000000009-${process.pid}-aa`,
    ]);
    listener.close();
  });

  it("may be given by whoever may write the directory", async () => {
    for (const [mode, expected] of [
      [0o700, 0o600],
      [0o777, 0o666],
    ] as const) {
      const directory = freshDirectory(mode);
      const listener = new WakeListener();
      await listener.listen(directory, request);
      const [name] = sockets(directory);
      expect(statSync(`${directory}/${name ?? ""}`).mode & 0o777).toBe(expected);
      listener.close();
    }
  });

  it("can't be waited for where no socket can be made, but the wait still ends", async () => {
    const listener = new WakeListener();
    await listener.listen(`${freshDirectory()}/nowhere`, request);
    await listener.knock(5, never);
    listener.close();
  });
});

describe("changed", () => {
  it("resolves when another process has committed", async () => {
    const { request: asked, requester, approve } = await waiting(`${freshDirectory()}/store.db`);
    const changed = requester.changed(asked.id, never);
    await approve();
    await changed;
    expect(await requester.findRequest(asked.id)).toMatchObject({ request: { state: "approved" } });
  });

  it("resolves at once for what was committed since the caller last looked, and only once for it", async () => {
    const directory = freshDirectory();
    const { request: asked, requester, approve } = await waiting(`${directory}/store.db`);
    await approve();
    const stop = new AbortController();
    await requester.changed(asked.id, stop.signal);
    const second = requester.changed(asked.id, stop.signal);
    stop.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
  });

  it("resolves for everybody who waits in this process, also when one of them gives up", async () => {
    const directory = freshDirectory();
    const { request: asked, requester, approve } = await waiting(`${directory}/store.db`);
    const stop = new AbortController();
    const [one, two, quitter] = [never, never, stop.signal].map((signal) => requester.changed(asked.id, signal));
    expect(sockets(directory).length).toBeLessThan(2);
    stop.abort(new Error("enough"));
    await expect(quitter).rejects.toThrow("enough");
    await approve();
    await Promise.all([one, two]);
  });

  it("is seen by the poll when nobody can knock", async () => {
    const directory = freshDirectory();
    const { request: asked, requester, approve } = await waiting(`${directory}/store.db`);
    const changed = requester.changed(asked.id, never);
    while (sockets(directory).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const name of sockets(directory)) unlinkSync(`${directory}/${name}`);
    await approve();
    await changed;
    expect(await requester.findRequest(asked.id)).toMatchObject({ request: { state: "approved" } });
  });

  it("waits no longer for its end when the clock is set back meanwhile", async () => {
    const { request: asked, requester } = await waiting(`${freshDirectory()}/store.db`);
    const { now } = Date;
    onTestFinished(() => {
      Date.now = now;
    });
    const changed = requester.changed(asked.id, never, now() + 300);
    Date.now = () => now() - 86_400_000;
    await changed;
  });

  it("rejects with the signal's reason and leaves no socket", async () => {
    const directory = freshDirectory();
    const { request: asked, requester } = await waiting(`${directory}/store.db`);
    const stop = new AbortController();
    const changed = requester.changed(asked.id, stop.signal);
    stop.abort(new Error("cancelled at the terminal"));
    await expect(changed).rejects.toThrow("cancelled at the terminal");
    await expect(requester.changed(asked.id, stop.signal)).rejects.toThrow("cancelled at the terminal");
    await requester.close();
    expect(sockets(directory)).toEqual([]);
  });
});
