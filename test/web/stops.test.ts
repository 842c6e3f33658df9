import { describe, expect, it } from "vitest";
import { Site } from "./site.ts";

async function approved(site: Site) {
  const request = await site.ask();
  const cookie = await site.signIn("carol");
  await site.post(`/r/${request.id}`, { digest: request.digest, answer: "approve" }, { cookie });
  return { request, cookie };
}

describe("ending an approval from the page", () => {
  it("is for who may vote and for its requester, with the reason that was given", async () => {
    const site = new Site();
    for (const person of ["dave", "bob"]) {
      const { request } = await approved(site);
      const cookie = await site.signIn(person);
      expect(await (await site.get(`/r/${request.id}`, { cookie })).text()).toContain("Take the approval back");
      const answer = await site.post(`/r/${request.id}/revoke`, { reason: "wrong week" }, { cookie });
      expect(answer.status).toBe(303);
      expect(await site.now(request.id)).toMatchObject({ state: "revoked", because: "wrong week" });
      const again = await site.post(`/r/${request.id}/revoke`, {}, { cookie });
      expect(again.status).toBe(410);
    }
  });

  it("is for nobody else, and not by looking", async () => {
    const site = new Site();
    const { request } = await approved(site);
    const stranger = await site.signIn("erin");
    expect((await site.post(`/r/${request.id}/revoke`, {}, { cookie: stranger })).status).toBe(404);
    expect((await site.post(`/r/${request.id}/revoke`, {})).status).toBe(403);
    expect((await site.get(`/r/${request.id}/revoke`, { cookie: await site.signIn("dave") })).status).toBe(200);
    expect((await site.now(request.id)).state).toBe("approved");
  });
});

describe("a freeze from the page", () => {
  it("is set by a lead with a reason, shown on every page, and lifted", async () => {
    const site = new Site();
    const { request, cookie } = await approved(site);
    expect((await site.post("/freeze", {}, { cookie })).status).toBe(409);
    expect((await site.post("/freeze", { reason: "incident 7" }, { cookie })).status).toBe(303);
    for (const path of ["/", "/freeze"]) {
      expect(await (await site.get(path, { cookie })).text()).toContain("incident 7");
    }
    const waiting = await site.ask("-sS -p 80 10.20.3.0/24");
    expect(await (await site.get(`/r/${waiting.id}`, { cookie })).text()).toContain("incident 7");
    expect((await site.post("/unfreeze", { reason: "over" }, { cookie })).status).toBe(303);
    expect(await site.store.freeze()).toBeUndefined();
    expect(request.id).not.toBe(waiting.id);
  });

  it("is not for who leads nothing", async () => {
    const site = new Site();
    const cookie = await site.signIn("bob");
    expect((await site.post("/freeze", { reason: "for fun" }, { cookie })).status).toBe(403);
    expect((await site.post("/freeze", { reason: "for fun" })).status).toBe(403);
    expect(await site.store.freeze()).toBeUndefined();
    expect(await (await site.get("/", { cookie })).text()).not.toContain("/freeze");
  });
});
