// Scans that nobody is asked about although policy asks: under a standing approval, within its scope and budget; and past
// the rules where the glass may be broken, with a review owed.
import { describe, expect, it } from "vitest";
import { review } from "../../src/broker/break-glass.ts";
import { freeze, revoke } from "../../src/broker/revoke.ts";
import { narrowedRequest } from "../../src/broker/narrow.ts";
import { castVote } from "../../src/broker/votes.ts";
import { exitCodeOf } from "../../src/cli/exit-code.ts";
import { fileScope, run, scan } from "../../src/pipeline.ts";
import type { Request } from "../../src/core/approval/request.ts";
import { bob, policyOf, World } from "./world.ts";

const text = `version: 1
people: { leads: [carol, dave, bob], others: [erin] }
approvers: { desk: { type: prompt } }
rules:
  - name: lab
    effect: ask
    targets: [10.0.0.0/8]
    may: anything
    reason: { min-length: 5 }
    ask: { votes: { leads: 1 }, answer-within: 30m, start-within: 10m }
    ttl: 10m
    break-glass: { ttl: 2m, alert: [desk] }
`;
const scope = "-sT -p 22,80 10.0.0.0/28";
const inside = "-sT -p 22 10.0.0.1";
const someone = (name: string) => ({ name, uid: 2000 + name.length, groups: [] });
const day = 86_400_000;

async function file(world: World, runs = 2, words = scope): Promise<Request> {
  const terms = { runs, until: world.now + 30 * day, filedBy: bob };
  const filed = await fileScope(world.ask(words, { reason: "CHG-1 nightly" }), terms, world.effects);
  if (filed.kind !== "opened") throw new Error(JSON.stringify(filed));
  return filed.request;
}

function vote(world: World, { id, digest }: Request, voter = "carol"): Promise<unknown> {
  const ballot = { request: id, digest, voter, answer: "approve", strength: "asserted", via: "command" } as const;
  return castVote(ballot, world.effects);
}

async function approved(runs?: number): Promise<{ world: World; standing: Request }> {
  const world = new World(text);
  world.present = false;
  const standing = await file(world, runs);
  await vote(world, standing);
  return { world, standing };
}

