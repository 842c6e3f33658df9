// What every request passes before a route sees it: which door, which method, from where, how much, how often. In the
// order in which it is checked; a route can rely on all of it.
import { getCookie } from "hono/cookie";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { visitOf } from "../broker/sign-in.ts";
import { cookieName } from "./cookie.ts";
import { oops } from "./oops-page.ts";
import { countedAddress, RateLimit } from "./rate-limit.ts";
import type { PageContext, PageEnv, Serving } from "./serving.ts";

/** Longest form or JSON that a page sends: a vote with a long reason is a few kilobytes. */
const longestBody = 64 << 10;
/** Paths whose senders are services: they prove themselves by signatures, and no browser's word counts there. */
export const callbackPath = "/callbacks/";

const securityHeaders: readonly (readonly [string, string])[] = [
  [
    "Content-Security-Policy",
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ],
  ["X-Frame-Options", "DENY"],
  ["X-Content-Type-Options", "nosniff"],
  ["Referrer-Policy", "no-referrer"],
  ["Cache-Control", "no-store"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Permissions-Policy", "publickey-credentials-get=(self), publickey-credentials-create=(self)"],
];

/** Says what it was that came, and gives every answer what protects it. */
export const answerSafely = ({ figures, log }: Serving) =>
  createMiddleware<PageEnv>(async (c, next) => {
    const start = process.hrtime.bigint();
    // Before the answer is made: that is one answer, not one for every line.
    for (const [name, value] of securityHeaders) c.header(name, value);
    if (c.get("door").secure) c.header("Strict-Transport-Security", "max-age=31536000");
    await next();
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    figures.add(c.res.status, seconds);
    // The path may hold a link's secret: only its first word is noted.
    const what = c.req.path.split("/")[1] ?? "";
    const ms = Math.round(seconds * 1e6) / 1e3;
    log({ level: "info", event: "answer", method: c.req.method, path: `/${what}`, status: c.res.status, ms });
  });

/** Only under an address of ours: a name that somebody else made point here (DNS rebinding) is no door. */
export const throughADoor = ({ doors, isProxy }: Serving) =>
  createMiddleware<PageEnv>(async (c, next) => {
    const door = doors.byHost.get((c.req.header("host") ?? "").toLowerCase());
    const peer = peerOf(c);
    // What listens beyond this machine is spoken to by its proxy alone, which brings TLS.
    if (door === undefined || (!doors.isLoopback && !isProxy(peer))) {
      return c.text("This is not the address of this page.\n", 421);
    }
    c.set("door", door);
    c.set("address", countedAddress(isProxy(peer) ? lastStranger(c, isProxy, peer) : peer));
    return next();
  });

/** Who is at the other end of the socket; a request without one is this process's own. */
function peerOf(c: PageContext): string {
  const bindings = c.env as PageContext["env"] | undefined;
  return bindings?.incoming?.socket.remoteAddress ?? "127.0.0.1";
}

/** Whom the proxies say they speak for: the last one in the list that is no proxy of ours. */
function lastStranger(c: PageContext, isProxy: Serving["isProxy"], peer: string): string {
  const named = (c.req.header("x-forwarded-for") ?? "").split(",").map((one) => one.trim());
  return named.findLast((one) => one !== "" && !isProxy(one)) ?? peer;
}

/** A page can be looked at and posted to, nothing else; and posted to only from itself. */
export const fromItself = createMiddleware<PageEnv>(async (c, next) => {
  const { method } = c.req;
  if (method === "GET" || method === "HEAD") return next();
  if (method !== "POST") return c.text("Only GET, HEAD and POST.\n", 405, { Allow: "GET, HEAD, POST" });
  if (c.req.path.startsWith(callbackPath)) return next();
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const ours = c.get("door").origin;
  // Under `no-referrer` a browser says "null" for its origin in a form; then only its own word of the site counts.
  const fits =
    site === undefined ? origin === ours : site === "same-origin" && [undefined, "null", ours].includes(origin);
  return fits ? next() : oops(c, 403, "This came from another page; nothing was done.");
});

export const notTooMuch = bodyLimit({
  maxSize: longestBody,
  onError: (c) => oops(c as PageContext, 413, "This is too long; nothing was done."),
});

/** Who signed in at this browser; a cookie that opens nothing is nobody. */
export const knowWho = ({ fx }: Serving) =>
  createMiddleware<PageEnv>(async (c, next) => {
    const secret = getCookie(c, cookieName(c.get("door")));
    c.set("visit", secret === undefined || secret.length > 100 ? undefined : await visitOf(secret, fx));
    return next();
  });

/** Strangers are counted by address, people by account; who posts is counted apart, since that is how guessing goes. */
export const notTooOften = ({ fx }: Serving) => {
  const strangers = new RateLimit({ burst: 120, perSecond: 4 });
  const people = new RateLimit({ burst: 300, perSecond: 60 });
  const posts = new RateLimit({ burst: 40, perSecond: 0.5 });
  return createMiddleware<PageEnv>(async (c, next) => {
    const now = fx.clock.now();
    const who = c.get("visit")?.person;
    const from = c.get("address");
    let wait = who === undefined ? strangers.take(from, now) : people.take(who, now);
    // A service that is asked a lot answers a lot; it proves each of its calls.
    if (c.req.method === "POST" && !c.req.path.startsWith(callbackPath))
      wait = Math.max(wait, posts.take(who === undefined ? `from ${from}` : `by ${who}`, now));
    if (wait === 0) return next();
    c.header("Retry-After", String(wait));
    return oops(c, 429, `Too many requests; come again in ${wait} s.`);
  });
};
