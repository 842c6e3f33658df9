// A scan that runs gets more time, at once or after an approval; and the line of an earlier one is asked for again.
import { describe, expect, it } from "vitest";
import { revoke } from "../../src/broker/revoke.ts";
import { narrowedRequest } from "../../src/broker/narrow.ts";
import { castVote } from "../../src/broker/votes.ts";
import { exitCodeOf } from "../../src/cli/exit-code.ts";
import { longestBox, type Ceiling } from "../../src/core/confinement/ceiling.ts";
import type { SessionEnd } from "../../src/effects.ts";
import type { Outcome } from "../../src/messages.ts";
import { again, extend, file, run, scan } from "../../src/pipeline.ts";
import { bob, policyOf, World } from "./world.ts";

const text = `version: 1
people: { leads: [carol, dave] }
rules:
  - { name: near, effect: allow, targets: [10.0.0.0/16], ttl: 10m }
  - { name: far, effect: ask, targets: [10.1.0.0/16], ask: { votes: { leads: 1 } }, ttl: 10m }
  - { name: held, effect: ask, enforcement: required, targets: [10.2.0.0/16], ask: { votes: { leads: 1 } }, ttl: 10m }
`;

/** A scan that runs with a box of two minutes, and what it comes to. */
async function running(
  words: string,
  ceiling?: Ceiling,
): Promise<{ world: World; scanning: Promise<Outcome>; id: never }> {
  const world = new World(text);
  world.host.level = () => Promise.resolve({ level: world.level, ...(ceiling && { ceiling }) });
  world.present = false;
  if (words.includes("10.2.")) world.level = "enforced";
  world.nmap = (_, stopped) =>
    stopped.then((ending): Partial<SessionEnd> => ({ ending, exitCode: null, signal: "SIGINT" }));
  const ask = world.ask(words, { ttlSeconds: 120 });
  const filed = await file(ask, world.effects);
  if (filed.kind !== "opened") throw new Error(filed.kind);
  if (filed.request.state === "pending") await vote(world, filed.request.id, filed.request.digest);
  const scanning = run(filed.request.id, world.effects);
  const { id } = await world.until("running");
  return { world, scanning, id: id as never };
}

function vote(world: World, request: string, digest: string): Promise<unknown> {
  const ballot = { digest, voter: "carol", answer: "approve", strength: "asserted", via: "command" } as const;
  return castVote({ ...ballot, request: request as never }, world.effects);
}

