// A service over real HTTP: what it gets, the three ways in which it may answer, and that nothing else is an answer.
import type { ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, onTestFinished } from "vitest";
import { createProofs } from "../../src/approvers/proofs/index.ts";
import { secretOf, signMessage } from "../../src/approvers/webhook/signing.ts";
import { unconfigured, type WebhookService } from "../../src/core/configuration/configuration.ts";
import { ok } from "../../src/core/result.ts";
import type { Answer, Question } from "../../src/effects.ts";
import { requestFixture } from "../cli/request-fixture.ts";
import { approverContract } from "./contract.ts";
import { deliveryFixture } from "./delivery-fixture.ts";
import { policyFixture } from "./policy-fixture.ts";
import {
  answerTo,
  approverAt,
  config,
  isOurs,
  named,
  now,
  serviceAt,
  signedBy,
  startService,
  stranger,
  type Heard,
  type Scheme,
  type Service,
} from "./service-fixture.ts";

const policy = policyFixture(`version: 1
people: { leads: [carol, dave] }
approvers: { soc: { type: webhook, service: soc, voters: { jsmith: carol, dpotter: dave } } }
`);
const request = requestFixture({ reason: "CHG-118 audit", nonce: "ab".repeat(16) });
const question = (more: Partial<Question> = {}): Question => ({
  ...{ request, voters: ["carol", "dave"], name: "soc", policy },
  delivery: deliveryFixture({ approver: "soc" }),
  ...more,
});
const open = new AbortController().signal;

async function opened(answer: Parameters<typeof startService>[0]): Promise<Service> {
  const service = await startService(answer);
  onTestFinished(() => service.close());
  return service;
}

const say =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (_heard: Heard, response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };

for (const scheme of ["v1", "v1a"] as const) {
  approverContract(
    "webhook",
    async () => {
      let reply: ServerResponse | undefined;
      let reached: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => (reached = resolve));
      const service = await startService((_heard, response) => {
        reply = response;
        reached();
      });
      const people = new Map([
        ["carol", "jsmith"],
        ["dave", "dpotter"],
      ]);
      let isClosed = false;
      const close = async (): Promise<void> => {
        if (!isClosed) await service.close();
        isClosed = true;
      };
      return {
        approver: approverAt(serviceAt(service.url, scheme)),
        asked: () => asked,
        answers(voter, vote, reason) {
          const body = answerTo(requestFixture(), { vote, voter: people.get(voter), reason });
          reply?.writeHead(200, signedBy(body, { scheme })).end(body);
          return Promise.resolve();
        },
        declines() {
          reply?.writeHead(204).end();
          return Promise.resolve();
        },
        breaks: close,
        close,
      };
    },
    { answers: "one", policy },
  );
}

describe("what a service gets", () => {
  it.each<Scheme>(["v1", "v1a"])(
    "is signed by us (%s), names its direction, and has all that a voter may see",
    async (scheme) => {
      const service = await opened(say(204, ""));
      // The package that checks it knows the time of day only.
      const at = Math.floor(Date.now() / 1000);
      const approver = approverAt(serviceAt(service.url, scheme), named, at * 1000);
      await approver.ask(question({ link: "https://jit.corp.example/r/r7kq2m4x9ab" }), open);
      const [heard] = service.heard;
      if (heard === undefined) throw new Error("nothing came");
      expect(isOurs(heard, scheme)).toBe(true);
      expect(heard.headers).toMatchObject({ "webhook-id": "r7kq2m4x9ab.7", "webhook-timestamp": String(at) });
      expect(JSON.parse(heard.body)).toMatchObject({
        type: "jit-nmap.question",
        direction: "to-service",
        data: {
          request: request.id,
          digest: request.digest,
          nonce: request.nonce,
          headline: "bob: SYN scan on 256 lab hosts, 20 min, CHG-118 audit",
          voters: ["jsmith", "dpotter"],
          link: "https://jit.corp.example/r/r7kq2m4x9ab",
        },
      });
    },
  );

  it("is signed byte for byte as the Standard Webhooks package signs", () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const key = secretOf(secret);
    const body = '{"ä":1}';
    const at = new Date(now);
    const ours = key && signMessage({ id: "msg_1", timestamp: String(now / 1000), body }, key);
    expect(ours).toBe(new Webhook(secret).sign("msg_1", at, body));
  });

  it("has the same id when it is sent again", async () => {
    const service = await opened(say(500, ""));
    const approver = approverAt(serviceAt(service.url));
    await expect(approver.ask(question(), open)).rejects.toThrow("HTTP 500");
    await expect(approver.ask(question(), open)).rejects.toThrow("HTTP 500");
    expect(service.heard.map(({ headers }) => headers["webhook-id"])).toEqual(["r7kq2m4x9ab.7", "r7kq2m4x9ab.7"]);
  });
});

