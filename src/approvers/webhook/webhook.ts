// The approver that asks a service over HTTP. One of shape `standard` may answer at once, later where we look again, or
// by calling us; the chats only bring the message. Whatever is not a signed answer to this very request is no answer.
import { messageId } from "../../core/approval/delivery.ts";
import { messageText } from "../../core/approval/message-text.ts";
import type { Request } from "../../core/approval/request.ts";
import type { WebhookService } from "../../core/configuration/configuration.ts";
import { urlProblem } from "../../core/configuration/service-url.ts";
import type { Approver as NamedApprover } from "../../core/policy/policy.ts";
import type { Answer, Approver, Asked, Clock, ConfigSource, News, Question, SaidByService } from "../../effects.ts";
import { CouldNotAsk } from "../could-not-ask.ts";
import { answerIn, laterIn } from "./answer.ts";
import { exchange, type Reply } from "./exchange.ts";
import { ourKey, theirKey } from "./keys.ts";
import { provenCall } from "./read-call.ts";
import { shapes } from "./shapes/index.ts";
import { signMessage, type Key } from "./signing.ts";

export interface WebhookParts {
  readonly service: WebhookService;
  readonly config: Pick<ConfigSource, "secret">;
  readonly clock: Clock;
}

/** Between two looks at a status address, in milliseconds, where the service names no time of its own. */
const lookMs = 5_000;
const longestLookMs = 60_000;

