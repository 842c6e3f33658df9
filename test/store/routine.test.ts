// What the store itself refuses: starts while everything is frozen, runs beyond a standing approval's budget; and what it
// reads from the trail alone.
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { freeze, unfreeze } from "../../src/core/approval/freeze.ts";
import { openRequest, openingBytes } from "../../src/core/approval/open.ts";
import type { Step } from "../../src/core/approval/change.ts";
import { redeem } from "../../src/core/approval/run.ts";
import { castVote } from "../../src/core/approval/vote.ts";
import type { Purpose } from "../../src/core/approval/purpose.ts";
import type { SessionId } from "../../src/core/audit/event.ts";
import {
  answer,
  approved,
  ask,
  freshBytes,
  now,
  open,
  opening,
  people,
  planDigest,
  valueOf,
  votesOf,
} from "../core/approval/scenario.ts";
import { freshDirectory, storeAt } from "./crew.ts";

const session = "s0000000001" as SessionId;
const decision = ask(votesOf({ leads: 1 }));

function redeemed(): { readonly before: readonly Step[]; readonly claim: Step } {
  const { request, grant, state, votes, steps } = approved();
  const claim = redeem(request, { grant, state, votes, people, decision, planDigest, session, now: now + 2000 });
  return { before: steps, claim: valueOf(claim) };
}

describe("a freeze", () => {
  it("is what the trail says last, and lets no grant be redeemed", async () => {
    const store = storeAt(`${freshDirectory()}/store.db`);
    const { before, claim } = redeemed();
    for (const step of before) await store.commit(step);
    expect(await store.freeze()).toBeUndefined();
    await store.commit(valueOf(freeze(undefined, "carol", "incident 7", now)));
    expect(await store.freeze()).toEqual({ by: "carol", because: "incident 7", since: now });
    expect(await store.commit(claim)).toEqual({
      kind: "frozen",
      freeze: { by: "carol", because: "incident 7", since: now },
    });
    await store.commit(valueOf(unfreeze(await store.freeze(), "dave", "over", now + 1)));
    expect(await store.freeze()).toBeUndefined();
    expect(await store.commit(claim)).toMatchObject({ kind: "committed" });
  });

  it("that was rewritten stops everything: the trail is broken", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    await store.commit(valueOf(freeze(undefined, "carol", "incident 7", now)));
    for (let later = 0; later < 20; later += 1) {
      await store.commit({
        events: [{ type: "standing.ended", time: "t", request: null, actor: "a", data: { because: "x" } }],
      });
    }
    const trail = new Sqlite(path);
    trail.exec("DROP TRIGGER events_unchanged; UPDATE events SET type = 'freeze.lifted' WHERE seq = 1");
    trail.close();
    await expect(store.freeze()).rejects.toMatchObject({ code: "trail-broken" });
  });

  it("is found without reading the trail", () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    return store.freeze().then(() => {
      const trail = new Sqlite(path);
      const plan = trail
        .prepare(
          "EXPLAIN QUERY PLAN SELECT seq FROM events WHERE type IN ('freeze.set', 'freeze.lifted') ORDER BY seq DESC LIMIT 1",
        )
        .all();
      trail.close();
      expect(JSON.stringify(plan)).toContain("events_of_freezes");
    });
  });
});

describe("a standing approval", () => {
  it("gives as many runs as it has, and none once it has ended", async () => {
    const store = storeAt(`${freshDirectory()}/store.db`);
    const purpose: Purpose = { kind: "standing", runs: 2, until: now + 86_400_000, filedBy: "alice" };
    const filed = open(decision, { purpose });
    await store.commit(filed.step);
    const { request } = filed;
    const run = (): Step => {
      const cited = { kind: "under-standing", standing: request.id, digest: request.digest } as const;
      return valueOf(
        openRequest(opening(decision, { purpose: cited, bytes: freshBytes(openingBytes), now: now + 2000 })),
      ).step;
    };
    expect(await store.commit(run())).toMatchObject({
      kind: "over-limit",
      because: expect.stringMatching(/is over/) as string,
    });
    const count = { votes: [], people, now: now + 1000, bytes: freshBytes(7) };
    await store.commit(valueOf(castVote(request, answer(request, "carol", "approve"), count)).step);
    expect(await store.commit(run())).toMatchObject({ kind: "committed" });
    expect(await store.commit(run())).toMatchObject({ kind: "committed" });
    expect(await store.standingRuns(request.id, now + 3000)).toBe(2);
    const third = await store.commit(run());
    expect(third).toMatchObject({ kind: "over-limit", because: expect.stringMatching(/has had its 2 runs/) as string });
    // A run that was never started gives its place back when its permission lapses.
    expect(await store.standingRuns(request.id, now + 86_400_000)).toBe(0);
    expect((await store.verify()).kind).toBe("intact");
  });

  it("whose count was tampered with is found", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    const purpose: Purpose = { kind: "standing", runs: 1, until: now + 86_400_000, filedBy: "alice" };
    const { request, step } = open(decision, { purpose });
    await store.commit(step);
    const count = { votes: [], people, now: now + 1000, bytes: freshBytes(7) };
    await store.commit(valueOf(castVote(request, answer(request, "carol", "approve"), count)).step);
    const cited = { kind: "under-standing", standing: request.id, digest: request.digest } as const;
    await store.commit(open(decision, { purpose: cited, now: now + 2000 }).step);
    const trail = new Sqlite(path);
    trail.exec("DROP TRIGGER standing_runs_kept; DELETE FROM standing_runs");
    trail.close();
    expect(await store.verify()).toMatchObject({
      kind: "contradicted",
      because: expect.stringMatching(/not counted/) as string,
    });
  });
});

describe("broken glass", () => {
  it("is owed a review until one is on the trail", async () => {
    const store = storeAt(`${freshDirectory()}/store.db`);
    const { request, step } = open(decision, { purpose: { kind: "break-glass", skipped: ["carol"] }, reason: "INC-7" });
    await store.commit(step);
    expect(await store.owedReviews("alice")).toEqual([{ request: request.id, requester: "alice", since: now }]);
    expect(await store.owedReviews("bob")).toEqual([]);
    await store.commit({
      events: [{ type: "break-glass.reviewed", time: "t", request: request.id, actor: "dave", data: { by: "dave" } }],
    });
    expect(await store.owedReviews()).toEqual([]);
  });
});