describe("a standing approval", () => {
  it("lets what lies within it run without asking: each run is filed, granted, recorded, and cites it", async () => {
    const { world, standing } = await approved();
    const outcome = await scan(world.ask(inside), {}, world.effects);
    expect(outcome).toMatchObject({ kind: "ran", request: { reason: "CHG-1 nightly", state: "finished" } });
    expect(exitCodeOf(outcome)).toBe(0);
    expect(world.said).toEqual([]);
    expect(world.types.slice(-9)).toEqual([
      "request.opened",
      "request.judged",
      "request.approved",
      "grant.issued",
      "grant.redeemed",
      "session.started",
      "session.ended",
      "credentials.revoked",
      "result.stored",
    ]);
    const cites = world.events.findLast(({ type }) => type === "request.approved");
    expect(cites).toMatchObject({ data: { by: [], standing: standing.id } });
    expect(world.types).toContain("standing.added");
  });

  it("does not let a session run less held than those who approved it were shown", async () => {
    const world = new World(text);
    world.present = false;
    world.level = "enforced";
    await vote(world, await file(world));
    world.level = "advisory";
    expect(await scan(world.ask(inside, { reason: "CHG-2" }), {}, world.effects)).toMatchObject({ kind: "waiting" });
    world.level = "enforced";
    expect(await scan(world.ask(inside), {}, world.effects)).toMatchObject({ kind: "ran" });
  });

  it("is used up after its runs, and then people are asked again", async () => {
    const { world } = await approved(2);
    for (let taken = 0; taken < 2; taken++) {
      expect(await scan(world.ask(inside), {}, world.effects)).toMatchObject({ kind: "ran" });
    }
    const third = await scan(world.ask(inside, { reason: "once more" }), {}, world.effects);
    expect(third).toMatchObject({ kind: "waiting" });
    expect(world.launched).toHaveLength(2);
  });

  it.each([
    ["other targets", "-sT -p 22 10.0.0.77"],
    ["other ports", "-sT -p 443 10.0.0.1"],
    ["another technique", "-sS -p 22 10.0.0.1"],
    ["a feature", "-sT -sV -p 22 10.0.0.1"],
    ["scripts", "-sT --script http-title -p 80 10.0.0.1"],
    ["a faster template", "-sT -T4 -p 22 10.0.0.1"],
    ["a minimum rate", "-sT --min-rate 100 -p 22 10.0.0.1"],
    ["more retries", "-sT --max-retries 9 -p 22 10.0.0.1"],
    ["no looking for hosts", "-sT -Pn -p 22 10.0.0.1"],
    ["the other IP version", "-6 -sT -p 22 ::1"],
  ])("does not cover %s", async (_, words) => {
    const { world } = await approved();
    world.facts = {
      ...world.facts,
      scripts: [{ name: "http-title", categories: ["default", "safe"], digest: "sha256:1" }] as never,
    };
    const outcome = await scan(world.ask(words, { reason: "long enough" }), {}, world.effects);
    expect(["waiting", "denied"]).toContain(outcome.kind);
    expect(world.launched).toEqual([]);
  });

  it.each(["-sT -T2 -p 22 10.0.0.1", "-sT --max-rate 5 -p 22 10.0.0.1", "-sT --scan-delay 1s -p 80,22 10.0.0.0/29"])(
    "covers what is slower or less: %s",
    async (words) => {
      const { world } = await approved();
      expect(await scan(world.ask(words), {}, world.effects)).toMatchObject({ kind: "ran" });
    },
  );

  it.each<[string, (world: World, standing: Request) => unknown]>([
    ["it has ended", (world, { id }) => revoke(id, someone("dave"), undefined, world.effects)],
    ["its time is over", (world) => (world.now += 31 * day)],
    ["everything is frozen", (world) => freeze("incident", someone("carol"), world.effects)],
    ["policy denies it", (world) => (world.policy = policyOf(text.replace("effect: ask", "effect: deny")))],
    [
      "a deny rule strikes",
      (world) => (world.policy = policyOf(`${text}  - { name: no, effect: deny, targets: [10.0.0.1] }\n`)),
    ],
    ["its voter has left", (world) => (world.policy = policyOf(text.replace("carol, ", "")))],
    ["policy asks others now", (world) => (world.policy = policyOf(text.replace("leads: 1", "others: 1")))],
    ["policy asks more people", (world) => (world.policy = policyOf(text.replace("leads: 1", "leads: 2")))],
    ["somebody else asks", (world) => (world.requester = { ...bob, uid: 7 })],
  ])("lets nothing run when %s", async (_, change) => {
    const { world, standing } = await approved();
    await change(world, standing);
    const outcome = await scan(world.ask(inside, { reason: "long enough" }), {}, world.effects);
    expect(["waiting", "denied", "frozen", "misconfigured"]).toContain(outcome.kind);
    expect(world.launched).toEqual([]);
  });

  it("is looked at again when its run is redeemed", async () => {
    const { world, standing } = await approved();
    const filed = await scan(world.ask(inside), {}, { ...world.effects, runner: { ...world.effects.runner } });
    expect(filed.kind).toBe("ran");
    const { file: only } = await import("../../src/pipeline.ts");
    const opened = await only(world.ask(inside), world.effects);
    if (opened.kind !== "opened") throw new Error(opened.kind);
    expect(opened.request.state).toBe("approved");
    await revoke(standing.id, someone("dave"), undefined, world.effects);
    expect(await run(opened.request.id, world.effects)).toMatchObject({
      kind: "stale",
      problem: { code: "standing-over" },
    });
    expect(world.launched).toHaveLength(1);
  });

  it("begins no sooner than its approver said", async () => {
    const world = new World(text);
    world.present = false;
    const { id } = await file(world);
    const narrow = { notBefore: world.now + day };
    const { policy } = world;
    if (!policy.ok) throw new Error("the policy can't be read");
    const less = await narrowedRequest(world.only, narrow, policy.value, world.effects);
    if (!less.ok) throw new Error(less.error.message);
    const given = { request: id, digest: less.value.digest, strength: "asserted", via: "command" } as const;
    await castVote({ ...given, narrow, voter: "carol", answer: "approve" }, world.effects);
    await castVote({ ...given, voter: "bob", answer: "confirm" }, world.effects);
    expect(world.only.state).toBe("approved");
    expect(await scan(world.ask(inside, { reason: "too soon" }), {}, world.effects)).toMatchObject({ kind: "waiting" });
    expect(world.launched).toEqual([]);
    world.now += day;
    expect(await scan(world.ask(inside), {}, world.effects)).toMatchObject({ kind: "ran" });
  });

  it("is not run itself, and not approved by whom it is for", async () => {
    const world = new World(text);
    const standing = await file(world);
    expect(await vote(world, standing, "bob")).toMatchObject({ problem: { code: "own-request" } });
    await vote(world, standing);
    expect(await run(standing.id, world.effects)).toMatchObject({ problem: { code: "no-scan" } });
    expect(world.launched).toEqual([]);
  });

  it("is filed for others by leads alone, and not where nobody is asked", async () => {
    const world = new World(text);
    const terms = { runs: 1, until: world.now + day };
    const ask = world.ask(scope, { reason: "CHG-1 nightly" });
    expect(await fileScope(ask, { ...terms, filedBy: someone("mallory") }, world.effects)).toMatchObject({
      problem: { code: "not-entitled" },
    });
    expect(await fileScope(ask, { ...terms, filedBy: someone("carol") }, world.effects)).toMatchObject({
      kind: "opened",
    });
    expect(await fileScope(world.ask("-sT -p 22 8.8.8.8"), { ...terms, filedBy: bob }, world.effects)).toMatchObject({
      kind: "not-allowed",
    });
  });
});

