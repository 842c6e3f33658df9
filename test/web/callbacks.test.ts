import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createProofs } from "../../src/approvers/proofs/index.ts";
import { createCallbacks } from "../../src/approvers/webhook/read-call.ts";
import { slackValue } from "../../src/approvers/webhook/answer.ts";
import { unconfigured } from "../../src/core/configuration/configuration.ts";
import type { Request } from "../../src/core/approval/request.ts";
import { Site } from "./site.ts";

const policy = `
version: 1
people: { leads: [carol, dave] }
approvers:
  soc: { type: webhook, service: soc, voters: { jsmith: carol } }
  chat: { type: webhook, service: chat, voters: { U07: dave } }
rules:
  - name: lab
    effect: ask
    targets: [10.20.0.0/16]
    may: anything
    ask: { votes: { leads: 1 }, via: [soc, chat], answer-within: 30m, start-within: 1h }
    ttl: 20m
`;
const secrets = new Map([
  ["/soc", `whsec_${Buffer.alloc(32, 7).toString("base64")}`],
  ["/chat", "s".repeat(40)],
]);

/** Two services: one of the standard shape, and Slack. */
function place(): Site {
  const site = new Site(policy);
  const config = {
    load: () => Promise.resolve({ ok: true as const, value: site.world.configuration }),
    secret: (file: string) => Promise.resolve({ ok: true as const, value: Buffer.from(secrets.get(file) ?? "") }),
  };
  const service = {
    url: { kind: "plain", url: "https://soc.example/ask" },
    timeoutSeconds: 10,
    allowInternal: [],
  } as const;
  site.world.configuration = {
    ...unconfigured("/config.yaml"),
    webhooks: new Map([
      [
        "soc",
        {
          ...service,
          name: "soc",
          shape: "standard",
          verify: { kind: "secret", file: "/soc" },
          sign: { kind: "secret", file: "/chat" },
        },
      ],
      ["chat", { ...service, name: "chat", shape: "slack", verify: { kind: "secret", file: "/chat" } }],
    ]),
  };
  const proofs = createProofs({
    ssh: { environment: {}, home: undefined },
    config,
    passkey: () => Promise.resolve(undefined),
  });
  Object.assign(site.fx, { config, callbacks: createCallbacks(config), proofs });
  return site;
}

function calls(site: Site, request: Request, more: Record<string, unknown> = {}, id = "msg_1") {
  const { nonce, digest } = request;
  const data = { request: request.id, digest, nonce, vote: "approve", voter: "jsmith", ...more };
  const body = JSON.stringify({ type: "jit-nmap.answer", direction: "to-jit-nmap", data });
  const at = new Date(site.world.now);
  const signature = new Webhook(secrets.get("/soc") ?? "").sign(id, at, body);
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": signature,
  };
  const post = (service = "soc", change: Record<string, string> = {}, sent = body): Promise<Response> =>
    site.get(`/callbacks/${service}`, {
      method: "POST",
      body: sent,
      headers: { "content-type": "application/json", ...headers, ...change },
    });
  return { post, body };
}

describe("a service that calls back", () => {
  it("votes for the person that it names, signed by its own key; the same call again is the same vote", async () => {
    const site = place();
    const request = await site.ask();
    const { post } = calls(site, request);
    const first = await post();
    expect([first.status, await first.json()]).toEqual([200, { result: "counted", state: "approved" }]);
    expect((await post()).status).toBe(200);
    expect(await site.store.votes(request.id)).toMatchObject([
      { voter: "carol", via: "soc", strength: "asserted", proof: { kind: "webhook" } },
    ]);
  });

  it("by Slack's button is who pressed it, as the policy maps them", async () => {
    const site = place();
    const request = await site.ask();
    const payload = {
      type: "block_actions",
      user: { id: "U07" },
      actions: [{ action_id: "deny", value: slackValue(request) }],
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const timestamp = String(Math.floor(site.world.now / 1000));
    const signature = `v0=${createHmac("sha256", secrets.get("/chat") ?? "")
      .update(`v0:${timestamp}:${body}`)
      .digest("hex")}`;
    const headers = { "content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": timestamp };
    const send = (sign: string) =>
      site.get("/callbacks/chat", { method: "POST", body, headers: { ...headers, "x-slack-signature": sign } });
    expect((await send(`v0=${"0".repeat(64)}`)).status).toBe(401);
    expect((await send(signature)).status).toBe(200);
    expect(await site.now(request.id)).toMatchObject({ state: "denied", by: "dave" });
  });

  it("with any trouble with its signature gets one constant answer, and no vote", async () => {
    const site = place();
    const request = await site.ask();
    const { post, body } = calls(site, request);
    const answers = await Promise.all([
      post("nobody"),
      post("chat"),
      post("soc", { "webhook-signature": "v1,AAAA" }),
      post("soc", { "webhook-signature": "" }),
      post("soc", { "webhook-id": "msg_2" }),
      post("soc", { "webhook-timestamp": String(Math.floor(site.world.now / 1000) - 301) }),
      post("soc", {}, body.replace("jsmith", "jsmitH")),
      post("soc", {}, "<html>"),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(await answer.text()).toBe('{"result":"unauthorized"}');
    }
    expect(await site.store.votes(request.id)).toEqual([]);
  });

  it("for another request, another person, another answer, or too late: no vote", async () => {
    const site = place();
    const [request, other] = [await site.ask(), await site.ask("-sS -p 80 10.20.9.0/24")];
    const status = async (more: Record<string, unknown>, id: string) =>
      (await calls(site, request, more, id).post()).status;
    expect(await status({ digest: other.digest }, "a")).toBe(409);
    expect(await status({ nonce: other.nonce }, "b")).toBe(409);
    expect(await status({ request: other.id }, "c")).toBe(409);
    expect(await status({ voter: "mallory" }, "d")).toBe(403);
    expect(await status({ voter: undefined }, "e")).toBe(403);
    expect(await site.store.votes(request.id)).toEqual([]);
    expect(await status({}, "f")).toBe(200);
    expect(await status({ vote: "deny" }, "f")).toBe(409);
    expect(await status({ vote: "deny" }, "g")).toBe(409);
    const late = await site.ask("-sS -p 81 10.20.9.0/24");
    site.world.now = late.answerBy;
    expect((await calls(site, late, {}, "h").post()).status).toBe(410);
    expect(await site.store.votes(late.id)).toEqual([]);
  });

  it("sends no more than it has to say: 413", async () => {
    const site = place();
    const { post } = calls(site, await site.ask());
    expect((await post("soc", {}, "x".repeat(70_000))).status).toBe(413);
  });
});
