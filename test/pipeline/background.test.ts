// What people read beside a request: the names of its networks, and what is new against what was approved before.
import { describe, expect, it } from "vitest";
import { castVote } from "../../src/broker/votes.ts";
import { narrowedRequest } from "../../src/broker/narrow.ts";
import { newsLine } from "../../src/core/approval/news.ts";
import type { Request } from "../../src/core/approval/request.ts";
import { file, run, scan } from "../../src/pipeline.ts";
import { World } from "./world.ts";

const policy = `version: 1
people: { leads: [carol, dave] }
approvers: { desk: { type: prompt } }
networks: { lab: [10.20.0.0/16], office: [10.30.0.0/16] }
rules:
  - { name: near, effect: allow, targets: [10.40.0.0/16], may: { techniques: [list] }, ttl: 20m }
  - { name: own, effect: confirm, targets: [10.50.0.0/16], may: anything, ttl: 20m }
  - name: rest
    effect: ask
    targets: [10.0.0.0/8]
    may: anything
    ask: { votes: { leads: 1 }, via: [desk], answer-within: 30m, start-within: 1h }
    break-glass: { alert: [desk], ttl: 20m }
    ttl: 20m
`;

async function asked(world: World, line: string): Promise<Request> {
  const opened = await file(world.ask(line), world.effects);
  if (opened.kind !== "opened") throw new Error(JSON.stringify(opened));
  return opened.request;
}

async function approved(world: World, line: string): Promise<Request> {
  const request = await asked(world, line);
  const { id, digest } = request;
  const ballot = { voter: "carol", answer: "approve", strength: "asserted", via: "command" } as const;
  const counted = await castVote({ request: id, digest, ...ballot }, world.effects);
  expect(counted.kind).toBe("counted");
  world.pass(7200);
  return request;
}

const news = ({ background, requester, openedAt }: Request): string =>
  background?.news === undefined ? "" : newsLine(background.news, requester.name, openedAt);

