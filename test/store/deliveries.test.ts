// The outbox on disk: written with its occasion or not at all, claimed by one process, ended with its request.
import { describe, expect, it } from "vitest";
import type { DeliveryDraft } from "../../src/core/approval/delivery.ts";
import { cancel } from "../../src/core/approval/endings.ts";
import type { Request } from "../../src/core/approval/request.ts";
import { eventOf, itself } from "../../src/core/approval/transitions.ts";
import type { OpenedStore } from "../../src/store/store.ts";
import { ask, now, open, valueOf, votesOf } from "../core/approval/scenario.ts";
import { freshDirectory, storeAt } from "./crew.ts";

const minute = 60_000;

function drafts(request: Request): readonly DeliveryDraft[] {
  const base = { request: request.id, version: request.version, approver: "mail", from: now, until: now + 30 * minute };
  return [
    { ...base, kind: "question", to: "carol" },
    { ...base, kind: "question", to: "dave" },
    { ...base, kind: "reminder", to: "carol", from: now + 15 * minute },
    { ...base, kind: "decided", to: "carol" },
    { ...base, kind: "decided", to: "dave" },
    { ...base, kind: "decided", to: "alice" },
  ];
}

async function filed(store: OpenedStore): Promise<Request> {
  const { request, step } = open(ask(votesOf({ leads: 1 })));
  const deliveries = drafts({ ...request, requester: { ...request.requester, name: "alice" } });
  const mine = deliveries.map((draft) => (draft.to === "alice" ? { ...draft, to: request.requester.name } : draft));
  await store.commit({ ...step, deliveries: mine });
  return request;
}

const states = async (store: OpenedStore, request: Request): Promise<readonly string[]> =>
  (await store.outbox.of(request.id)).map(({ kind, to, state }) => `${kind} ${to ?? ""} ${state}`);

describe("the outbox", () => {
  it("gives what is due, once, to the first who claims it, and again when the claim is over", async () => {
    const directory = freshDirectory();
    const [one, other] = [storeAt(`${directory}/store.db`), storeAt(`${directory}/store.db`)];
    const request = await filed(one);
    const both = await Promise.all([
      one.outbox.claim("a", now, now + minute),
      other.outbox.claim("b", now, now + minute),
    ]);
    expect(both.map(({ length }) => length).toSorted()).toEqual([0, 2]);
    expect(await other.outbox.claim("c", now + minute - 1, now + 2 * minute)).toEqual([]);
    expect(await one.outbox.nextAt(request.id)).toBe(now + minute);
    expect(await other.outbox.claim("c", now + minute, now + 2 * minute, request.id)).toHaveLength(2);
    expect(await one.outbox.claim("d", now + 15 * minute, now + 16 * minute)).toHaveLength(3);
  });

  it("is not moved by who lost the claim, and neither is the trail", async () => {
    const store = storeAt(`${freshDirectory()}/store.db`);
    const request = await filed(store);
    const [first] = await store.outbox.claim("a", now, now + minute);
    if (first === undefined) throw new Error("nothing was due");
    const next = { state: "sent", at: now, failures: 0 } as const;
    const events = [eventOf(request, now, itself, "approver.asked", { approver: "mail", voters: ["carol"] })];
    const lost = await store.commit({ delivery: { number: first.number, claim: "b", next }, events });
    expect(lost).toEqual({ kind: "lost", current: undefined });
    expect(await store.events({ request: request.id })).toHaveLength(2);
    expect(await store.commit({ delivery: { number: first.number, claim: "a", next }, events })).toMatchObject({
      kind: "committed",
    });
    expect(await store.commit({ delivery: { number: first.number, claim: "a", next }, events })).toMatchObject({
      kind: "lost",
    });
    expect((await store.verify()).kind).toBe("intact");
  });

  it("drops its questions when the request is over, and tells the end to whom they reached and to the requester", async () => {
    const store = storeAt(`${freshDirectory()}/store.db`);
    const request = await filed(store);
    const claimed = await store.outbox.claim("a", now, now + minute);
    const carols = claimed.find(({ to }) => to === "carol");
    if (carols === undefined) throw new Error("nothing was due for carol");
    const events = [eventOf(request, now, itself, "approver.asked", { approver: "mail", voters: ["carol"] })];
    await store.commit({
      delivery: { number: carols.number, claim: "a", next: { state: "sent", at: now, failures: 0 } },
      events,
    });
    await store.commit(valueOf(cancel(request, request.requester, now + minute)));
    const me = request.requester.name;
    expect(await states(store, request)).toEqual([
      "question carol sent",
      "question dave dropped",
      "reminder carol dropped",
      "decided carol due",
      "decided dave dropped",
      `decided ${me} due`,
    ]);
  });

  it("is not written where its occasion was not", async () => {
    const store = storeAt(`${freshDirectory()}/store.db`);
    const request = await filed(store);
    const before = (await store.outbox.of(request.id)).length;
    const step = valueOf(cancel(request, request.requester, now + minute));
    await store.commit(step);
    expect(await store.commit({ ...step, deliveries: drafts(request) })).toMatchObject({ kind: "lost" });
    expect(await store.outbox.of(request.id)).toHaveLength(before);
  });
});
