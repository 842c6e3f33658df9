import { describe, expect, it } from "vitest";
import { doorsOf } from "../../src/web/doors.ts";
import { countedAddress, RateLimit } from "../../src/web/rate-limit.ts";
import { Site } from "./site.ts";

const behindProxy = {
  listen: { host: "10.0.0.5", port: 8420 },
  publicUrl: "https://scans.corp.example/nmap",
  trustedProxy: ["10.0.0.1"],
};

describe("where the page listens", () => {
  it.each([
    ["an address of the network, without more", { host: "10.0.0.5" }, {}],
    ["every address", { host: "0.0.0.0" }, { publicUrl: "https://scans.corp.example" }],
    [
      "with a proxy but no https",
      { host: "10.0.0.5" },
      { publicUrl: "http://localhost:1", trustedProxy: ["10.0.0.1"] },
    ],
    ["a name that only looks local", { host: "localhost.evil.example" }, {}],
  ])("is refused where it could be read on its way: %s", (_, { host }, more) => {
    const settings = { listen: { host, port: 8420 }, trustedProxy: [], ...more };
    expect(doorsOf(settings)).toMatchObject({ ok: false, error: { code: "listens-in-clear" } });
  });

  it("on this machine it has no passkeys under an address, and under the public name alone where there is one", () => {
    const local = doorsOf({ listen: { host: "127.0.0.1", port: 80 }, trustedProxy: [] });
    const both = doorsOf({ ...behindProxy, listen: { host: "::1", port: 8420 } });
    if (!local.ok || !both.ok) throw new Error("refused");
    expect(local.value.byHost.get("127.0.0.1:80")?.rpId).toBeUndefined();
    expect(local.value.byHost.get("localhost:80")?.rpId).toBe("localhost");
    expect(both.value.byHost.get("localhost:8420")?.rpId).toBeUndefined();
    expect(both.value.main).toMatchObject({ rpId: "scans.corp.example", base: "/nmap", secure: true });
  });
});

