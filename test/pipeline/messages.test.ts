// Messages of a request from its filing to its end: who is asked and told when, what fails is tried again and on record,
// and nothing that an approver brings counts for more than its voter's own vote.
import { describe, expect, it } from "vitest";
import { carryDue } from "../../src/broker/outbox.ts";
import { castVote } from "../../src/broker/votes.ts";
import type { WebhookProof } from "../../src/core/approval/proof.ts";
import type { Answer, Approver, Asked, News, Question } from "../../src/effects.ts";
import { file, scan, wait } from "../../src/pipeline.ts";
import type { Smtp, WebhookService } from "../../src/core/configuration/configuration.ts";
import { World } from "./world.ts";

const policy = `version: 1
people: { leads: { carol: { mail: c@x.example }, dave: { mail: d@x.example }, erin: {}, bob: { mail: b@x.example } } }
approvers: { mail: { type: email }, soc: { type: webhook, service: soc, voters: { jsmith: carol } } }
rules:
  - name: lab
    effect: ask
    targets: [10.0.0.0/8]
    ask: { votes: { leads: 1 }, via: [mail, soc], answer-within: 30m }
  - name: loud
    effect: allow
    targets: [11.0.0.0/8]
    notify: { on: [started, ended], via: [soc] }
  - name: never
    effect: deny
    targets: [12.0.0.0/8]
    notify: { on: [denied], via: [soc] }
`;
const line = "-sL -n 10.0.0.1";
const never = new AbortController().signal;
const nothing: Asked = { answers: [] };

/** A house where mail and the service are configured. */
function worldOf(): World {
  const world = new World(policy);
  const soc: WebhookService = {
    ...{ name: "soc", shape: "standard", url: { kind: "plain", url: "https://soc.example/" } },
    ...{ timeoutSeconds: 10, allowInternal: [], sign: { kind: "key", file: "/soc.key" } },
  };
  const smtp: Smtp = { host: "mail.example", port: 587, tls: "starttls", from: "jit-nmap@example.org" };
  world.proves = () => ({ ok: true, value: "asserted" });
  world.configuration = { ...world.configuration, smtp, webhooks: new Map([["soc", soc]]) };
  return world;
}

/** An approver that keeps what it was given, and answers or fails as it is told. */
function recording(world: World, answer: (question: Question) => Asked | Error = () => nothing) {
  const asked: string[] = [];
  const told: string[] = [];
  const name = ({ delivery, name: approver }: Question | News): string =>
    `${delivery?.kind ?? ""} ${approver}${delivery?.to === undefined ? "" : ` ${delivery.to}`}`;
  world.approver = {
    type: "email",
    ask(question) {
      asked.push(name(question));
      const given = answer(question);
      return given instanceof Error ? Promise.reject(given) : Promise.resolve(given);
    },
    tell(news) {
      told.push(name(news));
      return Promise.resolve();
    },
  } satisfies Approver;
  return { asked, told };
}

const proof: WebhookProof = { kind: "webhook", service: "soc", id: "m", timestamp: "1", signature: "v1,", body: "" };
const yes = (voter: string): Answer => ({ voter, answer: "approve", strength: "asserted", proof });