describe("broken glass", () => {
  const emergency = { reason: "INC-7 worm", breakGlass: true } as const;

  it("runs at once in the shorter box, is told to everybody who was skipped, and owes a review", async () => {
    const world = new World(text);
    const outcome = await scan(world.ask(inside, emergency), {}, world.effects);
    expect(outcome).toMatchObject({ kind: "ran", request: { obligations: { ttlSeconds: 120 } } });
    expect(world.events.find(({ type }) => type === "break-glass.used")).toMatchObject({
      actor: "bob",
      data: { reason: "INC-7 worm", skipped: ["carol", "dave"] },
    });
    const { id } = world.only;
    expect(await world.effects.store.owedReviews("bob")).toMatchObject([{ request: id }]);
    expect(await review(id, bob, undefined, world.effects)).toMatchObject({ code: "not-entitled" });
    expect(await review(id, someone("mallory"), undefined, world.effects)).toMatchObject({ code: "not-entitled" });
    expect(await review(id, someone("dave"), "it was right", world.effects)).toBeUndefined();
    expect(await review(id, someone("carol"), undefined, world.effects)).toMatchObject({ code: "reviewed-already" });
    expect(world.events.at(-1)).toMatchObject({ type: "break-glass.reviewed", data: { by: "dave" } });
    expect(await world.effects.store.owedReviews("bob")).toEqual([]);
  });

  it("needs a reason in any case, and a rule that allows it", async () => {
    const world = new World(text.replace("    reason: { min-length: 5 }\n", ""));
    world.present = false;
    expect(await scan(world.ask(inside, { breakGlass: true }), {}, world.effects)).toMatchObject({
      problem: { code: "reason-missing" },
    });
    const firm = new World(text.replace(/ {4}break-glass.*\n/, ""));
    const refused = await scan(firm.ask(inside, emergency), {}, firm.effects);
    expect(refused).toMatchObject({ kind: "not-allowed", problem: { code: "glass-not-breakable" } });
    expect(exitCodeOf(refused)).toBe(77);
    const longer = await scan(world.ask(inside, { ...emergency, ttlSeconds: 300 }), {}, world.effects);
    expect(longer).toMatchObject({ problem: { code: "ttl-too-long" } });
    expect([...world.launched, ...firm.launched]).toEqual([]);
  });

  it("is refused while an older review is owed, and under a freeze", async () => {
    const world = new World(text);
    await scan(world.ask(inside, emergency), {}, world.effects);
    world.now += day;
    expect(await scan(world.ask(inside, emergency), {}, world.effects)).toMatchObject({
      problem: { code: "review-owed" },
    });
    await review(world.only.id, someone("carol"), undefined, world.effects);
    expect(await scan(world.ask(inside, emergency), {}, world.effects)).toMatchObject({ kind: "ran" });
    await freeze("incident", someone("carol"), world.effects);
    expect(await scan(world.ask(inside, emergency), {}, world.effects)).toMatchObject({ kind: "frozen" });
    expect(world.launched).toHaveLength(2);
  });
});