describe("behind a proxy", () => {
  const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });
  const asked = (site: Site, path: string, peer: string, headers: Record<string, string> = {}) =>
    site.app.request(`http://x${path}`, { headers: { host: "scans.corp.example", ...headers } }, from(peer));

  it("speaks to the proxy alone, under the public name, with cookies that only https carries", async () => {
    const site = new Site(undefined, behindProxy);
    expect((await asked(site, "/nmap/", "10.0.0.9")).status).toBe(421);
    expect((await asked(site, "/nmap/", "10.0.0.1", { host: "10.0.0.5:8420" })).status).toBe(421);
    const page = await asked(site, "/nmap/", "10.0.0.1");
    expect(page.status).toBe(403);
    expect(page.headers.get("strict-transport-security")).not.toBeNull();
    expect(await page.text()).toContain('href="/nmap/style-');
    const secret = await site.link("carol");
    const answer = await site.app.request(
      `http://x/nmap/l/${secret}`,
      {
        method: "POST",
        headers: {
          host: "scans.corp.example",
          origin: "https://scans.corp.example",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: "answer=sign-in",
      },
      from("10.0.0.1"),
    );
    expect(answer.headers.get("location")).toBe("/nmap/");
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-jit-nmap=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  it("counts whom the proxy names, and not whom they say they speak for", async () => {
    const site = new Site(undefined, behindProxy);
    const status = async (chain: string) =>
      (await asked(site, "/nmap/l/x", "10.0.0.1", { "x-forwarded-for": chain })).status;
    for (let turn = 0; turn < 130; turn++) await status(`192.0.2.${turn}, 198.51.100.7`);
    expect(await status("192.0.2.200, 198.51.100.7, 10.0.0.1")).toBe(429);
    expect(await status("198.51.100.7, 203.0.113.4")).toBe(410);
  });

  it("shows its figures to nobody without the token, whatever name the proxy passes on", async () => {
    const settings = { ...behindProxy, listen: { host: "127.0.0.1", port: 8420 } };
    const site = new Site(undefined, settings);
    const { world } = site;
    world.configuration = { ...world.configuration, ...settings };
    expect((await asked(site, "/nmap/metrics", "127.0.0.1")).status).toBe(404);
    // As nginx does it by itself: the name of what it passes to, and no word of whom it speaks for.
    expect((await site.get("/metrics")).status).toBe(404);
    world.configuration = { ...world.configuration, metricsTokenFile: "/token" };
    world.secret = "s3cret\n";
    const brings = async (authorization?: string) =>
      (await site.get("/metrics", { headers: { ...(authorization !== undefined && { authorization }) } })).status;
    expect(await brings()).toBe(401);
    expect(await brings("Bearer s3cret2")).toBe(401);
    expect(await brings("Basic s3cret")).toBe(401);
    expect(await brings("Bearer s3cret")).toBe(200);
    expect((await asked(site, "/nmap/metrics", "127.0.0.1", { authorization: "Bearer s3cret" })).status).toBe(200);
    world.secret = "\n";
    expect(await brings("Bearer ")).toBe(404);
  });

  it.each(["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"])(
    "shows them to nobody for whom %s was added, also where no proxy is configured",
    async (header) => {
      const site = new Site();
      expect((await site.get("/metrics", { headers: { [header]: "x" } })).status).toBe(404);
      expect((await site.get("/metrics")).status).toBe(200);
    },
  );
});

describe("the cookie of a page on this machine", () => {
  it("is not taken for that of another port, which the browser sends along", async () => {
    const [one, other] = [new Site(), new Site(undefined, { listen: { host: "127.0.0.1", port: 8421 } })];
    const cookie = await one.signIn("carol");
    expect(cookie).toMatch(/^jit-nmap-8420=/);
    const answer = await other.get("/", { cookie, headers: { host: "localhost:8421" } });
    expect(answer.status).toBe(403);
    expect((await one.get("/", { cookie: `jit-nmap-8421=x; ${cookie}` })).status).toBe(200);
  });
});

describe("figures", () => {
  it("count requests by state, events, scans and answers, and name nobody", async () => {
    const site = new Site();
    const request = await site.ask();
    await site.ask("-sS -p 80 10.20.9.0/24");
    const cookie = await site.signIn("carol");
    await site.post(`/r/${request.id}`, { digest: request.digest, answer: "deny", reason: "no" }, { cookie });
    const text = await (await site.get("/metrics")).text();
    expect(text).toContain('jit_nmap_requests{state="pending"} 1\n');
    expect(text).toContain('jit_nmap_requests{state="denied"} 1\n');
    expect(text).toMatch(/^jit_nmap_trail_events \d+$/m);
    expect(text).toContain('jit_nmap_http_answers_total{status="3xx"} 2\n');
    expect(text).not.toMatch(/bob|carol|10\.20\./);
    // Every line is a remark or a sample of the text format.
    for (const line of text.trimEnd().split("\n"))
      expect(line).toMatch(/^# (HELP|TYPE) \w+ .+$|^\w+(\{\w+="[^"]*"\})? [\d.e+-]+$/);
  });

  it("healthz is fine while votes can be counted, and says when the policy can't be read", async () => {
    const site = new Site();
    expect(await (await site.get("/healthz")).json()).toEqual({ ok: true });
    site.world.policy = { ok: false, error: [] };
    expect((await site.get("/healthz")).status).toBe(503);
  });
});

describe("a rate limit", () => {
  it("lets a burst through, then as many as its rate, each name for itself", () => {
    const limit = new RateLimit({ burst: 3, perSecond: 0.5 });
    expect([1, 2, 3, 4].map(() => limit.take("a", 1000))).toEqual([0, 0, 0, 2]);
    expect(limit.take("b", 1000)).toBe(0);
    expect(limit.take("a", 3000)).toBe(0);
    expect(limit.take("a", 3000)).toBe(2);
    // A clock that is set back gives nothing.
    expect(limit.take("a", 0)).toBeGreaterThan(0);
  });

  it("counts an IPv6 household as one", () => {
    expect(countedAddress("2001:db8:1:2:3:4:5:6")).toBe(countedAddress("2001:db8:1:2::9"));
    expect(countedAddress("2001:db8:1:2::9")).not.toBe(countedAddress("2001:db8:1:3::9"));
    expect(countedAddress("::1")).toBe("0:0:0:0::/64");
    expect(countedAddress("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect(countedAddress("192.0.2.1")).toBe("192.0.2.1");
  });
});
