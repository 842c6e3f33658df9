import { describe, expect, it } from "vitest";
import { takePasskey } from "../../src/broker/take-access.ts";
import { addPasskey } from "../../src/core/approval/access.ts";
import type { PasskeyProof } from "../../src/core/approval/proof.ts";
import type { Request } from "../../src/core/approval/request.ts";
import { run } from "../../src/pipeline.ts";
import { Authenticator, type Touch } from "../approvers/proofs/authenticator.ts";
import { cookieOf, Site } from "./site.ts";

const json = { "content-type": "application/json", origin: "http://localhost:8420", "sec-fetch-site": "same-origin" };

function responseOf({ credential, authenticatorData, clientDataJSON, signature }: PasskeyProof) {
  const response = { authenticatorData, clientDataJSON, signature };
  return { id: credential, rawId: credential, type: "public-key", clientExtensionResults: {}, response };
}

async function place() {
  const site = new Site();
  const devices = { carol: new Authenticator("carol"), dave: new Authenticator("dave") };
  for (const [person, device] of Object.entries(devices))
    await site.store.commit(addPasskey(device.passkey(person), 1));
  const send = (path: string, body: object, cookie?: string): Promise<Response> =>
    site.get(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: json,
      ...(cookie !== undefined && { cookie }),
    });
  /** Asks for a challenge and answers it as told. */
  const vote = async (
    request: Request,
    cookie: string,
    device: Authenticator,
    { fields = {}, touch = {} }: { fields?: Record<string, string>; touch?: Partial<Touch> } = {},
  ): Promise<Response> => {
    const asked = { digest: request.digest, answer: "approve", ...fields };
    const options = await send(`/r/${request.id}/passkey/options`, asked, cookie);
    if (options.status !== 200) return options;
    const { challenge } = (await options.json()) as { challenge: string };
    const response = responseOf(device.touch({ challenge, ...touch }));
    return send(`/r/${request.id}/passkey`, { ...asked, response }, cookie);
  };
  return { site, devices, send, vote };
}