/** Until the session was told of a longer box: the program that runs it looks five times a second. */
async function told(world: World): Promise<readonly number[]> {
  while (world.extended.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return world.extended;
}

describe("more time", () => {
  it("is given at once where policy allows the scan, up to the rules' own box in all", async () => {
    const { world, scanning, id } = await running("-sL 10.0.0.1");
    const given = await extend(id, { seconds: 180 }, {}, world.effects);
    expect(given).toMatchObject({ kind: "extended", ttlSeconds: 300 });
    expect(exitCodeOf(given)).toBe(0);
    expect(await told(world)).toEqual([300]);
    const more = await extend(id, { seconds: 301 }, {}, world.effects);
    expect(more).toMatchObject({ kind: "not-allowed", problem: { code: "ttl-too-long" } });
    expect(await extend(id, { seconds: 300 }, {}, world.effects)).toMatchObject({ ttlSeconds: 600 });
    await revoke(id, bob, undefined, world.effects);
    expect(await scanning).toMatchObject({ kind: "ran", ttlSeconds: 600 });
  });

  it("is asked for again where people were asked, and given by its own approval, once", async () => {
    const { world, scanning, id } = await running("-sL 10.1.0.1");
    const asked = await extend(id, { seconds: 60, reason: "not done yet" }, {}, world.effects);
    expect(asked).toMatchObject({ kind: "waiting", request: { reason: "not done yet", purpose: { of: id } } });
    if (asked.kind !== "waiting") throw new Error(asked.kind);
    const extension = asked.request;
    expect(await run(extension.id, world.effects)).toMatchObject({ kind: "waiting" });
    expect(world.extended).toEqual([]);
    await vote(world, extension.id, extension.digest);
    expect(await run(extension.id, world.effects)).toMatchObject({ kind: "extended", ttlSeconds: 180 });
    expect(await told(world)).toEqual([180]);
    expect(await run(extension.id, world.effects)).toMatchObject({ kind: "used" });
    expect(world.launched).toHaveLength(1);
    await revoke(id, bob, undefined, world.effects);
    await scanning;
  });

  it("is as much less as an approver gives, and nothing but time can be taken from it", async () => {
    const { world, scanning, id } = await running("-sL 10.1.0.0/30");
    const asked = await extend(id, { seconds: 300 }, {}, world.effects);
    if (asked.kind !== "waiting") throw new Error(asked.kind);
    const { request } = asked;
    const { policy } = world;
    if (!policy.ok) throw new Error("the policy can't be read");
    for (const narrowing of [{ only: ["10.1.0.1"] }, { maxRate: 5 }, { ttlSeconds: 60, notAfter: world.now + 60_000 }])
      expect(await narrowedRequest(request, narrowing, policy.value, world.effects)).toMatchObject({
        error: { code: "not-narrower" },
      });
    const narrow = { ttlSeconds: 60 };
    const less = await narrowedRequest(request, narrow, policy.value, world.effects);
    if (!less.ok) throw new Error(less.error.message);
    const yes = { digest: less.value.digest, voter: "carol", answer: "approve", strength: "asserted" } as const;
    await castVote({ ...yes, via: "command", narrow, request: request.id }, world.effects);
    const accepted = { ...yes, voter: "bob", answer: "confirm", via: "prompt", request: request.id } as const;
    await castVote(accepted, world.effects);
    expect(await run(request.id, world.effects)).toMatchObject({ kind: "extended", ttlSeconds: 180 });
    expect(await told(world)).toEqual([180]);
    await revoke(id, bob, undefined, world.effects);
    await scanning;
  });

  it("is asked for as the session that runs is held, also to whoever would give less of it", async () => {
    const { world, scanning, id } = await running("-sL 10.2.0.1");
    const asked = await extend(id, { seconds: 300 }, {}, world.effects);
    if (asked.kind !== "waiting" || !world.policy.ok) throw new Error(asked.kind);
    expect(asked.request.held).toEqual({ level: "enforced" });
    // A lead's own account has no sessions that the kernel holds.
    world.level = "advisory";
    const less = await narrowedRequest(asked.request, { ttlSeconds: 60 }, world.policy.value, world.effects);
    expect(less).toMatchObject({ ok: true });
    await revoke(id, bob, undefined, world.effects);
    await scanning;
  });

  it("that is longer than what is asked for at once says how much may be asked for", async () => {
    const { world, scanning, id } = await running("-sL 10.1.0.1");
    const asked = await extend(id, { seconds: 601 }, {}, world.effects);
    expect(asked).toMatchObject({ problem: { code: "ttl-too-long", hint: "ask for at most 10m more." } });
    await revoke(id, bob, undefined, world.effects);
    await scanning;
  });

  it("is refused above the ceiling of the machine, with the longest box that it allows", async () => {
    const { world, scanning, id } = await running("-sL 10.0.0.1", { ttlSeconds: 200 });
    const asked = await extend(id, { seconds: 180 }, {}, world.effects);
    const message = "no session lasts longer than 3m20s on this machine, and this would be 5m";
    expect(asked).toMatchObject({ kind: "not-allowed", problem: { code: "ttl-too-long", message } });
    expect(await extend(id, { seconds: 80 }, {}, world.effects)).toMatchObject({ ttlSeconds: 200 });
    expect(await told(world)).toEqual([200]);
    await revoke(id, bob, undefined, world.effects);
    await scanning;
  });

  it("that goes past a ceiling which its giver did not know is cut to it, on record before it is given", async () => {
    const { world, scanning, id } = await running("-sL 10.0.0.1", { ttlSeconds: 200 });
    const level = () => Promise.resolve({ level: world.level, longestSeconds: longestBox(undefined) });
    await extend(id, { seconds: 180 }, {}, { ...world.effects, runner: { ...world.effects.runner, level } });
    expect(await told(world)).toEqual([200]);
    const events = await world.effects.store.events({ request: id });
    expect(events.flatMap(({ type, data }) => (type === "session.extended" ? [data] : []))).toEqual([
      { session: expect.any(String) as string, ttlSeconds: 300 },
      {
        session: expect.any(String) as string,
        ttlSeconds: 200,
        because: "no session lasts longer than 3m20s on this machine",
      },
    ]);
    await revoke(id, bob, undefined, world.effects);
    expect(await scanning).toMatchObject({ kind: "ran", ttlSeconds: 200 });
  });

  it("does not reach past the window in which the scan may run", async () => {
    const { world, scanning, id } = await running("-sL 10.1.0.1");
    const asked = await extend(id, { seconds: 300 }, {}, world.effects);
    if (asked.kind !== "waiting") throw new Error(asked.kind);
    await vote(world, asked.request.id, asked.request.digest);
    const end = new Date(world.now + 180_000).toISOString().slice(0, 16);
    const start = new Date(world.now - 3_600_000).toISOString().slice(0, 16);
    world.policy = policyOf(
      text
        .replace("rules:", `windows: { now: { from: "${start}", to: "${end}" } }\nrules:`)
        .replace("effect: ask,", "effect: ask, during: [now],"),
    );
    expect(await run(asked.request.id, world.effects)).toMatchObject({ problem: { code: "ttl-too-long" } });
    expect(world.extended).toEqual([]);
    await revoke(id, bob, undefined, world.effects);
    await scanning;
  });

  it("is not given when policy denies the scan now, to others, or to what does not run", async () => {
    const { world, scanning, id } = await running("-sL 10.0.0.1");
    const { policy } = world;
    world.policy = policyOf("version: 1\n");
    expect(await extend(id, { seconds: 60 }, {}, world.effects)).toMatchObject({ problem: { code: "denied" } });
    world.policy = policy;
    world.requester = { ...bob, name: "eve" };
    expect(await extend(id, { seconds: 60 }, {}, world.effects)).toMatchObject({ problem: { code: "not-yours" } });
    world.requester = bob;
    await revoke(id, bob, undefined, world.effects);
    await scanning;
    expect(await extend(id, { seconds: 60 }, {}, world.effects)).toMatchObject({ problem: { code: "not-running" } });
    expect(world.types).not.toContain("session.extended");
  });

  it("is lost, and nothing else, when the scan ended before the approval was used", async () => {
    const { world, scanning, id } = await running("-sL 10.1.0.1");
    const asked = await extend(id, { seconds: 60 }, {}, world.effects);
    if (asked.kind !== "waiting") throw new Error(asked.kind);
    await vote(world, asked.request.id, asked.request.digest);
    await revoke(id, bob, undefined, world.effects);
    await scanning;
    expect(await run(asked.request.id, world.effects)).toMatchObject({ problem: { code: "not-running" } });
  });
});

describe("once more", () => {
  const host = (address: string): string =>
    `<host><status state="up" reason="x"/><address addr="${address}" addrtype="ipv4"/><ports/></host>`;

  it("is the same line, judged anew", async () => {
    const world = new World(text);
    await scan(world.ask("-sL 10.0.0.0/30", { reason: "why not" }), {}, world.effects);
    const { id } = world.only;
    expect(await again(id, { remaining: false }, {}, world.effects)).toMatchObject({
      kind: "ran",
      request: { reason: "why not" },
    });
    expect(world.launched[1]?.argv).toEqual(world.launched[0]?.argv);
    world.requester = { ...bob, uid: 7 };
    expect(await again(id, { remaining: false }, {}, world.effects)).toMatchObject({ problem: { code: "not-yours" } });
  });

  it("is only for the hosts that were not finished, when that is asked", async () => {
    const world = new World(text);
    world.xml = `<?xml version="1.0"?><nmaprun scanner="nmap">${host("10.0.0.0")}${host("10.0.0.2")}<host>`;
    await scan(world.ask("-sT -Pn -p 22 10.0.0.0/30"), {}, world.effects);
    const { id } = world.only;
    expect(await again(id, { remaining: true }, {}, world.effects)).toMatchObject({ kind: "ran" });
    expect(world.launched[1]?.argv.at(-1)).toBe("10.0.0.1,3");
    world.results.set(world.sessions[0]?.id ?? "", {
      ...(world.results.get(world.sessions[0]?.id ?? "") as never as object),
      xml: Buffer.from(`<nmaprun>${[0, 1, 2, 3].map((last) => host(`10.0.0.${last}`)).join("")}</nmaprun>`),
    } as never);
    expect(await again(id, { remaining: true }, {}, world.effects)).toMatchObject({
      problem: { code: "nothing-left" },
    });
  });
});
