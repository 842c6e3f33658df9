// What others do to a scan: revoke it before and while it runs, freeze everything; and what a crash left being closed.
import { describe, expect, it } from "vitest";
import { freeze, revoke, unfreeze } from "../../src/broker/revoke.ts";
import { sweep } from "../../src/broker/sweep.ts";
import { castVote } from "../../src/broker/votes.ts";
import { redeem } from "../../src/broker/redeem.ts";
import type { SessionEnd } from "../../src/effects.ts";
import { file, run, scan } from "../../src/pipeline.ts";
import { exitCodeOf } from "../../src/cli/exit-code.ts";
import { bob, policyOf, World, xml } from "./world.ts";

const policy = `version: 1
people: { leads: [carol, dave, bob] }
rules:
  - { name: near, effect: allow, targets: [10.0.0.0/16], ttl: 2m }
  - { name: far, effect: ask, targets: [10.1.0.0/16], ask: { votes: { leads: 1 } } }
`;
const near = "-sL -n 10.0.0.1";
const far = "-sL -n 10.1.0.1";
const someone = (name: string, uid = 2000 + name.length) => ({ name, uid, groups: [] });
const carol = someone("carol");

/** An nmap that runs until it is stopped, and says so by how it ends. */
function untilStopped(world: World): void {
  world.nmap = (_, stopped) =>
    stopped.then((ending): Partial<SessionEnd> => ({ ending, exitCode: null, signal: "SIGINT" }));
}

async function approved(world: World): Promise<void> {
  await file(world.ask(far), world.effects);
  const { id, digest } = world.only;
  const ballot = { request: id, digest, answer: "approve", strength: "asserted", via: "command" } as const;
  await castVote({ ...ballot, voter: "carol" }, world.effects);
}

describe("a running scan", () => {
  it.each([
    ["its requester", bob],
    ["a lead, although policy allowed it without asking", carol],
  ])("is ended when its grant is revoked by %s, and what was found is kept", async (_, who) => {
    const world = new World(policy);
    untilStopped(world);
    const scanning = scan(world.ask(near), {}, world.effects);
    await world.until("running");
    expect(await revoke(world.only.id, who, "wrong host", world.effects)).toMatchObject({ kind: "revoked" });
    const outcome = await scanning;
    expect(outcome).toMatchObject({ kind: "ran", ending: "revoked", request: { state: "revoked" } });
    expect(outcome).toMatchObject({ request: { because: `by ${who.name}: wrong host` } });
    expect(exitCodeOf(outcome)).toBe(80);
    expect(world.results.size).toBe(1);
    expect(world.types.slice(-4)).toEqual(["session.killed", "session.ended", "credentials.revoked", "result.stored"]);
  });

  it("is not for strangers to end, nor for services, whatever the rules say of everyone", async () => {
    const world = new World(policy.replace("[carol, dave, bob]", '[carol, "service:ci"]'));
    untilStopped(world);
    const scanning = scan(world.ask(near), {}, world.effects);
    await world.until("running");
    for (const name of ["mallory", "ci", "#0", "CAROL"]) {
      const refused = await revoke(world.only.id, someone(name), undefined, world.effects);
      expect(refused).toMatchObject({ kind: "refused", problem: { code: "not-entitled" } });
    }
    // Another account of the requester's name is somebody else.
    expect(await revoke(world.only.id, someone("bob", 7), undefined, world.effects)).toMatchObject({ kind: "refused" });
    expect(world.only.state).toBe("running");
    await revoke(world.only.id, bob, undefined, world.effects);
    await scanning;
  });

  it("is ended by a freeze, and so is one that nobody told of it", async () => {
    for (const told of [true, false]) {
      const world = new World(policy);
      untilStopped(world);
      const scanning = scan(world.ask(near), {}, world.effects);
      await world.until("running");
      if (told) {
        expect(await freeze("incident 7", carol, world.effects)).toMatchObject({ ended: [{ id: world.only.id }] });
      } else {
        world.frozen = { by: "carol", because: "incident 7", since: world.now };
        world.pass(1);
      }
      expect(await scanning).toMatchObject({ ending: "revoked", request: { state: "revoked" } });
      expect((await scanning) as object).toHaveProperty("request.because", expect.stringContaining("incident 7"));
    }
  });
});

describe("an approval", () => {
  it("is revoked before it is used, and then never runs", async () => {
    const world = new World(policy);
    await approved(world);
    expect(await revoke(world.only.id, someone("dave"), "not now", world.effects)).toMatchObject({ kind: "revoked" });
    const outcome = await run(world.only.id, world.effects);
    expect(outcome).toMatchObject({ kind: "revoked", request: { because: "not now" } });
    expect(await revoke(world.only.id, carol, undefined, world.effects)).toMatchObject({ kind: "too-late" });
    expect(world.launched).toEqual([]);
  });

  it("that is revoked between its redemption and its start starts nothing", async () => {
    const world = new World(policy);
    await approved(world);
    const prepare = world.host.prepare.bind(world.host);
    world.host.prepare = async (session) => {
      await revoke(world.only.id, carol, "at the last moment", world.effects);
      return prepare(session);
    };
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "revoked" });
    expect(world.launched).toEqual([]);
    expect(world.order).toContain("dropped");
    expect(world.discarded).toHaveLength(1);
  });
});

