// What every runner keeps, in this process or apart: the same tests for both, over the whole pipeline.
import { describe, expect, it } from "vitest";
import type { SessionId } from "../../src/core/audit/event.ts";
import type { Effects, Runner, SessionEnd } from "../../src/effects.ts";
import { castVote } from "../../src/broker/votes.ts";
import { revoke } from "../../src/broker/revoke.ts";
import { file, run, scan } from "../../src/pipeline.ts";
import { World } from "../pipeline/world.ts";
import { apart } from "./apart.ts";

const policy = `version: 1
people: { leads: [carol] }
rules:
  - { name: near, effect: allow, targets: [10.0.0.0/16], may: anything, ttl: 2m }
  - { name: far, effect: ask, targets: [10.1.0.0/16], may: anything, ask: { votes: { leads: 1 } }, ttl: 2m }
`;
const near = "-sT -n -p 22 10.0.0.1";
const far = "-sT -n -p 22 10.1.0.1";
const carol = { name: "carol", uid: 2005, groups: [] };
const session = "s0123456789" as SessionId;

/** As soon as it is so: what is loaded on the way takes its time on a busy machine. */
const when = async (so: () => boolean): Promise<void> => {
  while (!so()) await new Promise((resolve) => setImmediate(resolve));
};

const untilStopped = (world: World): void => {
  world.nmap = (_, stopped) =>
    stopped.then((ending): Partial<SessionEnd> => ({ ending, exitCode: null, signal: "SIGINT" }));
};

