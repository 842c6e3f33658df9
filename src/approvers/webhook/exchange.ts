// One HTTP exchange with a service: to an address that was looked up once, checked, and is the one connected to; without
// redirects, bounded in time and size.
import { lookup as lookUp } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isAddress, isIn, isInternal, isLoopback } from "../../core/configuration/addresses.ts";
import type { WebhookService } from "../../core/configuration/configuration.ts";
import { escapeText } from "../../core/escape.ts";
import { CouldNotAsk } from "../could-not-ask.ts";

/** An answer is a few lines; whoever sends more is not answering. */
const mostBytes = 16 * 1024;

export interface Exchange {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  /** By lower-case name; one that came twice is joined by a comma. */
  header(name: string): string | undefined;
  readonly body: string;
}

type Service = Pick<WebhookService, "name" | "timeoutSeconds" | "allowInternal" | "caFile">;

/** Rejects with one sentence, also when it took longer than the service has. */
export async function exchange(one: Exchange, service: Service, signal: AbortSignal): Promise<Reply> {
  const deadline = AbortSignal.timeout(service.timeoutSeconds * 1000);
  const both = AbortSignal.any([signal, deadline]);
  try {
    return await connected(one, service, await addressFor(one.url, service, both), both);
  } catch (cause) {
    if (cause instanceof CouldNotAsk) throw cause;
    if (deadline.aborted)
      throw new CouldNotAsk(`the service ${service.name} did not answer within ${service.timeoutSeconds} s`, { cause });
    const because = cause instanceof Error ? cause.message : String(cause);
    throw new CouldNotAsk(`the service ${service.name} can't be reached: ${escapeText(because.slice(0, 200))}`, {
      cause,
    });
  }
}

interface Pinned {
  readonly address: string;
  readonly family: number;
}

/** The address to connect to. One that is written in the URL is named; what a name leads to has to be outside, or allowed. */
async function addressFor(url: URL, { name, allowInternal }: Service, signal: AbortSignal): Promise<Pinned> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (isAddress(host)) return { address: host, family: host.includes(":") ? 6 : 4 };
  const found = await new Promise<readonly Pinned[]>((resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Error("aborted"));
    });
    lookUp(host, { all: true }).then(resolve, reject);
  });
  const mayUse = ({ address }: Pinned): boolean =>
    isLoopback(host) ? isLoopback(address) : !isInternal(address) || isIn(address, allowInternal);
  const refused = found.find((each) => !mayUse(each));
  const [first] = found;
  if (refused !== undefined || first === undefined) {
    const where = refused?.address ?? "nothing";
    throw new CouldNotAsk(`the service ${name} leads to ${where}, which config.yaml does not allow (allow-internal)`);
  }
  return first;
}

function connected(one: Exchange, service: Service, pinned: Pinned, signal: AbortSignal): Promise<Reply> {
  const { method, url, headers, body } = one;
  const ca = service.caFile === undefined ? undefined : readFileSync(service.caFile);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        headers: { ...headers, ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }) },
        signal,
        // A connection of its own: an older one may lead elsewhere by now.
        agent: false,
        minVersion: "TLSv1.2",
        rejectUnauthorized: true,
        maxHeaderSize: 16 * 1024,
        ...(ca !== undefined && { ca }),
        lookup: (_host, options, done) => {
          if (options.all === true) done(null, [pinned]);
          else done(null, pinned.address, pinned.family);
        },
      },
      (reply) => {
        const chunks: Buffer[] = [];
        let size = 0;
        reply.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > mostBytes) {
            reject(new CouldNotAsk(`the service ${service.name} answers with more than ${mostBytes} bytes`));
            sent.destroy();
          } else chunks.push(chunk);
        });
        reply.on("error", reject);
        reply.on("end", () => {
          resolve({
            status: reply.statusCode ?? 0,
            header: (name) => {
              const value = reply.headers[name];
              return Array.isArray(value) ? value.join(",") : value;
            },
            body: Buffer.concat(chunks).toString("utf8"),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