describe("a freeze", () => {
  it("lets nothing start: what is allowed is kept for later, what was approved stays approved", async () => {
    const world = new World(policy);
    expect(await freeze("incident 7", carol, world.effects)).toMatchObject({ kind: "frozen", ended: [] });
    const outcome = await scan(world.ask(near), {}, world.effects);
    expect(outcome).toMatchObject({ kind: "frozen", request: { state: "approved" }, freeze: { by: "carol" } });
    expect(exitCodeOf(outcome)).toBe(80);
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "frozen" });
    expect(world.launched).toEqual([]);
    expect(await unfreeze("over", someone("dave"), world.effects)).toBeUndefined();
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
  });

  it("is told to who asks for a yes meanwhile: even that would start nothing", async () => {
    const world = new World(policy);
    await freeze("incident 7", carol, world.effects);
    const asking = scan(world.ask("-sT -p 22 10.1.0.1"), { waitSeconds: 5 }, world.effects);
    await world.until("pending");
    world.pass(5);
    expect(await asking).toMatchObject({ kind: "waiting" });
    expect(world.said).toContainEqual(expect.stringMatching(/frozen by carol .*incident 7; until that is lifted/));
  });

  it("that comes between redemption and start closes the request: its grant is gone", async () => {
    const world = new World(policy);
    await approved(world);
    const prepare = world.host.prepare.bind(world.host);
    world.host.prepare = (session) => {
      world.frozen = { by: "carol", because: "incident 7", since: world.now };
      return prepare(session);
    };
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "frozen", request: { state: "failed" } });
    expect(world.launched).toEqual([]);
  });

  it("is set and lifted by leads alone, says why, and is not set twice", async () => {
    const world = new World(policy);
    expect(await freeze("no", someone("mallory"), world.effects)).toMatchObject({ problem: { code: "not-entitled" } });
    expect(await freeze("  ", carol, world.effects)).toMatchObject({ problem: { code: "reason-missing" } });
    expect(await unfreeze(undefined, carol, world.effects)).toMatchObject({ code: "not-frozen" });
    await freeze("incident 7", carol, world.effects);
    expect(await freeze("mine", someone("dave"), world.effects)).toMatchObject({ problem: { code: "already-frozen" } });
    expect(await unfreeze(undefined, someone("mallory"), world.effects)).toMatchObject({ code: "not-entitled" });
    world.policy = policyOf("version: 2\n");
    expect(await unfreeze(undefined, carol, world.effects)).toMatchObject({ code: "policy-unusable" });
    expect(world.types).toEqual(["freeze.set"]);
  });
});

describe("what a crash left", () => {
  it("between redemption and start is closed, once it can't start any more", async () => {
    const world = new World(policy);
    await approved(world);
    await redeem(world.only.id, world.effects);
    expect(world.only.state).toBe("claimed");
    world.host.sweep = () => Promise.resolve({ kind: "not-here" });
    expect(await sweep(world.effects)).toMatchObject({
      looked: { sessions: 0, grants: 1 },
      closed: [],
      untouched: [{ request: world.only.id, because: "not-here" }],
    });
    world.pass(61);
    expect(await sweep(world.effects)).toMatchObject({ closed: [{ request: world.only.id }], untouched: [] });
    expect(world.only).toMatchObject({ state: "failed", because: "its program was gone" });
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "used" });
  });

  it("while it ran is closed with the hosts that were finished", async () => {
    const world = new World(policy);
    untilStopped(world);
    void scan(world.ask(near), {}, world.effects);
    await world.until("running");
    world.xml = xml().slice(0, -40);
    const revocation = { revoked: ["way out", "processes", "uid 1900000007"], processesEnded: 2, left: [] };
    world.host.sweep = () => Promise.resolve({ kind: "over", revocation });
    expect(await sweep(world.effects)).toMatchObject({ closed: [{ request: world.only.id, revocation }] });
    const [result] = world.results.values();
    expect(result).toMatchObject({ complete: false });
    const types = ["session.swept", "session.ended", "credentials.revoked", "result.stored"];
    expect(world.types.slice(-4)).toEqual(types);
    expect(world.events.at(-2)?.data).toMatchObject({
      ...revocation,
      revoked: ["grant", ...revocation.revoked],
      grant: world.sessions[0]?.grant,
    });
  });
});