describe("the messages of a request", () => {
  it("go to each voter by mail and once to a service, never to the requester or to who has no address", async () => {
    const world = worldOf();
    const { asked, told } = recording(world);
    await file(world.ask(line), world.effects);
    await carryDue(never, world.effects);
    expect(asked).toEqual(["question mail carol", "question mail dave", "question soc"]);
    expect(told).toEqual([]);
    expect(world.types.filter((type) => type === "approver.asked")).toHaveLength(3);
    await carryDue(never, world.effects);
    expect(asked).toHaveLength(3);
  });

  it("are not doubled when the same line is filed again, nor when two carry at once", async () => {
    const world = worldOf();
    const { asked } = recording(world);
    await file(world.ask(line), world.effects);
    await file(world.ask(line), world.effects);
    await Promise.all([carryDue(never, world.effects), carryDue(never, world.effects)]);
    expect(asked).toHaveLength(3);
  });

  it("remind by mail once when half of the time is over", async () => {
    const world = worldOf();
    const { asked } = recording(world);
    await file(world.ask(line), world.effects);
    await carryDue(never, world.effects);
    world.pass(15 * 60);
    await carryDue(never, world.effects);
    expect(asked.slice(3)).toEqual(["reminder mail carol", "reminder mail dave"]);
    expect(world.events.filter(({ data }) => "again" in data)).toHaveLength(2);
    world.pass(10 * 60);
    await carryDue(never, world.effects);
    expect(asked).toHaveLength(5);
  });

  it("tell those who were asked, and the requester, how it was decided; nobody is asked any more", async () => {
    const world = worldOf();
    const { asked, told } = recording(world, ({ delivery }) =>
      delivery?.to === "dave" ? new Error("no such mailbox") : nothing,
    );
    await file(world.ask(line), world.effects);
    await carryDue(never, world.effects);
    const { id, digest } = world.only;
    const ballot = {
      request: id,
      digest,
      voter: "carol",
      answer: "deny",
      strength: "asserted",
      via: "command",
    } as const;
    await castVote(ballot, world.effects);
    world.pass(20 * 60);
    await carryDue(never, world.effects);
    expect(asked).toHaveLength(3);
    // Dave never heard the question.
    expect(told).toEqual(["decided mail carol", "decided mail bob", "decided soc"]);
    expect(world.types.filter((type) => type === "approver.told")).toHaveLength(3);
  });

  it("that fail are tried again with growing pauses until nobody can answer any more, each time on record", async () => {
    const world = worldOf();
    const { asked } = recording(world, () => new Error("no route"));
    await file(world.ask(line), world.effects);
    const pauses: number[] = [];
    for (let last = world.now; ;) {
      await carryDue(never, world.effects);
      const next = await world.outbox.nextAt(world.only.id);
      if (next === undefined) break;
      pauses.push((next - last) / 1000);
      world.pass((next - world.now) / 1000);
      last = world.now;
    }
    expect(pauses.slice(0, 5)).toEqual([5, 15, 45, 135, 300]);
    expect(world.now).toBeLessThan(world.only.answerBy);
    expect(world.types.filter((type) => type === "approver.failed")).toHaveLength(asked.length);
    expect(world.said[0]).toBe("mail could not be asked (carol): no route");
    expect([world.allVotes, world.only.state]).toEqual([[], "pending"]);
  });

  it("that can't succeed are not tried again", async () => {
    const world = worldOf();
    const { asked } = recording(world, () => Object.assign(new Error("no such user"), { isForGood: true }));
    await file(world.ask(line), world.effects);
    await carryDue(never, world.effects);
    world.pass(60);
    await carryDue(never, world.effects);
    expect(asked).toHaveLength(3);
  });

  it("left behind by a process that ended are anybody's a minute later", async () => {
    const world = worldOf();
    const { asked } = recording(world);
    await file(world.ask(line), world.effects);
    await world.outbox.claim("somebody who was killed", world.now, world.now + 60_000);
    await carryDue(never, world.effects);
    expect(asked).toEqual([]);
    world.pass(60);
    await carryDue(never, world.effects);
    expect(asked).toHaveLength(3);
  });

  it("taken off by the signal are due as they were", async () => {
    const world = worldOf();
    const over = new AbortController();
    const { asked } = recording(world, () => {
      over.abort();
      return nothing;
    });
    await file(world.ask(line), world.effects);
    await carryDue(over.signal, world.effects);
    expect(world.types).not.toContain("approver.asked");
    const before = asked.length;
    await carryDue(never, world.effects);
    expect(asked.length).toBe(before + 3);
  });

  it("end the command when the trail fails", async () => {
    const world = worldOf();
    recording(world);
    await file(world.ask(line), world.effects);
    world.storeFails = Object.assign(new Error("full"), { code: "store-full" });
    await expect(carryDue(never, world.effects)).rejects.toThrow("full");
    world.present = false;
    world.pass(60);
    await expect(wait(world.only.id, { waitSeconds: 60 }, world.effects)).rejects.toThrow("full");
  });
});

describe("an answer that an approver brings", () => {
  it("is a vote like any other, and lets the waiting scan run", async () => {
    const world = worldOf();
    recording(world, ({ name }) => (name === "soc" ? { answers: [yes("carol")] } : nothing));
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({ kind: "ran" });
    expect(world.allVotes).toMatchObject([{ voter: "carol", via: "soc", strength: "asserted" }]);
    const types = world.types.filter((type) => type === "approver.asked" || type === "vote.cast");
    expect(types.indexOf("vote.cast")).toBeGreaterThan(0);
  });

  it.each<[string, Answer, string]>([
    ["somebody who may not vote", yes("mallory"), "may not vote"],
    ["the requester", yes("bob"), "Nobody approves"],
    [
      "somebody surer than is proved",
      { ...yes("carol"), strength: "signed", proof: { kind: "code" } },
      "a code is typed",
    ],
    ["somebody of whom nothing is proved", { voter: "carol", answer: "approve", strength: "asserted" }, "six digits"],
  ])("of %s is not counted, and that is on record", async (_, answer, because) => {
    const world = worldOf();
    recording(world, ({ name }) => (name === "soc" ? { answers: [answer] } : nothing));
    await file(world.ask(line), world.effects);
    await carryDue(never, world.effects);
    expect(world.allVotes).toEqual([]);
    expect(world.only.state).toBe("pending");
    const failed = world.events.filter(({ type }) => type === "approver.failed");
    expect(failed).toMatchObject([{ data: { approver: "soc", because: expect.stringContaining(because) as string } }]);
  });

  it("that comes later is looked for until it is there, with what the approver left", async () => {
    const world = worldOf();
    const looks: (string | undefined)[] = [];
    recording(world, ({ name, delivery }) => {
      if (name !== "soc") return nothing;
      looks.push(delivery?.look);
      if (looks.length < 3) return { answers: [], later: { at: world.now + 5000, look: `look ${looks.length}` } };
      return { answers: [yes("carol")] };
    });
    await file(world.ask(line), world.effects);
    for (let turn = 0; turn < 5; turn++) {
      await carryDue(never, world.effects);
      world.pass(5);
    }
    expect(looks).toEqual([undefined, "look 1", "look 2"]);
    expect(world.only.state).toBe("approved");
    const asked = world.events.filter(({ type, data }) => type === "approver.asked" && data.approver === "soc");
    expect(asked).toHaveLength(1);
  });
});

describe("what a rule's notify wants told", () => {
  it("is told when a scan starts and when it has ended", async () => {
    const world = worldOf();
    const { told } = recording(world);
    await scan(world.ask("-sL -n 11.0.0.1"), {}, world.effects);
    await carryDue(never, world.effects);
    expect(told.toSorted()).toEqual(["ended soc", "started soc"]);
  });

  it("is told of a denial", async () => {
    const world = worldOf();
    const { told } = recording(world);
    await scan(world.ask("-sL -n 12.0.0.1"), {}, world.effects);
    await carryDue(never, world.effects);
    expect(told).toEqual(["denied soc"]);
  });
});
