// A service of a test's own on loopback, and the keys of both sides: what it is asked is kept, what it answers is the
// test's. It signs with the package of the Standard Webhooks project where that can, so that ours is not its own judge.
import { createHmac, generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import { createWebhookApprover } from "../../src/approvers/webhook/webhook.ts";
import type { Request } from "../../src/core/approval/request.ts";
import type { WebhookService } from "../../src/core/configuration/configuration.ts";
import type { Approver as NamedApprover } from "../../src/core/policy/policy.ts";
import type { Approver, ConfigSource } from "../../src/effects.ts";
import { configFixture } from "./config-fixture.ts";

export const now = Date.UTC(2026, 10, 22, 14, 5);

const ours = generateKeyPairSync("ed25519");
const theirs = generateKeyPairSync("ed25519");
export const stranger = generateKeyPairSync("ed25519");
const pem = (key: KeyObject): string =>
  key.export({ format: "pem", type: key.type === "private" ? "pkcs8" : "spki" }).toString();

export const toThem = `whsec_${Buffer.from("the secret of what we send to it.").toString("base64")}`;
export const toUs = `whsec_${Buffer.from("the secret of what it sends to us").toString("base64")}`;

const secrets = {
  "/keys/ours": pem(ours.privateKey),
  "/keys/theirs": pem(theirs.publicKey),
  "/keys/to-them": toThem,
  "/keys/to-us": `${toUs}\n`,
  "/keys/short": "short",
  "/keys/slack": "8f742231b10e8888abcd99yyyzzz85a5",
};

/** The files of both sides, for a house on disk. */
export const keyFiles = { ours: secrets["/keys/ours"], theirs: secrets["/keys/theirs"] };

export const config: ConfigSource = configFixture({}, secrets);

export const named: NamedApprover = {
  name: "soc",
  type: "webhook",
  service: "soc",
  voters: { jsmith: "carol", dpotter: "dave" },
};

export type Scheme = "v1" | "v1a";

export function serviceAt(url: string, scheme: Scheme = "v1a", more: Partial<WebhookService> = {}): WebhookService {
  const keys =
    scheme === "v1"
      ? { sign: { kind: "secret", file: "/keys/to-them" }, verify: { kind: "secret", file: "/keys/to-us" } }
      : { sign: { kind: "key", file: "/keys/ours" }, verify: { kind: "key", file: "/keys/theirs" } };
  return {
    ...{ name: "soc", shape: "standard", url: { kind: "plain", url }, timeoutSeconds: 10, allowInternal: [] },
    ...(keys as Pick<WebhookService, "sign" | "verify">),
    ...more,
  };
}

export const approverAt = (service: WebhookService, approver = named, clock = now): Approver =>
  createWebhookApprover(approver, { service, config, clock: { now: () => clock } });

/** Headers of a message from the service. */
export function signedBy(
  body: string,
  { scheme = "v1a", id = "answer-1", at = now, key = theirs.privateKey, secret = toUs } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature =
    scheme === "v1"
      ? new Webhook(secret).sign(id, new Date(at), body)
      : `v1a,${sign(null, Buffer.from(`${id}.${timestamp}.${body}`), key).toString("base64")}`;
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signature,
  };
}

/** Slack's own headers over a form. */
export function slackSigned(body: string, secret = secrets["/keys/slack"], at = now): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
  return { "x-slack-request-timestamp": timestamp, "x-slack-signature": signature };
}

/** The answer of the service as it has to be; a test changes what it is about. */
export const answerTo = (
  request: Pick<Request, "id" | "digest" | "nonce">,
  data: object = {},
  message: object = {},
): string =>
  JSON.stringify({
    type: "jit-nmap.answer",
    direction: "to-jit-nmap",
    ...message,
    data: {
      ...{ request: request.id, digest: request.digest, nonce: request.nonce, vote: "approve", voter: "jsmith" },
      ...data,
    },
  });

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Service {
  readonly url: string;
  readonly heard: Heard[];
  close(): Promise<void>;
}

/** Answers each call as `answer` says; it may also answer by hand. */
export async function startService(
  answer: (heard: Heard, response: ServerResponse, request: IncomingMessage) => void,
): Promise<Service> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const one = { method, path, headers, body: Buffer.concat(chunks).toString("utf8") };
      heard.push(one);
      answer(one, response, request);
    });
    response.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/hook`,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** Whether what we sent is signed by us, as the service would check it. */
export function isOurs({ headers, body }: Heard, scheme: Scheme): boolean {
  const of = (name: string): string => String(headers[name]);
  if (scheme === "v1")
    return new Webhook(toThem).verify(body, headers as Record<string, string>, { jsonParse: false }) !== null;
  const [version, signature = ""] = of("webhook-signature").split(",");
  const content = `${of("webhook-id")}.${of("webhook-timestamp")}.${body}`;
  return version === "v1a" && verify(null, Buffer.from(content), ours.publicKey, Buffer.from(signature, "base64"));
}
