// A service that calls: the statuses it gets, and which calls are votes. Real signatures, the pipeline's world behind.
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createProofs } from "../../src/approvers/proofs/index.ts";
import { createCallbacks } from "../../src/approvers/webhook/read-call.ts";
import { receiveCall, type CallAnswer } from "../../src/broker/callback.ts";
import { castVote } from "../../src/broker/votes.ts";
import type { WebhookService } from "../../src/core/configuration/configuration.ts";
import type { Request } from "../../src/core/approval/request.ts";
import type { Effects } from "../../src/effects.ts";
import { file, run } from "../../src/pipeline.ts";
import { World } from "../pipeline/world.ts";
import { answerTo, config, serviceAt, signedBy, slackSigned, stranger } from "../approvers/service-fixture.ts";

const policy = (ask = "{ leads: 1 }"): string => `version: 1
people: { leads: [carol, dave] }
approvers:
  soc: { type: webhook, service: soc, voters: { jsmith: carol, dpotter: dave, bobby: bob, ghost: zoe } }
  chat: { type: webhook, service: chat, voters: { U123: carol } }
  other: { type: webhook, service: other, voters: { jsmith: carol } }
  itself: { type: webhook, service: robot, speaks-for: service }
rules:
  - name: lab
    effect: ask
    targets: [10.0.0.0/8]
    ask: { votes: ${ask}, via: [soc, chat, itself], answer-within: 30m, start-within: 10m }
`;

interface Stage {
  readonly world: World;
  readonly fx: Effects;
  readonly request: Request;
  readonly call: (service: string, body: string, headers: Record<string, string>) => Promise<CallAnswer>;
}

async function stage(ask?: string): Promise<Stage> {
  const world = new World(policy(ask));
  const chat = { shape: "slack", verify: { kind: "secret", file: "/keys/slack" } } as const;
  const services: readonly WebhookService[] = [
    serviceAt("https://soc.example/"),
    serviceAt("https://chat.example/", "v1", { ...chat, name: "chat" }),
    serviceAt("https://other.example/", "v1a", { name: "other" }),
    serviceAt("https://robot.example/", "v1a", { name: "robot" }),
  ];
  world.configuration = { ...world.configuration, webhooks: new Map(services.map((one) => [one.name, one])) };
  const fx: Effects = {
    ...world.effects,
    callbacks: createCallbacks(config),
    proofs: createProofs({
      ssh: { environment: {}, home: undefined },
      config: { ...config, load: () => world.effects.config.load() },
      passkey: () => Promise.resolve(undefined),
    }),
  };
  await file(world.ask("-sL -n 10.0.0.1"), fx);
  return {
    ...{ world, fx, request: world.only },
    call: (service, body, headers) => receiveCall(service, { header: (name) => headers[name], body }, fx),
  };
}

const unauthorized = { status: 401, body: { result: "unauthorized" } };

