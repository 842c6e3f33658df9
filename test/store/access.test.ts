import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkFor, lookAtLink, signInBy, signOut, visitOf } from "../../src/broker/sign-in.ts";
import { addPasskey, hashSecret, linkMs, removePasskey, wrongLogins } from "../../src/core/approval/access.ts";
import type { Passkey } from "../../src/core/approval/access.ts";
import { randomBytes } from "node:crypto";
import { freshDirectory, storeAt } from "./crew.ts";

function place() {
  const store = storeAt(join(freshDirectory(), "trail.db"));
  const world = { now: Date.UTC(2026, 10, 22, 14) };
  const fx = { store, clock: { now: () => world.now }, random: { bytes: (count: number) => randomBytes(count) } };
  const secretOf = (path: string): string => path.replace(/^\/l\//, "");
  const link = async (person = "carol") => secretOf(await linkFor({ person, by: "root" }, undefined, fx));
  return { store, world, fx, link };
}

const passkey: Passkey = {
  id: "cred",
  person: "carol",
  publicKey: "key",
  counter: 0,
  transports: ["internal"],
  addedAt: 1,
};

describe("a one-time link", () => {
  it("signs its person in once, also when two open it at the same moment", async () => {
    const { fx, link, store } = place();
    const found = await lookAtLink(await link(), fx);
    if (!found.ok) throw new Error("no link");
    const both = await Promise.all([signInBy(found.value, fx), signInBy(found.value, fx)]);
    const opened = both.filter((one) => one.ok);
    expect(opened).toHaveLength(1);
    expect(both.find((one) => !one.ok)).toMatchObject({ error: { code: "link-used" } });
    const secret = opened[0]?.ok === true ? opened[0].value.secret : "";
    expect(await visitOf(secret, fx)).toMatchObject({ person: "carol", by: "link" });
    expect((await store.events({})).map(({ type, actor }) => `${type} by ${actor}`)).toEqual([
      "sign-in.link-made by root",
      "sign-in.opened by carol",
    ]);
  });

  it("is over after its time, and closed after too many wrong logins", async () => {
    const { fx, world, link } = place();
    const [late, guessed] = [await link(), await link()];
    for (let turn = 0; turn < wrongLogins; turn++) await fx.store.access.wrongLogin(hashSecret(guessed));
    expect(await lookAtLink(guessed, fx)).toMatchObject({ error: { code: "link-closed" } });
    expect(await lookAtLink(late, fx)).toMatchObject({ ok: true });
    world.now += linkMs;
    expect(await lookAtLink(late, fx)).toMatchObject({ error: { code: "link-over" } });
    expect(await lookAtLink("made-up", fx)).toMatchObject({ error: { code: "link-unknown" } });
  });

  it("and the visit it opened are kept as hashes only", async () => {
    const { fx, link, store } = place();
    const secret = await link();
    const found = await lookAtLink(secret, fx);
    const signedIn = found.ok ? await signInBy(found.value, fx) : found;
    if (!signedIn.ok) throw new Error("not signed in");
    const kept = JSON.stringify(await store.events({})) + JSON.stringify(await store.access.link(hashSecret(secret)));
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(signedIn.value.secret);
  });
});

describe("a visit", () => {
  it("ends by signing out and by itself after twelve hours", async () => {
    const { fx, world, link } = place();
    const secrets: string[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const found = await lookAtLink(await link(), fx);
      const signedIn = found.ok ? await signInBy(found.value, fx) : found;
      if (signedIn.ok) secrets.push(signedIn.value.secret);
    }
    const [first = "", second = ""] = secrets;
    const visit = await visitOf(first, fx);
    if (visit === undefined) throw new Error("no visit");
    await signOut(visit, fx);
    expect(await visitOf(first, fx)).toBeUndefined();
    expect(await visitOf(second, fx)).toMatchObject({ person: "carol" });
    world.now += 12 * 3_600_000;
    expect(await visitOf(second, fx)).toBeUndefined();
  });
});

describe("a passkey", () => {
  it("is kept with its public part on the trail, once, and removed by its person alone", async () => {
    const { fx, store } = place();
    expect(await store.commit(addPasskey(passkey, 1))).toMatchObject({ kind: "committed" });
    expect(await store.commit(addPasskey({ ...passkey, person: "mallory" }, 1))).toMatchObject({ kind: "lost" });
    expect(await store.commit(removePasskey({ id: "cred", person: "mallory" }, "mallory", 2))).toMatchObject({
      kind: "lost",
    });
    expect(await fx.store.access.passkeys("carol")).toEqual([passkey]);
    expect((await store.events({}))[0]?.data).toEqual({ person: "carol", credential: "cred", publicKey: "key" });
    expect(await store.verify()).toMatchObject({ kind: "intact" });
    await store.commit(removePasskey({ id: "cred", person: "carol" }, "carol", 2));
    expect(await store.access.passkeys("carol")).toEqual([]);
  });

  it("whose count does not go on may be a copy", async () => {
    const { store } = place();
    await store.commit(addPasskey({ ...passkey, counter: 4 }, 1));
    expect(await store.access.passkeyUsed("cred", 5)).toBe(true);
    expect(await store.access.passkeyUsed("cred", 5)).toBe(false);
    expect(await store.access.passkeyUsed("cred", 0)).toBe(false);
    await store.commit(addPasskey({ ...passkey, id: "uncounted" }, 1));
    expect(await store.access.passkeyUsed("uncounted", 0)).toBe(true);
    expect(await store.access.passkeyUsed("uncounted", 0)).toBe(true);
  });

  it("that the trail does not know is found by verify", async () => {
    const { store } = place();
    await store.commit({ ...addPasskey(passkey, 1), events: addPasskey({ ...passkey, publicKey: "other" }, 1).events });
    expect(await store.verify()).toMatchObject({ kind: "contradicted", row: "passkey of carol" });
  });
});
