import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { cookieOf, policyText, Site } from "./site.ts";

describe("the page of a request", () => {
  it("shows the card to who may vote, and not a word of it to anybody else", async () => {
    const site = new Site();
    const request = await site.ask("-sV -p 22,80,443 10.20.0.0/24", { reason: "CHG-118 audit" });
    const path = `/r/${request.id}`;
    const carol = await (await site.get(path, { cookie: await site.signIn("carol") })).text();
    expect(carol).toContain("bob: ");
    expect(carol).toContain("CHG-118 audit");
    expect(carol).toContain("<span>nmap</span> <span>--privileged</span>");
    expect(carol).toMatch(/Deny[\s\S]*Less…[\s\S]*Approve<\/button>/);
    for (const stranger of [undefined, await site.signIn("erin")]) {
      const answer = await site.get(path, stranger === undefined ? {} : { cookie: stranger });
      expect(answer.status).toBe(stranger === undefined ? 403 : 404);
      expect(await answer.text()).not.toContain("10.20.0");
    }
  });

  it("is also for the policy's readers, and for leads, who have to see what they stop; neither answers", async () => {
    const more =
      "  - name: dmz\n    effect: ask\n    targets: [10.30.0.0/16]\n    ask: { votes: { security: 1 }, answer-within: 30m, start-within: 1h }\n";
    const site = new Site(`${policyText}${more}readers: { results: [frank] }\n`);
    const request = await site.ask();
    for (const person of ["erin", "frank"]) {
      const text = await (await site.get(`/r/${request.id}`, { cookie: await site.signIn(person) })).text();
      expect(text).toContain("256 addresses");
      expect(text).not.toContain("Approve");
    }
  });

  it("is the requester's too, without a way to answer", async () => {
    const site = new Site();
    const request = await site.ask();
    const text = await (await site.get(`/r/${request.id}`, { cookie: await site.signIn("bob") })).text();
    expect(text).toContain("bob: ");
    expect(text).not.toContain("Approve");
  });

  it("counts a vote that is posted, with who signed in as its proof", async () => {
    const site = new Site();
    const request = await site.ask();
    const cookie = await site.signIn("carol");
    const fields = { digest: request.digest, answer: "approve", reason: "go ahead" };
    const answer = await site.post(`/r/${request.id}`, fields, { cookie });
    expect(answer.status).toBe(303);
    expect(await site.now(request.id)).toMatchObject({ state: "approved" });
    expect(await site.store.votes(request.id)).toMatchObject([
      {
        voter: "carol",
        answer: "approve",
        via: "page",
        strength: "account",
        reason: "go ahead",
        proof: { kind: "session", how: "link" },
      },
    ]);
    expect(await site.store.verify()).toMatchObject({ kind: "intact" });
  });

  it("takes a no with its reason", async () => {
    const site = new Site();
    const request = await site.ask();
    const cookie = await site.signIn("dave");
    await site.post(`/r/${request.id}`, { digest: request.digest, answer: "deny", reason: "freeze" }, { cookie });
    expect(await site.now(request.id)).toMatchObject({ state: "denied", by: "dave", because: "freeze" });
  });

  it("refuses the requester, another digest, a second yes, a word that is no answer, and who comes too late", async () => {
    const site = new Site();
    const request = await site.ask("-sV -p 22 10.20.128.0/24");
    const path = `/r/${request.id}`;
    const [bob, carol] = [await site.signIn("bob"), await site.signIn("carol")];
    const yes = { digest: request.digest, answer: "approve" };
    const statusOf = async (fields: Record<string, string>, cookie: string) =>
      (await site.post(path, fields, { cookie })).status;
    expect(await statusOf(yes, bob)).toBe(403);
    expect(await statusOf({ ...yes, digest: "sha256:00" }, carol)).toBe(409);
    expect(await statusOf({ ...yes, answer: "perhaps" }, carol)).toBe(422);
    expect(await site.store.votes(request.id)).toEqual([]);
    expect(await statusOf(yes, carol)).toBe(303);
    expect(await statusOf(yes, carol)).toBe(409);
    site.world.now += 31 * 60_000;
    expect(await statusOf(yes, await site.signIn("dave"))).toBe(410);
    expect(await site.store.votes(request.id)).toHaveLength(1);
  });

  it("does not take a vote from who has left the policy since signing in", async () => {
    const site = new Site();
    const request = await site.ask();
    const cookie = await site.signIn("carol");
    site.world.policy = new Site(undefined).world.policy;
    site.world.policy = new Site("version: 1\npeople: { leads: [dave] }\nrules: []\n").world.policy;
    const answer = await site.post(`/r/${request.id}`, { digest: request.digest, answer: "approve" }, { cookie });
    expect(answer.status).toBe(404);
    expect(await site.store.votes(request.id)).toEqual([]);
  });
});