describe("a call of a service", () => {
  it("is its person's signed vote, and the scan may run", async () => {
    const { world, fx, request, call } = await stage();
    const body = answerTo(request, { reason: "go on" });
    expect(await call("soc", body, signedBy(body, { at: world.now }))).toEqual({
      status: 200,
      body: { result: "counted", state: "approved" },
    });
    expect(world.allVotes).toMatchObject([{ voter: "carol", via: "soc", strength: "signed", reason: "go on" }]);
    expect(await run(request.id, fx)).toMatchObject({ kind: "ran" });
  });

  it("made again is the same vote: 200, and one vote; another one: 409; when it is over: 410", async () => {
    const { world, request, call } = await stage("{ leads: 2 }");
    const say = (data: object, id: string): Promise<CallAnswer> => {
      const body = answerTo(request, data);
      return call("soc", body, signedBy(body, { id, at: world.now }));
    };
    expect(await say({}, "a")).toMatchObject({ status: 200, body: { state: "pending" } });
    expect(await say({}, "a")).toMatchObject({ status: 200 });
    expect(await say({}, "b")).toMatchObject({ status: 200 });
    expect(world.allVotes).toHaveLength(1);
    expect(await say({ vote: "deny" }, "a")).toMatchObject({ status: 409, body: { result: "id-used" } });
    expect(await say({ voter: "dpotter" }, "a")).toMatchObject({ status: 409, body: { result: "id-used" } });
    expect(await say({ voter: "dpotter" }, "c")).toMatchObject({ status: 200, body: { state: "approved" } });
    expect(await say({ vote: "deny" }, "d")).toMatchObject({ status: 409, body: { result: "voted-otherwise" } });
    expect(world.only.state).toBe("approved");

    const late = await stage();
    late.world.pass(31 * 60);
    const body = answerTo(late.request);
    expect(await late.call("soc", body, signedBy(body, { at: late.world.now }))).toMatchObject({
      status: 410,
      body: { result: "too-late", state: "expired" },
    });
    expect(late.world.allVotes).toEqual([]);
  });

  it("may still be a no after a yes", async () => {
    const { world, request, call } = await stage("{ leads: 2 }");
    for (const vote of ["approve", "deny"]) {
      const body = answerTo(request, { vote });
      expect(await call("soc", body, signedBy(body, { id: vote, at: world.now }))).toMatchObject({ status: 200 });
    }
    expect(world.only.state).toBe("denied");
  });

  it.each<[string, (stage: Stage) => [string, string, Record<string, string>]]>([
    [
      "an unknown service",
      ({ request, world }) => ["nobody", answerTo(request), signedBy(answerTo(request), { at: world.now })],
    ],
    [
      "a service called __proto__",
      ({ request, world }) => ["__proto__", answerTo(request), signedBy(answerTo(request), { at: world.now })],
    ],
    ["no signature", ({ request }) => ["soc", answerTo(request), {}]],
    [
      "a stranger's key",
      ({ request, world }) => [
        "soc",
        answerTo(request),
        signedBy(answerTo(request), { at: world.now, key: stranger.privateKey }),
      ],
    ],
    [
      "a time long ago",
      ({ request, world }) => ["soc", answerTo(request), signedBy(answerTo(request), { at: world.now - 301_000 })],
    ],
    [
      "a changed body",
      ({ request, world }) => [
        "soc",
        answerTo(request, { voter: "dpotter" }),
        signedBy(answerTo(request), { at: world.now }),
      ],
    ],
    [
      "our own words",
      ({ request, world }) => {
        const body = answerTo(request, {}, { direction: "to-service" });
        return ["soc", body, signedBy(body, { at: world.now })];
      },
    ],
    ["no answer", ({ world }) => ["soc", "{}", signedBy("{}", { at: world.now })]],
  ])("with %s is told the same as any other that is not proved", async (_, make) => {
    const on = await stage();
    expect(await on.call(...make(on))).toEqual(unauthorized);
    expect(on.world.allVotes).toEqual([]);
  });

  it.each<[string, object, number]>([
    ["another request", { request: "r0000000000" }, 409],
    ["a beginning of its id", { request: "r" }, 409],
    ["another digest", { digest: `sha256:${"0".repeat(64)}` }, 409],
    ["another nonce", { nonce: "00" }, 409],
    ["somebody unknown there", { voter: "mallory" }, 403],
    ["the requester", { voter: "bobby" }, 403],
    ["somebody who left", { voter: "ghost" }, 403],
    ["itself, where the policy does not say so", { voter: undefined }, 403],
  ])("about or by %s is no vote", async (_, data, status) => {
    const { world, request, call } = await stage();
    const body = answerTo(request, data);
    expect(await call("soc", body, signedBy(body, { at: world.now }))).toMatchObject({ status });
    expect([world.allVotes, world.only.state]).toEqual([[], "pending"]);
  });

  it("of a service that was not asked is no vote", async () => {
    const { world, request, call } = await stage();
    const body = answerTo(request);
    expect(await call("other", body, signedBy(body, { at: world.now }))).toMatchObject({ status: 403 });
    expect(world.allVotes).toEqual([]);
  });

  it("that speaks for itself counts where a rule asks for it by name, and nowhere else", async () => {
    const robot = await stage('{ "service:robot": 1 }');
    const body = answerTo(robot.request, { voter: undefined });
    const headers = signedBy(body, { at: robot.world.now });
    expect(await robot.call("robot", body, headers)).toMatchObject({ status: 200, body: { state: "approved" } });
    const people = await stage();
    const other = answerTo(people.request, { voter: undefined });
    expect(await people.call("robot", other, signedBy(other, { at: people.world.now }))).toMatchObject({ status: 403 });
    expect(people.world.allVotes).toEqual([]);
  });

  it("is not counted while the policy can't be read", async () => {
    const { world, request, call } = await stage();
    world.policy = { ok: false, error: [] };
    const body = answerTo(request);
    expect(await call("soc", body, signedBy(body, { at: world.now }))).toMatchObject({ status: 503 });
  });
});