describe("a request that people decide on", () => {
  it("has the shares of the policy's networks, of which it keeps the names for good", async () => {
    const world = new World(policy);
    const request = await asked(world, "-sL -n 10.20.0.0/28 10.30.0.0/30 10.99.0.1");
    const networks = {
      named: [
        { name: "lab", addresses: "16" },
        { name: "office", addresses: "4" },
      ],
      others: 0,
      unnamed: "1",
    };
    expect(request.background?.networks).toEqual(networks);
    const judged = world.events.find(({ type }) => type === "request.judged");
    expect(judged?.data).toMatchObject({ background: { networks } });
    world.policy = new World(policy.replace("lab:", "quarantine:")).policy;
    const again = await world.effects.store.findRequest(request.id);
    expect(again).toMatchObject({ request: { background: { networks } } });
  });

  it("is the first, then the same, then says what is more", async () => {
    const world = new World(policy);
    const first = await approved(world, "-sL -n 10.20.0.0/28");
    expect(news(first)).toBe("first scan of these targets by bob");
    const same = await approved(world, "-sL -n 10.20.0.0/28");
    expect(news(same)).toBe(`nothing, the same as ${first.id} (2 hours ago)`);
    const more = await asked(world, "-sS -n -p 22 10.20.0.0/27");
    expect(news(more)).toMatch(new RegExp(`^SYN, 1 port \\(22\\), 16 hosts, .*since ${same.id} \\(2 hours ago\\)$`));
    expect(news(await asked(world, "-sL -n 10.30.0.0/28"))).toBe("first scan of these targets by bob");
  });

  it("is not compared with what was denied, taken over from somebody else, or still waits", async () => {
    const world = new World(policy);
    await asked(world, "-sL -n 10.20.0.0/28");
    expect(news(await asked(world, "-sL -n 10.20.0.0/29"))).toBe("first scan of these targets by bob");
    const before = await approved(world, "-sL -n 10.20.0.0/30");
    // The same login, given to somebody else.
    world.requester = { ...world.requester, uid: 4242 };
    expect(news(await asked(world, "-sL -n 10.20.0.0/30"))).toBe("first scan of these targets by bob");
    expect(before.requester.uid).not.toBe(4242);
  });

  it("says what ran without anybody's yes", async () => {
    const world = new World(policy);
    expect((await scan(world.ask("-sL -n 10.40.0.1"), {}, world.effects)).kind).toBe("ran");
    const [allowed] = [...world.requests.keys()];
    world.pass(7200);
    expect(news(await asked(world, "-sS -n -p 22 10.40.0.1"))).toBe(
      `first approved scan of these targets by bob; ${allowed ?? ""} (2 hours ago) was allowed by a rule`,
    );
    const glass = new World(policy);
    const broken = await scan(glass.ask("-sL -n 10.20.0.1", { breakGlass: true, reason: "worm" }), {}, glass.effects);
    expect(broken.kind).toBe("ran");
    glass.pass(7200);
    expect(news(await asked(glass, "-sL -n 10.20.0.1"))).toContain("(2 hours ago) ran without asking");
  });

  it("which is only to be confirmed is compared with what was confirmed before", async () => {
    const world = new World(policy);
    expect((await scan(world.ask("-sL -n 10.50.0.1"), {}, world.effects)).kind).toBe("ran");
    world.pass(7200);
    expect(news(await asked(world, "-sL -n 10.50.0.1"))).toMatch(/^nothing, the same as r\w+ \(2 hours ago\)$/);
  });

  it("is looked at anew when an approver takes something away", async () => {
    const world = new World(policy);
    const before = await approved(world, "-sL -n 10.20.0.0/30");
    const wide = await asked(world, "-sL -n 10.20.0.0/29 10.99.0.0/30");
    expect(news(wide)).toBe(`8 hosts since ${before.id} (2 hours ago)`);
    if (!world.policy.ok) throw new Error("no policy");
    const less = await narrowedRequest(wide, { only: ["10.20.0.0/30"] }, world.policy.value, world.effects);
    if (!less.ok) throw new Error(JSON.stringify(less.error));
    expect(news(less.value)).toBe(`nothing, the same as ${before.id} (2 hours ago)`);
    expect(less.value.background?.networks).toEqual({
      named: [{ name: "lab", addresses: "4" }],
      others: 0,
      unnamed: "0",
    });
  });

  it("that is filed twice keeps what it said, and nobody is asked again", async () => {
    const world = new World(policy);
    const first = await asked(world, "-sL -n 10.20.0.0/28");
    const events = world.events.length;
    const second = await file(world.ask("-sL -n 10.20.0.0/28"), world.effects);
    expect(second).toMatchObject({ kind: "opened", joined: true, request: { id: first.id } });
    expect(second.kind === "opened" && second.request.background).toEqual(first.background);
    expect(world.events).toHaveLength(events);
  });

  it("can be asked although an earlier plan can't be read any more", async () => {
    const world = new World(policy);
    const old = await approved(world, "-sL -n 10.20.0.0/28");
    const stored = world.requests.get(old.id);
    if (stored === undefined) throw new Error("not stored");
    world.requests.set(old.id, { ...stored, plan: { ...stored.plan, targets: ["nothing; like this"] } });
    expect(news(await asked(world, "-sL -n 10.20.0.0/29"))).toBe(
      "no approved scan of these targets among the latest of bob",
    );
  });
});

describe("a request that nobody decides on", () => {
  it("looks nothing up: neither what was before nor any name", async () => {
    const world = new World(policy);
    world.effects.store.earlierScans = () => Promise.reject(new Error("looked up"));
    expect((await scan(world.ask("-sL -n 10.40.0.1"), {}, world.effects)).kind).toBe("ran");
    expect((await scan(world.ask("-sL -n 192.0.2.1"), {}, world.effects)).kind).toBe("denied");
    for (const request of world.requests.values()) expect(request).not.toHaveProperty("background");
  });

  it("and one of an older version of this program runs all the same", async () => {
    const world = new World(policy);
    const request = await approved(world, "-sL -n 10.20.0.0/28");
    const stored = world.requests.get(request.id);
    if (stored === undefined) throw new Error("not stored");
    const { background, ...old } = stored;
    expect(background).toBeDefined();
    world.requests.set(request.id, old);
    world.now -= 7200_000;
    expect((await run(request.id, world.effects)).kind).toBe("ran");
  });
});