describe.each([
  ["in this process", (runner: Runner) => runner],
  ["apart", (runner: Runner) => apart(runner).runner],
] as const)("a runner %s", (_, made) => {
  const begin = (text = policy): { world: World; fx: Effects; runner: Runner } => {
    const world = new World(text);
    const runner = made(world.effects.runner);
    return { world, fx: { ...world.effects, runner }, runner };
  };

  it("says what holds its sessions", async () => {
    const { world, runner } = begin();
    world.level = "enforced";
    expect(await runner.level()).toEqual({ level: "enforced", longestSeconds: 7 * 24 * 3600 });
  });

  it("has each step on record before it takes the next, and gives the result byte for byte", async () => {
    const { world, fx } = begin();
    const outcome = await scan(world.ask(`${near} -oN mine.txt`), {}, fx);
    expect(outcome).toMatchObject({ kind: "ran", ending: "exited", exitCode: 0, complete: true, violations: [] });
    const steps = ["request.opened", "session.started", "nmap", "session.ended", "write /home/bob/mine.txt"];
    expect(world.order.filter((step) => steps.includes(step))).toEqual(steps);
    expect(world.launched[0]?.argv).toContain("10.0.0.1");
    expect(world.written.get("/home/bob/mine.txt")).toBe("# normal\n");
    expect(world.discarded).toEqual([world.sessions[0]?.id]);
  });

  it("brings large results whole", async () => {
    const { world, runner } = begin();
    world.xml = "é".repeat(2_700_000);
    expect(Buffer.from(await runner.read(session, "xml")).toString()).toBe(world.xml);
    const [one, two] = await Promise.all([runner.read(session, "xml"), runner.read(session, "normal")]);
    expect([one.length, Buffer.from(two).toString()]).toEqual([5_400_000, "# normal\n"]);
  });

  it("starts nothing that the broker refuses, and leaves nothing of it", async () => {
    const { world, fx } = begin();
    const filed = await file(world.ask(near), fx);
    if (filed.kind !== "opened") throw new Error(filed.kind);
    const prepare = world.host.prepare.bind(world.host);
    world.host.prepare = async (one) => {
      await revoke(world.only.id, carol, "at the last moment", fx);
      return prepare(one);
    };
    expect(await run(filed.request.id, fx)).toMatchObject({ kind: "revoked" });
    expect(world.launched).toEqual([]);
    expect(world.discarded).toHaveLength(1);
  });

  it("rejects with the trail's own words when a step can't be put on record, and what runs is ended", async () => {
    const { world, fx } = begin();
    const full = Object.assign(new Error("the trail is full"), { code: "store-full" });
    const starting = scan(world.ask(near), {}, { ...fx, store: { ...fx.store, commit: () => Promise.reject(full) } });
    await expect(starting).rejects.toBe(full);
    expect(world.launched).toEqual([]);
    const one = begin();
    untilStopped(one.world);
    const running = scan(one.world.ask(near), {}, one.fx);
    await when(() => one.world.shown.length > 0);
    one.world.storeFails = full;
    one.world.violated?.(["the kernel refused 1 packet to 10.0.0.9 tcp/23"]);
    await expect(running).rejects.toBe(full);
  });

  it("says why a session could not be started", async () => {
    const { world, fx } = begin();
    world.launchFails = { code: "egress-refused", message: "The kernel refused it.", hint: "look there" };
    expect(await scan(world.ask(near), {}, fx)).toMatchObject({
      kind: "not-started",
      problem: { code: "egress-refused", message: "The kernel refused it." },
    });
    expect(world.only.state).toBe("failed");
  });

  it("closes the request at once where the session's files can't be written", async () => {
    const { world, fx } = begin();
    world.host.prepare = () => Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
    expect(await scan(world.ask(near), {}, fx)).toMatchObject({ kind: "not-started", problem: { code: "session-io" } });
    expect(world.only.state).toBe("failed");
    expect(world.launched).toEqual([]);
  });

  it("stops, extends and tells of violations while nmap runs, and not before", async () => {
    const { world, fx } = begin();
    untilStopped(world);
    const running = scan(world.ask(near), {}, fx);
    await when(() => world.shown.length > 0);
    world.violated?.(["the kernel refused 1 packet to 10.0.0.9 tcp/23"]);
    await when(() => world.types.includes("session.violation"));
    expect(await world.shown[0]?.running.progress()).toEqual({ hosts: 1, up: 1 });
    world.signal("interrupt");
    expect(await running).toMatchObject({ kind: "ran", ending: "interrupted", signal: "SIGINT" });
  });

  it("makes a session ready before the answer, takes it for the order, and undoes what nobody took", async () => {
    const { world, fx } = begin();
    const asking = scan(world.ask(far), { waitSeconds: 60 }, fx);
    await when(() => world.requests.size > 0);
    const request = world.only;
    await when(() => world.order.includes("shell"));
    expect(world.launched).toEqual([]);
    const ballot = { voter: "carol", answer: "approve", strength: "asserted", via: "command" } as const;
    await castVote({ ...ballot, request: request.id, digest: request.digest }, fx);
    expect(await asking).toMatchObject({ kind: "ran" });
    expect(world.order.filter((step) => step === "shell")).toHaveLength(1);
    const other = begin();
    const unanswered = scan(other.world.ask(far), { waitSeconds: 5 }, other.fx);
    await when(() => other.world.order.includes("shell"));
    other.world.pass(5);
    expect(await unanswered).toMatchObject({ kind: "waiting" });
    expect(other.world.order).toContain("dropped");
    expect(other.world.discarded).toHaveLength(1);
  });

  it("answers what is asked about sessions, and throws what there is to throw", async () => {
    const { world, runner } = begin();
    const swept = { kind: "over", revocation: { revoked: ["processes"], processesEnded: 2, left: [] } } as const;
    world.host.sweep = () => Promise.resolve(swept);
    world.host.abandoned = () => Promise.resolve([session]);
    expect(await runner.sweep(session)).toEqual(swept);
    expect(await runner.abandoned()).toEqual([session]);
    world.host.progress = () => Promise.resolve(undefined);
    expect(await runner.progress(session)).toBeUndefined();
    const task = { name: "SYN Stealth Scan", percent: 12.5, remainingSeconds: 30 };
    world.host.progress = () => Promise.resolve({ hosts: 3, up: 2, task });
    expect(await runner.progress(session)).toEqual({ hosts: 3, up: 2, task });
    await runner.discard(session);
    expect(world.discarded).toEqual([session]);
    world.host.read = () => Promise.reject(Object.assign(new Error("no plain file"), { code: "EIO" }));
    await expect(runner.read(session, "xml")).rejects.toMatchObject({ message: "no plain file", code: "EIO" });
  });
});