describe("a press of a button in Slack", () => {
  const pressed = ({ id, digest, nonce }: Request, change: object = {}): string => {
    const action = { action_id: "approve", value: `${id} ${digest} ${nonce}` };
    const payload = { type: "block_actions", user: { id: "U123" }, actions: [action], ...change };
    return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  };

  it("is the vote of the person whom the policy knows by that user id, by name alone", async () => {
    const { world, request, call } = await stage();
    const body = pressed(request);
    expect(await call("chat", body, slackSigned(body, undefined, world.now))).toMatchObject({ status: 200 });
    expect(world.allVotes).toMatchObject([{ voter: "carol", via: "chat", strength: "asserted" }]);
  });

  it("is nothing unsigned, signed by another, of another user or of another kind", async () => {
    const { world, request, call } = await stage();
    const body = pressed(request);
    expect(await call("chat", body, {})).toEqual(unauthorized);
    const another = slackSigned(body, "0123456789abcdef0123456789abcdef", world.now);
    expect(await call("chat", body, another)).toEqual(unauthorized);
    const old = slackSigned(body, undefined, world.now - 301_000);
    expect(await call("chat", body, old)).toEqual(unauthorized);
    const stranger = pressed(request, { user: { id: "U999" } });
    expect(await call("chat", stranger, slackSigned(stranger, undefined, world.now))).toMatchObject({ status: 403 });
    const view = pressed(request, { type: "view_submission" });
    expect(await call("chat", view, slackSigned(view, undefined, world.now))).toEqual(unauthorized);
    expect(world.allVotes).toEqual([]);
  });
});

describe("forged calls", () => {
  const { privateKey } = generateKeyPairSync("ed25519");

  it("are never counted and never a crash, however they are made", async () => {
    const on = await stage();
    const { world, request } = on;
    const good = answerTo(request);
    const right = signedBy(good, { at: world.now });
    const part = fc.constantFrom("webhook-id", "webhook-timestamp", "webhook-signature");
    await fc.assert(
      fc.asyncProperty(part, fc.string({ unit: "binary" }), fc.boolean(), fc.nat(), async (name, text, flip, at) => {
        const bytes = Buffer.from(right["webhook-signature"]?.slice(4) ?? "", "base64");
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << (at % 8));
        const forged = flip
          ? { ...right, "webhook-signature": `v1a,${bytes.toString("base64")}` }
          : { ...right, [name]: text };
        expect(await on.call("soc", good, forged)).toEqual(unauthorized);
      }),
      { numRuns: 500 },
    );
    const stolen = signedBy(good, { at: world.now, key: privateKey });
    expect(await on.call("soc", good, stolen)).toEqual(unauthorized);
    expect([world.allVotes, world.only.state]).toEqual([[], "pending"]);
  });

  it("are not a vote for anybody whose own vote is there already", async () => {
    const { world, fx, request, call } = await stage("{ leads: 2 }");
    const ballot = { request: request.id, digest: request.digest, voter: "carol", via: "command" } as const;
    await castVote({ ...ballot, answer: "approve", strength: "asserted" }, fx);
    const body = answerTo(request);
    expect(await call("soc", body, signedBy(body, { at: world.now }))).toMatchObject({ status: 200 });
    expect(world.allVotes).toHaveLength(1);
    expect(world.only.state).toBe("pending");
  });
});