export function createWebhookApprover(named: NamedApprover, parts: WebhookParts): Approver {
  const { service, config, clock } = parts;

  const post = async (about: Question | News, request: Request, signal: AbortSignal): Promise<Reply> => {
    const { delivery, link } = about;
    if (delivery === undefined) throw new CouldNotAsk("a service is asked from the outbox alone", { isForGood: true });
    const url = await serviceUrl();
    const people = "voters" in about ? votersThere(named, about.voters) : [];
    const telling = { request, delivery, text: messageText(request, delivery), voters: people, service };
    const shaped = shapes[service.shape]({ ...telling, ...(link !== undefined && { link }) }, url);
    const body = JSON.stringify(shaped.body);
    const headers = await headersFor(messageId(delivery), body);
    return exchange({ method: "POST", url: shaped.url ?? url, headers, body }, service, signal);
  };

  const headersFor = async (id: string, body: string): Promise<Record<string, string>> => {
    const key = await ourKey(service, config);
    const token = service.tokenFile === undefined ? undefined : await config.secret(service.tokenFile);
    if (token?.ok === false) throw new CouldNotAsk(token.error.message);
    return {
      "content-type": "application/json",
      "user-agent": "jit-nmap",
      ...(key !== undefined && signed(id, body, key)),
      ...(token !== undefined && { authorization: `Bearer ${Buffer.from(token.value).toString("utf8").trim()}` }),
    };
  };

  const signed = (id: string, body: string, key: Key): Record<string, string> => {
    const timestamp = String(Math.floor(clock.now() / 1000));
    const signature = signMessage({ id, timestamp, body }, key);
    return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  };

  const serviceUrl = async (): Promise<URL> => {
    if (service.url.kind === "plain") return new URL(service.url.url);
    const secret = await config.secret(service.url.file);
    if (!secret.ok) throw new CouldNotAsk(secret.error.message);
    const written = Buffer.from(secret.value).toString("utf8").trim();
    const because = urlProblem(written);
    // The address is a secret: it is not quoted.
    if (because !== undefined) throw new CouldNotAsk(`the file ${service.url.file} holds no address of a service`);
    return new URL(written);
  };

  /** A signed answer to this request, as a vote of the person that the policy says it is. */
  const answerFrom = async (reply: Reply, { request }: Question): Promise<Answer> => {
    const key = await theirKey(service, config);
    if (key === undefined) throw refused("it may not vote: config.yaml has no key to check its answers with");
    if (!isJson(reply)) throw refused("it is no JSON");
    const proven = provenCall(reply, key, service, clock.now());
    if (proven === undefined) throw refused("it is not signed with the service's key, or is too old");
    const said = answerIn(reply.body);
    if (said === undefined) throw refused("it is no answer of ours to read");
    return votedBy(named, said, request, proven);
  };

  const refused = (because: string): CouldNotAsk =>
    new CouldNotAsk(`the answer of the service ${service.name} does not count: ${because}`);

  const votedBy = (
    { voters = {}, speaksFor }: NamedApprover,
    said: SaidByService,
    request: Request,
    proven: NonNullable<ReturnType<typeof provenCall>>,
  ): Answer => {
    if (said.request !== request.id || said.digest !== request.digest || said.nonce !== request.nonce)
      throw refused("it is to another request");
    const people = new Map(Object.entries(voters));
    const voter =
      said.voter === undefined
        ? speaksFor === "service"
          ? `service:${service.name}`
          : undefined
        : people.get(said.voter);
    if (voter === undefined) throw refused("the policy knows nobody of that name there");
    return {
      voter,
      answer: said.vote,
      strength: "asserted",
      proof: proven,
      ...(said.reason !== undefined && { reason: said.reason }),
    };
  };

  /** What a reply to our question, or to a look at its status, comes to. */
  const askedBy = async (reply: Reply, question: Question): Promise<Asked> => {
    const { status } = reply;
    if (service.shape !== "standard") {
      if (status < 200 || status > 299) throw failed(status);
      return { answers: [] };
    }
    switch (status) {
      case 200:
        return { answers: [await answerFrom(reply, question)] };
      case 202:
        return laterFrom(reply, question);
      case 204:
        return { answers: [] };
      default:
        throw failed(status);
    }
  };

  const failed = (status: number): CouldNotAsk => {
    const redirect = status >= 300 && status < 400 ? ", and redirects are not followed" : "";
    return new CouldNotAsk(`the service ${service.name} answers with HTTP ${status}${redirect}`, {
      isForGood: status === 410,
    });
  };

  const laterFrom = async (reply: Reply, { request, delivery }: Question): Promise<Asked> => {
    const at = clock.now() + Math.min(longestLookMs, Math.max(lookMs, Number(reply.header("retry-after")) * 1000 || 0));
    // Nothing in it: it calls us when it knows, or it is still at it.
    if (reply.body.trim() === "") {
      return { answers: [], ...(delivery?.look !== undefined && { later: { at, look: delivery.look } }) };
    }
    const key = await theirKey(service, config);
    const proven = key === undefined || !isJson(reply) ? undefined : provenCall(reply, key, service, clock.now());
    const later = laterIn(reply.body);
    if (proven === undefined || later === undefined) throw refused("where to look for it is not signed");
    if (later.request !== request.id || later.nonce !== request.nonce) throw refused("it is to another request");
    const status = URL.canParse(later.statusUrl) ? new URL(later.statusUrl) : undefined;
    if (status?.origin !== (await serviceUrl()).origin) throw refused("it is to be looked for at another place");
    return { answers: [], later: { at, look: status.href } };
  };

  return {
    type: "webhook",
    async ask(question, signal) {
      if (signal.aborted) return { answers: [] };
      const { delivery, request } = question;
      try {
        if (delivery?.look === undefined) return await askedBy(await post(question, request, signal), question);
        const headers = await headersFor(`${messageId(delivery)}.look`, "");
        const reply = await exchange({ method: "GET", url: new URL(delivery.look), headers }, service, signal);
        // It has forgotten: nobody will answer there.
        if (reply.status === 404 || reply.status === 410) return { answers: [] };
        return await askedBy(reply, question);
      } catch (cause) {
        if (isOver(signal)) return { answers: [] };
        throw cause;
      }
    },
    async tell(news, signal) {
      const { status } = await post(news, news.request, signal);
      if (status < 200 || status > 299) throw failed(status);
    },
  };
}

const isOver = (signal: AbortSignal): boolean => signal.aborted;

const isJson = (reply: Reply): boolean => /^application\/json\s*(?:;|$)/i.test(reply.header("content-type") ?? "");

/** Who of the voters is known there, under the names that the service has for them. */
function votersThere({ voters = {} }: NamedApprover, logins: readonly string[]): readonly string[] {
  return Object.entries(voters).flatMap(([there, login]) => (logins.includes(login) ? [there] : []));
}
