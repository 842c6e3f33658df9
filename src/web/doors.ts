// The addresses under which the page is reached, and what follows from each: which Host and Origin are ours, whether
// cookies are secure, and for which name passkeys are made. Worked out once, when `serve` starts.
import { isIP } from "node:net";
import { err, ok, type Problem, type Result } from "../core/result.ts";

export interface Listen {
  /** A literal address or `localhost`. */
  readonly host: string;
  readonly port: number;
}

export interface PageSettings {
  readonly listen: Listen;
  /** How people reach it from elsewhere; https, or http on this machine itself. Without a slash at its end. */
  readonly publicUrl?: string;
  /** Addresses and networks of the proxies that may stand before it. */
  readonly trustedProxy: readonly string[];
}

/** One way in. */
export interface Door {
  /** `https://host[:port]`: what a browser's Origin says. */
  readonly origin: string;
  /** What stands before every path: empty, or `/scans`. */
  readonly base: string;
  readonly secure: boolean;
  /** The name that passkeys are bound to; undefined where the browser makes none (an address). */
  readonly rpId: string | undefined;
  readonly isPublic: boolean;
}

export interface Doors {
  /** By what a `Host` header says. */
  readonly byHost: ReadonlyMap<string, Door>;
  /** The one that people are told. */
  readonly main: Door;
  readonly isLoopback: boolean;
}

const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

/** Refuses to listen where what is sent could be read on its way: a vote would be anybody's. */
export function doorsOf({ listen, publicUrl, trustedProxy }: PageSettings): Result<Doors, Problem<"listens-in-clear">> {
  const isLoopback = isLoopbackHost(listen.host);
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (!isLoopback && (url?.protocol !== "https:" || trustedProxy.length === 0)) {
    return err({
      code: "listens-in-clear",
      message: `${listen.host} is not this machine alone, and what is sent there could be read on its way`,
      hint: "listen on 127.0.0.1, or put a TLS proxy before it: public-url (https) and trusted-proxy in config.yaml",
    });
  }
  const byHost = new Map<string, Door>();
  const local = isLoopback ? ["localhost", "127.0.0.1", "[::1]"] : [];
  const rpId = url === undefined ? "localhost" : nameOf(url.hostname);
  for (const host of local) {
    const at = `${host}:${listen.port}`;
    // A passkey belongs to one name: where there is a public one, it is that.
    const own = url === undefined && host === "localhost" ? rpId : undefined;
    byHost.set(at, { origin: `http://${at}`, base: "", secure: false, rpId: own, isPublic: false });
  }
  let main = byHost.get(`localhost:${listen.port}`);
  if (url !== undefined) {
    const base = url.pathname.replace(/\/+$/, "");
    main = { origin: url.origin, base, secure: url.protocol === "https:", rpId, isPublic: true };
    byHost.set(url.host, main);
  }
  if (main === undefined) throw new Error("a page without a door");
  return ok({ byHost, main, isLoopback });
}

function nameOf(hostname: string): string | undefined {
  return isIP(hostname.replace(/^\[|\]$/g, "")) === 0 ? hostname : undefined;
}
