// Taking away what lets people in: the way out everywhere, and passkeys, by oneself and by leads.
import { describe, expect, it } from "vitest";
import { lookAtLink } from "../../src/broker/sign-in.ts";
import { signOutEverywhere, takePasskey } from "../../src/broker/take-access.ts";
import { addPasskey } from "../../src/core/approval/access.ts";
import { Authenticator } from "../approvers/proofs/authenticator.ts";
import { cookieOf, Site } from "./site.ts";

const root = { name: "root", uid: 0 };
const bob = { name: "bob", uid: 1002 };

async function place() {
  const site = new Site();
  const device = new Authenticator("carol");
  await site.store.commit(addPasskey(device.passkey("carol"), 1));
  const isIn = async (cookie: string): Promise<boolean> => (await site.get("/", { cookie })).status === 200;
  const ended = async () =>
    (await site.store.events({})).flatMap(({ type, actor, data }) =>
      type === "sign-in.ended" || type === "passkey.removed" ? [{ type, actor, person: data.person }] : [],
    );
  return { site, device, isIn, ended };
}

describe("signing out everywhere", () => {
  it("ends every visit of one person and closes the links to it, and nobody else's", async () => {
    const { site, isIn, ended } = await place();
    const [here, there, dave] = [await site.signIn(), await site.signIn(), await site.signIn("dave")];
    const [mine, his] = [await site.link(), await site.link("dave")];
    const answer = await site.post("/me/sign-out-everywhere", {}, { cookie: here });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("set-cookie")).toMatch(/^jit-nmap-8420=; Max-Age=0/);
    expect([await isIn(here), await isIn(there), await isIn(dave)]).toEqual([false, false, true]);
    expect(await lookAtLink(mine, site.fx)).toMatchObject({ ok: false });
    expect(await lookAtLink(his, site.fx)).toMatchObject({ ok: true });
    expect(await ended()).toEqual([{ type: "sign-in.ended", actor: "carol", person: "carol" }]);
    expect(await site.store.verify()).toMatchObject({ kind: "intact" });
  });

  it("is done to others by root and by leads, and by nobody else", async () => {
    const { site, isIn } = await place();
    const cookie = await site.signIn();
    expect(await signOutEverywhere("carol", bob, site.fx)).toMatchObject({ code: "not-entitled" });
    const byBob = await site.post("/people/sign-out", { person: "carol" }, { cookie: await site.signIn("bob") });
    expect(byBob.status).toBe(403);
    expect((await site.post("/people/sign-out", { person: "carol" })).status).toBe(403);
    expect(await isIn(cookie)).toBe(true);
    const byDave = await site.post("/people/sign-out", { person: "carol" }, { cookie: await site.signIn("dave") });
    expect(byDave.status).toBe(303);
    expect(await isIn(cookie)).toBe(false);
    const again = await site.signIn();
    expect(await signOutEverywhere("carol", root, site.fx)).toBeUndefined();
    expect(await isIn(again)).toBe(false);
  });

  it("takes nothing from others by a visit that a mail opened", async () => {
    const { site, isIn } = await place();
    const request = await site.ask();
    const cookie = await site.signIn();
    const answer = await site.post(`/l/${await site.link("dave", request)}`, { answer: "sign-in", login: "dave" });
    const mailed = cookieOf(answer);
    expect((await site.get("/people?person=carol", { cookie: mailed })).status).toBe(403);
    expect((await site.post("/people/sign-out", { person: "carol" }, { cookie: mailed })).status).toBe(403);
    expect(await isIn(cookie)).toBe(true);
  });
});

describe("taking a passkey", () => {
  it("is for root and leads, says who did it, and signs its owner out", async () => {
    const { site, device, isIn, ended } = await place();
    const cookie = await site.signIn();
    expect(await takePasskey(device.id, bob, site.fx)).toMatchObject({ error: { code: "not-entitled" } });
    expect(await takePasskey("made-up", root, site.fx)).toMatchObject({ error: { code: "no-such-passkey" } });
    const dave = await site.signIn("dave");
    const page = await (await site.get("/people?person=carol", { cookie: dave })).text();
    expect(page).toContain(`value="${device.id}"`);
    expect((await site.post("/people/passkeys/remove", { id: device.id }, { cookie: dave })).status).toBe(303);
    expect(await site.store.access.passkeys("carol")).toEqual([]);
    expect(await isIn(cookie)).toBe(false);
    expect(await ended()).toEqual([
      { type: "passkey.removed", actor: "dave", person: "carol" },
      { type: "sign-in.ended", actor: "dave", person: "carol" },
    ]);
    expect(await takePasskey(device.id, root, site.fx)).toMatchObject({ error: { code: "no-such-passkey" } });
    expect(await site.store.verify()).toMatchObject({ kind: "intact" });
  });

  it("shows others' to nobody who may not take them, and runs nothing that is in a name", async () => {
    const { site } = await place();
    expect((await site.get("/people?person=carol", { cookie: await site.signIn("bob") })).status).toBe(403);
    expect((await site.get("/people?person=carol")).status).toBe(403);
    const name = `<script>alert(1)</script>`;
    const page = await site.get(`/people?person=${encodeURIComponent(name)}`, { cookie: await site.signIn("dave") });
    expect(await page.text()).not.toContain("<script>alert");
  });
});