describe("an answer at once", () => {
  it("is its person's vote, with a proof that holds as long as the key does", async () => {
    const body = answerTo(request, { reason: "fine with me" });
    const service = await opened(say(200, body, signedBy(body)));
    const { answers } = await approverAt(serviceAt(service.url)).ask(question(), open);
    expect(answers).toMatchObject([
      { voter: "carol", answer: "approve", reason: "fine with me", proof: { kind: "webhook" } },
    ]);
    const [answer] = answers as [Answer];
    const vote = { voter: "carol", answer: "approve", reason: "fine with me", via: "soc" } as const;
    expect(await check(answer, vote)).toEqual(ok("signed"));
    const others = [
      { ...vote, voter: "dave" },
      { ...vote, answer: "deny" as const },
      { ...vote, reason: "not fine" },
      { ...vote, via: "another" },
    ];
    for (const other of others) expect(await check(answer, other)).toMatchObject({ error: { code: "proof-wrong" } });
    expect(await check(answer, vote, { nonce: "cd" })).toMatchObject({ error: { code: "proof-wrong" } });
    expect(await check(answer, vote, {}, "v1")).toMatchObject({ error: { code: "proof-wrong" } });
  });

  it("with a shared secret is no more than a name", async () => {
    const body = answerTo(request);
    const service = await opened(say(200, body, signedBy(body, { scheme: "v1" })));
    const { answers } = await approverAt(serviceAt(service.url, "v1")).ask(question(), open);
    const vote = { voter: "carol", answer: "approve", via: "soc" } as const;
    expect(await check(answers[0] as Answer, vote, {}, "v1")).toEqual(ok("asserted"));
  });

  it("of the service itself is its own vote only where the policy says that it speaks for itself", async () => {
    const body = answerTo(request, { voter: undefined });
    const service = await opened(say(200, body, signedBy(body)));
    await expect(approverAt(serviceAt(service.url)).ask(question(), open)).rejects.toThrow("knows nobody");
    const itself = approverAt(serviceAt(service.url), { ...named, speaksFor: "service" });
    expect((await itself.ask(question(), open)).answers).toMatchObject([{ voter: "service:soc" }]);
  });

  const plain = { "content-type": "application/json" };
  const good = answerTo(request);
  it.each<[string, (heard: Heard, response: ServerResponse) => void, RegExp]>([
    ["HTML", say(200, "<html>approve</html>", { "content-type": "text/html" }), /it is no JSON/],
    ["not signed", say(200, good, plain), /not signed with the service's key/],
    ["signed with a stranger's key", say(200, good, signedBy(good, { key: stranger.privateKey })), /not signed/],
    ["signed with a secret where a key is wanted", say(200, good, signedBy(good, { scheme: "v1" })), /not signed/],
    ["signed and then changed", say(200, good.replace("jsmith", "dpotter"), signedBy(good)), /not signed/],
    ["six minutes old", say(200, good, signedBy(good, { at: now - 360_000 })), /too old/],
    ["from the future", say(200, good, signedBy(good, { at: now + 360_000 })), /too old/],
    ...[
      ["to another request", answerTo(request, { request: "r0000000000" }), /to another request/],
      ["to another version", answerTo(request, { digest: `sha256:${"00".repeat(32)}` }), /to another request/],
      ["to an earlier asking (nonce)", answerTo(request, { nonce: "00" }), /to another request/],
      ["what we sent ourselves", answerTo(request, {}, { direction: "to-service" }), /no answer of ours/],
      ["of another type", answerTo(request, {}, { type: "jit-nmap.question" }), /no answer of ours/],
      ["of somebody unknown there", answerTo(request, { voter: "mallory" }), /knows nobody/],
      ["of somebody called __proto__", answerTo(request, { voter: "__proto__" }), /knows nobody/],
      ["neither yes nor no", answerTo(request, { vote: "maybe" }), /no answer of ours/],
      ["yes, said as true", answerTo(request, { vote: true }), /no answer of ours/],
      ["a list", "[]", /no answer of ours/],
      ["nothing", "", /no answer of ours/],
    ].map(([what, body, sentence]): [string, (heard: Heard, response: ServerResponse) => void, RegExp] => [
      String(what),
      say(200, String(body), signedBy(String(body))),
      sentence as RegExp,
    ]),
    ["an error", say(500, good, signedBy(good)), /HTTP 500/],
    ["a redirect", say(302, "", { location: "http://127.0.0.1:1/" }), /HTTP 302, and redirects are not followed/],
    ["201", say(201, good, signedBy(good)), /HTTP 201/],
    [
      "a gigabyte",
      (_heard, response) => {
        response.writeHead(200, { ...plain, "content-length": String(1 << 30) });
        const chunk = Buffer.alloc(1 << 16, 32);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
      },
      /more than 16384 bytes/,
    ],
    [
      "the connection closed",
      (_heard, response) => {
        response.destroy();
      },
      /can't be reached/,
    ],
  ])("that is %s is no vote, and why is said", async (_, answer, sentence) => {
    const service = await opened(answer);
    await expect(approverAt(serviceAt(service.url)).ask(question(), open)).rejects.toThrow(sentence);
    expect(service.heard).toHaveLength(1);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["never begins", () => undefined],
    [
      "comes byte by byte",
      (response) => {
        response.writeHead(200, signedBy(good));
        const drip = setInterval(() => response.write(" "), 100);
        response.on("close", () => {
          clearInterval(drip);
        });
      },
    ],
  ])("that %s ends with the time that the service has, as a whole", async (_, answer) => {
    const service = await opened((_heard, response) => {
      answer(response);
    });
    const asking = approverAt(serviceAt(service.url, "v1a", { timeoutSeconds: 1 })).ask(question(), open);
    await expect(asking).rejects.toThrow("did not answer within 1 s");
  });

  it("of a service without a key of its own is none", async () => {
    const service = await opened(say(200, good, signedBy(good)));
    const deaf: WebhookService = serviceAt(service.url);
    Reflect.deleteProperty(deaf, "verify");
    await expect(approverAt(deaf).ask(question(), open)).rejects.toThrow("config.yaml has no key");
  });

  it("needs a secret that can't be guessed, and a file that is there", async () => {
    const service = await opened(say(200, good, signedBy(good)));
    const with_ = (file: string) => serviceAt(service.url, "v1", { sign: { kind: "secret", file } });
    await expect(approverAt(with_("/keys/short")).ask(question(), open)).rejects.toThrow("at least 32 bytes");
    await expect(approverAt(with_("/keys/none")).ask(question(), open)).rejects.toThrow("is not there");
    const halves = serviceAt(service.url, "v1a", { sign: { kind: "key", file: "/keys/theirs" } });
    await expect(approverAt(halves).ask(question(), open)).rejects.toThrow("does not hold an Ed25519 private key");
    expect(service.heard).toEqual([]);
  });
});

describe("an answer that comes later", () => {
  const pending = (data: object): string =>
    JSON.stringify({
      type: "jit-nmap.pending",
      direction: "to-jit-nmap",
      data: { request: request.id, nonce: request.nonce, ...data },
    });

  it("is looked for where the service says, signed, until it is there", async () => {
    let isReady = false;
    const good = answerTo(request, { vote: "deny" });
    const service = await opened((heard, response) => {
      if (heard.method === "POST") {
        const body = pending({ status_url: `http://127.0.0.1:${new URL(service.url).port}/status/1` });
        response.writeHead(202, { ...signedBy(body), "retry-after": "20" }).end(body);
      } else if (isReady) response.writeHead(200, signedBy(good)).end(good);
      else response.writeHead(202).end();
    });
    const approver = approverAt(serviceAt(service.url));
    const asked = await approver.ask(question(), open);
    expect(asked).toMatchObject({ answers: [], later: { at: now + 20_000 } });
    const look = asked.later?.look;
    const again = question({
      delivery: deliveryFixture({ approver: "soc", state: "looking", ...(look !== undefined && { look }) }),
    });
    expect(await approver.ask(again, open)).toMatchObject({ answers: [], later: { look } });
    isReady = true;
    expect((await approver.ask(again, open)).answers).toMatchObject([{ voter: "carol", answer: "deny" }]);
    expect(service.heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /hook",
      "GET /status/1",
      "GET /status/1",
    ]);
    expect(service.heard.every((heard) => isOurs(heard, "v1a"))).toBe(true);
  });

  it.each<[string, (service: Service) => string, (body: string) => Record<string, string>, RegExp]>([
    [
      "at another place",
      () => pending({ status_url: "http://127.0.0.2/status" }),
      (body) => signedBy(body),
      /another place/,
    ],
    [
      "at a place that is none",
      () => pending({ status_url: "file:///etc/passwd" }),
      (body) => signedBy(body),
      /another place/,
    ],
    [
      "for another request",
      ({ url }) => pending({ status_url: url, nonce: "00" }),
      (body) => signedBy(body),
      /another request/,
    ],
    [
      "where a stranger says",
      ({ url }) => pending({ status_url: url }),
      (body) => signedBy(body, { key: stranger.privateKey }),
      /not signed/,
    ],
    [
      "where nobody has signed",
      ({ url }) => pending({ status_url: url }),
      () => ({ "content-type": "application/json" }),
      /not signed/,
    ],
  ])("is not looked for %s", async (_, body, headers, sentence) => {
    const service = await opened((_heard, response) => {
      const text = body(service);
      response.writeHead(202, headers(text)).end(text);
    });
    await expect(approverAt(serviceAt(service.url)).ask(question(), open)).rejects.toThrow(sentence);
    expect(service.heard).toHaveLength(1);
  });

  it("by a call of the service is not looked for", async () => {
    const service = await opened(say(202, ""));
    expect(await approverAt(serviceAt(service.url)).ask(question(), open)).toEqual({ answers: [] });
  });
});