describe("a passkey on the page", () => {
  it("votes, signed, by who signed in", async () => {
    const { site, devices, vote } = await place();
    const request = await site.ask();
    const answer = await vote(request, await site.signIn("carol"), devices.carol, { fields: { reason: "go" } });
    expect(await answer.json()).toEqual({ location: `/r/${request.id}` });
    expect(await site.store.votes(request.id)).toMatchObject([
      { voter: "carol", strength: "signed", reason: "go", proof: { kind: "passkey", credential: devices.carol.id } },
    ]);
  });

  it("that is taken away takes the votes with it that nobody has used", async () => {
    const { site, devices, vote } = await place();
    const request = await site.ask();
    await vote(request, await site.signIn("carol"), devices.carol);
    expect((await site.now(request.id)).state).toBe("approved");
    await takePasskey(devices.carol.id, { name: "root", uid: 0 }, site.fx);
    expect(await run(request.id, site.fx)).toMatchObject({ kind: "stale" });
  });

  it("votes from a one-time link that was not opened, and leaves it unopened", async () => {
    const { site, devices, send } = await place();
    const request = await site.ask();
    const link = await site.link("carol", request);
    const asked = { digest: request.digest, answer: "approve", link };
    const options = (await (await send(`/r/${request.id}/passkey/options`, asked)).json()) as { challenge: string };
    const done = await send(`/r/${request.id}/passkey`, {
      ...asked,
      response: responseOf(devices.carol.touch(options)),
    });
    expect(await done.json()).toEqual({ location: `/l/${link}` });
    expect((await site.now(request.id)).state).toBe("approved");
    expect((await site.get(`/l/${link}`)).status).toBe(200);
  });

  it("signs less, too: the version that it makes", async () => {
    const { site, devices, vote } = await place();
    const request = await site.ask();
    const fields = { answer: "less", only: "10.20.0.0/28", ttl: "5m" };
    const answer = await vote(request, await site.signIn("carol"), devices.carol, { fields });
    expect(answer.status).toBe(200);
    const now = await site.now(request.id);
    expect(now).toMatchObject({ version: 2, obligations: { ttlSeconds: 300 }, plan: { targets: ["10.20.0.0/28"] } });
    expect(await site.store.votes(request.id)).toMatchObject([{ version: 2, digest: now.digest, strength: "signed" }]);
  });

  it("of somebody else, touched elsewhere, for something else, without its person: no vote", async () => {
    const { site, devices, send, vote } = await place();
    const request = await site.ask();
    const cookie = await site.signIn("carol");
    expect((await vote(request, cookie, devices.dave)).status).toBe(403);
    expect((await vote(request, cookie, new Authenticator("carol"))).status).toBe(403);
    expect((await vote(request, cookie, devices.carol, { touch: { origin: "https://evil.example" } })).status).toBe(
      403,
    );
    expect((await vote(request, cookie, devices.carol, { touch: { rpId: "evil.example" } })).status).toBe(403);
    expect((await vote(request, cookie, devices.carol, { touch: { flags: 1 } })).status).toBe(403);
    expect((await vote(request, cookie, devices.carol, { touch: { challenge: "AAAA" } })).status).toBe(403);
    expect((await vote(request, cookie, devices.carol, { fields: { digest: "sha256:00" } })).status).toBe(409);
    expect((await vote(request, await site.signIn("bob"), devices.carol)).status).toBe(403);
    // A yes that was touched for one request is shown to another, and a yes is sent as a no.
    const other = await site.ask("-sS -p 80 10.20.9.0/24");
    const yes = { digest: request.digest, answer: "approve" };
    const options = (await (await send(`/r/${request.id}/passkey/options`, yes, cookie)).json()) as {
      challenge: string;
    };
    const response = responseOf(devices.carol.touch(options));
    const elsewhere = { digest: other.digest, answer: "approve", response };
    expect((await send(`/r/${other.id}/passkey`, elsewhere, cookie)).status).toBe(403);
    expect((await send(`/r/${request.id}/passkey`, { ...yes, answer: "deny", response }, cookie)).status).toBe(403);
    for (const bad of [
      undefined,
      null,
      7,
      "x",
      {},
      { id: 1 },
      { ...response, response: {} },
      { ...response, id: ["a"] },
    ]) {
      expect((await send(`/r/${request.id}/passkey`, { ...yes, response: bad }, cookie)).status).toBe(403);
    }
    expect(await site.store.votes(request.id)).toEqual([]);
    // And sent twice it is one vote.
    expect((await send(`/r/${request.id}/passkey`, { ...yes, response }, cookie)).status).toBe(200);
    expect((await send(`/r/${request.id}/passkey`, { ...yes, response }, cookie)).status).toBe(410);
    expect(await site.store.votes(request.id)).toHaveLength(1);
  });

  it("is not added by who came through a mailbox", async () => {
    const { site, send } = await place();
    const request = await site.ask();
    const path = `/l/${await site.link("carol", request)}`;
    const mailed = cookieOf(await site.post(path, { answer: "sign-in", login: "carol" }));
    expect((await send("/me/passkeys/options", {}, mailed)).status).toBe(403);
    expect((await send("/me/passkeys", { response: {} }, mailed)).status).toBe(403);
    expect((await send("/me/passkeys/options", {}, await site.signIn("carol"))).status).toBe(200);
  });

  it("signs in once for each challenge that was handed out", async () => {
    const { devices, send } = await place();
    const options = (await (await send("/sign-in/options", {})).json()) as { challenge: string };
    const response = responseOf(devices.dave.touch(options));
    const first = await send("/sign-in", { response, then: "//evil.example" });
    expect(await first.json()).toEqual({ location: "/" });
    expect(first.headers.get("set-cookie")).toContain("HttpOnly");
    expect((await send("/sign-in", { response })).status).toBe(403);
    expect((await send("/sign-in", { response: responseOf(devices.dave.touch({ challenge: "AAAA" })) })).status).toBe(
      403,
    );
  });

  it("that was copied is noticed by its count", async () => {
    const { site, devices, vote } = await place();
    const [first, second] = [await site.ask(), await site.ask("-sS -p 80 10.20.9.0/24")];
    const cookie = await site.signIn("carol");
    expect((await vote(first, cookie, devices.carol, { touch: { counter: 9 } })).status).toBe(200);
    expect((await vote(second, cookie, devices.carol, { touch: { counter: 9 } })).status).toBe(403);
    expect((await site.now(second.id)).state).toBe("pending");
  });
});