describe("looking", () => {
  it("never votes: GET, HEAD and OPTIONS of every address leave everything as it was", async () => {
    const site = new Site();
    const request = await site.ask();
    const secret = await site.link("carol", request);
    const cookie = await site.signIn("carol");
    const before = await site.store.events({});
    const query = `?answer=approve&digest=${request.digest}&login=carol`;
    for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]) {
      for (const path of [
        "/",
        "/me",
        "/healthz",
        "/metrics",
        "/sign-out",
        `/r/${request.id}${query}`,
        `/r/${request.id}/passkey${query}`,
        `/l/${secret}${query}`,
      ]) {
        const answer = await site.get(path, { method, cookie });
        expect(answer.status, `${method} ${path}`).toBeLessThan(500);
        if (!["GET", "HEAD"].includes(method)) expect(answer.status).toBe(405);
      }
    }
    expect(await site.store.events({})).toEqual(before);
  });
});

describe("a link in a mail", () => {
  it("shows the card, and signs in who types the login that it is for", async () => {
    const site = new Site();
    const request = await site.ask();
    const secret = await site.link("carol", request);
    const shown = await (await site.get(`/l/${secret}`)).text();
    expect(shown).toContain("bob: ");
    expect(shown).not.toContain("carol");
    const answer = await site.post(`/l/${secret}`, { answer: "sign-in", login: "carol" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(`/r/${request.id}`);
    expect(answer.headers.get("set-cookie")).toMatch(/^jit-nmap-8420=[\w-]{43}; .*HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(answer);
    expect((await site.get(`/r/${request.id}`, { cookie })).status).toBe(200);
    // Used up; and who is signed in is sent on.
    expect((await site.get(`/l/${secret}`)).status).toBe(410);
    expect((await site.get(`/l/${secret}`, { cookie })).headers.get("location")).toBe(`/r/${request.id}`);
    expect((await site.post(`/l/${secret}`, { answer: "sign-in", login: "carol" })).status).toBe(410);
  });

  it("is closed after five wrong logins", async () => {
    const site = new Site();
    const request = await site.ask();
    const secret = await site.link("carol", request);
    expect((await site.post(`/l/${secret}`, { answer: "sign-in" })).status).toBe(422);
    for (const login of ["dave", "bob", "Carol", "leads", "carol@lab"]) {
      expect((await site.post(`/l/${secret}`, { answer: "approve", login, code: "123456" })).status).toBe(403);
    }
    expect((await site.post(`/l/${secret}`, { answer: "sign-in", login: "carol" })).status).toBe(410);
    expect(await site.store.votes(request.id)).toEqual([]);
  });

  it("alone takes no yes without the code and no no without its reason", async () => {
    const site = new Site();
    const request = await site.ask();
    const path = `/l/${await site.link("carol", request)}`;
    const given = { login: "carol", digest: request.digest };
    expect((await site.post(path, { ...given, answer: "approve" })).status).toBe(422);
    expect((await site.post(path, { ...given, answer: "deny", reason: " " })).status).toBe(422);
    expect(await site.store.votes(request.id)).toEqual([]);
    expect((await site.post(path, { ...given, answer: "deny", reason: "not today" })).status).toBe(303);
    expect(await site.now(request.id)).toMatchObject({ state: "denied", because: "not today" });
  });

  it("takes a yes with the code that the requester reads out, and says how it was proved", async () => {
    const site = new Site();
    const request = await site.ask();
    const path = `/l/${await site.link("carol", request)}`;
    const code = site.codes.get(request.id) ?? "";
    expect(await (await site.get(path)).text()).not.toContain(code);
    const spoken = `${code.slice(0, 3)} ${code.slice(3)}`;
    const answer = await site.post(path, { login: "carol", digest: request.digest, answer: "approve", code: spoken });
    expect(answer.status).toBe(303);
    expect(await site.store.votes(request.id)).toMatchObject([
      { voter: "carol", strength: "asserted", proof: { kind: "code" } },
    ]);
    expect(JSON.stringify(await site.store.events({}))).not.toContain(code);
  });

  it("takes no code any more after five wrong ones; signing in from a terminal still answers", async () => {
    const site = new Site();
    const request = await site.ask();
    const code = site.codes.get(request.id) ?? "";
    const path = `/l/${await site.link("carol", request)}`;
    const given = { login: "carol", digest: request.digest, answer: "approve" };
    for (let turn = 1; turn <= 5; turn++) {
      const wrong = String((Number(code) + turn) % 1_000_000).padStart(6, "0");
      expect((await site.post(path, { ...given, code: wrong })).status).toBe(403);
    }
    const closed = await site.post(path, { ...given, code });
    expect(closed.status).toBe(410);
    expect(await site.store.votes(request.id)).toEqual([]);
    const byMail = cookieOf(await site.post(path, { answer: "sign-in", login: "carol" }));
    expect((await site.post(`/r/${request.id}`, given, { cookie: byMail })).status).toBe(410);
    const cookie = await site.signIn("carol");
    expect((await site.post(`/r/${request.id}`, given, { cookie })).status).toBe(303);
    expect((await site.now(request.id)).state).toBe("approved");
  });

  it("is over with its request", async () => {
    const site = new Site();
    const request = await site.ask();
    const secret = await site.link("carol", request);
    site.world.now = request.answerBy;
    expect((await site.get(`/l/${secret}`)).status).toBe(410);
    expect((await site.post(`/l/${secret}`, { answer: "sign-in", login: "carol" })).status).toBe(410);
  });
});

describe("what comes from elsewhere", () => {
  it("is refused when it posts: another site, another origin, JSON too, no origin at all", async () => {
    const site = new Site();
    const request = await site.ask();
    const cookie = await site.signIn("carol");
    const vote = { digest: request.digest, answer: "approve" };
    const from = async (headers: Record<string, string>) =>
      (await site.post(`/r/${request.id}`, vote, { cookie, headers })).status;
    expect(await from({ "sec-fetch-site": "cross-site", origin: "https://evil.example" })).toBe(403);
    expect(await from({ "sec-fetch-site": "same-site", origin: "http://localhost:9999" })).toBe(403);
    expect(await from({ "sec-fetch-site": "none" })).toBe(403);
    expect(await from({ "sec-fetch-site": "same-origin", origin: "https://evil.example" })).toBe(403);
    const json = await site.get(`/r/${request.id}/passkey/options`, {
      method: "POST",
      cookie,
      body: JSON.stringify(vote),
      headers: { "content-type": "application/json", origin: "https://evil.example" },
    });
    expect(json.status).toBe(403);
    const bare = await site.get(`/r/${request.id}`, {
      method: "POST",
      cookie,
      body: new URLSearchParams(vote).toString(),
    });
    expect(bare.status).toBe(403);
    expect(await site.store.votes(request.id)).toEqual([]);
  });

  it("reaches nothing under a name that is not the page's (DNS rebinding)", async () => {
    const site = new Site();
    for (const host of ["evil.example", "evil.example:8420", "localhost", "127.0.0.1:8421", ""]) {
      expect((await site.get("/", { headers: { host } })).status).toBe(421);
    }
  });

  it("is asked once more by the page itself, so that a strict cookie comes along", async () => {
    const site = new Site();
    const text = await (await site.get("/", { headers: { "sec-fetch-site": "cross-site" } })).text();
    expect(text).toContain('http-equiv="refresh" content="0"');
  });
});

describe("limits", () => {
  it("a body that is too long is refused with 413", async () => {
    const site = new Site();
    const request = await site.ask();
    const answer = await site.post(
      `/r/${request.id}`,
      { digest: request.digest, answer: "approve", reason: "x".repeat(70_000) },
      { cookie: await site.signIn() },
    );
    expect(answer.status).toBe(413);
    expect(await site.store.votes(request.id)).toEqual([]);
  });

  it("whoever posts too often waits: 429 with Retry-After, for strangers and for people", async () => {
    const site = new Site();
    const cookie = await site.signIn();
    for (const who of [{}, { cookie }]) {
      let answer = await site.post("/l/guess", {}, who);
      for (let turn = 0; turn < 60 && answer.status !== 429; turn++) answer = await site.post("/l/guess", {}, who);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });
});

describe("when the records are locked", () => {
  it("nothing is counted and the page says so with 503", async () => {
    const site = new Site();
    const request = await site.ask();
    const cookie = await site.signIn();
    const other = new Sqlite(site.path);
    other.exec("BEGIN IMMEDIATE");
    const answer = await site.post(`/r/${request.id}`, { digest: request.digest, answer: "approve" }, { cookie });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    other.close();
    expect(await site.store.votes(request.id)).toEqual([]);
    expect(
      (await site.post(`/r/${request.id}`, { digest: request.digest, answer: "approve" }, { cookie })).status,
    ).toBe(303);
  });
});

describe("every answer", () => {
  it("carries what protects it", async () => {
    const site = new Site();
    for (const path of ["/", "/nothing", "/healthz"]) {
      const { headers } = await site.get(path);
      expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });

  it("has no inline script or style and no address of another site", async () => {
    const site = new Site();
    const request = await site.ask();
    const cookie = await site.signIn();
    for (const path of ["/", "/me", `/r/${request.id}`]) {
      const text = await (await site.get(path, { cookie })).text();
      expect(text).not.toMatch(/<script(?![^>]*src="\/page-)|<style| style=| on[a-z]+=|https?:\/\/(?!localhost)/);
    }
  });
});