describe("the address of a service", () => {
  const serve = async (host: string, allowInternal: readonly string[] = []) => {
    const service = await opened(say(204, ""));
    const { port } = new URL(service.url);
    const at = serviceAt(`https://${host}:${port}/`, "v1a", { allowInternal });
    return { asking: approverAt(at).ask(question(), open), service };
  };

  it("that is a name is asked only where it leads outside, or to where config.yaml allows", async () => {
    // This machine's own name leads to itself, or nowhere.
    const { hostname } = await import("node:os");
    const { asking, service } = await serve(hostname());
    await expect(asking).rejects.toThrow(/does not allow \(allow-internal\)|can't be reached/);
    expect(service.heard).toEqual([]);
  });

  it("localhost is this machine", async () => {
    const service = await opened(say(204, ""));
    const { port } = new URL(service.url);
    await approverAt(serviceAt(`http://localhost:${port}/hook`)).ask(question(), open);
    expect(service.heard).toHaveLength(1);
  });

  it("that stands in a file is never said", async () => {
    const at = serviceAt("", "v1a", { url: { kind: "file", file: "/keys/short" } });
    await expect(approverAt(at).ask(question(), open)).rejects.toThrow(
      "the file /keys/short holds no address of a service",
    );
  });
});

function check(
  { proof }: Answer,
  vote: { voter: string; answer: "approve" | "deny"; reason?: string; via: string },
  changed: object = {},
  scheme: Scheme = "v1a",
) {
  const webhooks = new Map([["soc", serviceAt("http://127.0.0.1:1/", scheme)]]);
  const proofs = createProofs({
    ssh: { environment: {}, home: undefined },
    config: { ...config, load: () => Promise.resolve(ok({ ...unconfigured(""), webhooks })) },
    passkey: () => Promise.resolve(undefined),
  });
  if (proof === undefined) throw new Error("no proof");
  return proofs.check(proof, { request: { ...request, ...changed }, vote, policy });
}
