// A lead forwards the mail that asks for a vote ("what is this?"), and the requester opens its link. The login that it
// wants is no secret: signing in with it must prove no more than the mail itself, which takes no yes without the code
// and none at all where a rule wants an account.
import { describe, expect, test } from "vitest";
import { Site, cookieOf } from "../web/site.ts";

describe("a visit that a mail opened", () => {
  test("approves nothing without the code, on any request, and is recorded as no more than a name with it", async () => {
    const site = new Site();
    const asked = await site.ask();
    const other = await site.ask("-sV -p 22 10.20.128.0/24");
    const cookie = cookieOf(
      await site.post(`/l/${await site.link("carol", asked)}`, { answer: "sign-in", login: "carol" }),
    );
    for (const { id, digest } of [asked, other]) {
      const answer = await site.post(`/r/${id}`, { digest, answer: "approve" }, { cookie });
      expect(answer.status).toBe(422);
      expect(await site.store.votes(id)).toEqual([]);
    }
    expect(await (await site.get(`/r/${asked.id}`, { cookie })).text()).toContain('name="code"');
    const yes = { digest: asked.digest, answer: "approve", code: site.codes.get(asked.id) ?? "" };
    expect((await site.post(`/r/${asked.id}`, yes, { cookie })).status).toBe(303);
    expect(await site.store.votes(asked.id)).toMatchObject([{ strength: "asserted", proof: { kind: "code" } }]);
  });
});
