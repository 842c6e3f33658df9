// What a login was let scan before, as the store finds it: by an index, and never more than a few.
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { RequestId } from "../../src/core/approval/request.ts";
import { freshDirectory, storeAt } from "./crew.ts";

/** A store with rows as they are, whatever led to them. */
async function stored(
  rows: readonly {
    readonly id: string;
    readonly state: string;
    readonly votes?: readonly string[];
    readonly of?: string;
    readonly bytes?: number;
  }[],
) {
  const path = `${freshDirectory()}/store.db`;
  const store = storeAt(path);
  await store.figures();
  const file = new Sqlite(path);
  const request = file.prepare(
    `INSERT INTO requests (id, state, version, digest, requester, opened_at, last_seq, document)
     VALUES (?, ?, 1, 'd', ?, ?, ?, ?)`,
  );
  const vote = file.prepare("INSERT INTO votes (request, version, voter, answer, document) VALUES (?, 1, ?, ?, '{}')");
  file.transaction(() => {
    for (const [at, { id, state, votes = [], of = "bob", bytes = 0 }] of rows.entries()) {
      request.run(id, state, of, at, at, JSON.stringify({ id, state, digest: "d", pad: "x".repeat(bytes) }));
      for (const [number, answer] of votes.entries()) vote.run(id, `v${number}`, answer);
    }
  })();
  file.close();
  return { store, path };
}

const ids = ({ requests }: { readonly requests: readonly { readonly id: RequestId }[] }) =>
  requests.map(({ id }) => id);

describe("what a login was let scan before", () => {
  it("is what was approved and not revoked, the newest first, of this login alone", async () => {
    const { store } = await stored([
      { id: "r1", state: "finished", votes: ["approve"] },
      { id: "r2", state: "denied", votes: ["deny"] },
      { id: "r3", state: "revoked", votes: ["approve"] },
      { id: "r4", state: "pending", votes: ["approve"] },
      { id: "r5", state: "finished" },
      { id: "r6", state: "approved", votes: ["confirm"] },
      { id: "r7", state: "finished", votes: ["approve"], of: "eve" },
      { id: "r8", state: "expired" },
    ]);
    expect(ids(await store.earlierScans("bob", "voted"))).toEqual(["r6", "r1"]);
    expect(ids(await store.earlierScans("bob", "any"))).toEqual(["r6", "r5", "r1"]);
    expect(await store.earlierScans("nobody", "any")).toEqual({ requests: [], whole: true });
    expect((await store.earlierScans("bob", "voted")).whole).toBe(true);
  });

  it("is found behind thousands that a rule allowed, as far as it looks, and says where it stopped", async () => {
    const allowed = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `a${at}`, state: "finished" }));
    const near = await stored([{ id: "r1", state: "finished", votes: ["approve"] }, ...allowed(1999)]);
    expect(await near.store.earlierScans("bob", "voted")).toMatchObject({ requests: [{ id: "r1" }], whole: true });
    const any = await near.store.earlierScans("bob", "any");
    expect([any.requests.length, any.whole]).toEqual([50, false]);
    const far = await stored([{ id: "r1", state: "finished", votes: ["approve"] }, ...allowed(2000)]);
    expect(await far.store.earlierScans("bob", "voted")).toEqual({ requests: [], whole: false });
  });

  it("reads no more than a few megabytes, and at least one", async () => {
    const large = (id: string) => ({ id, state: "finished", votes: ["approve"], bytes: 3 << 20 });
    const { store } = await stored([large("r1"), large("r2"), { id: "r3", state: "finished", votes: ["approve"] }]);
    const { requests, whole } = await store.earlierScans("bob", "voted");
    expect([requests.map(({ id }) => id), whole]).toEqual([["r3", "r2"], false]);
  });

  it("is found by the index of requesters, votes by theirs, and no table is read through", async () => {
    const { path } = await stored([{ id: "r1", state: "finished" }]);
    const asked: string[] = [];
    const { earlierScans } = await import("../../src/store/earlier.ts");
    const file = new Sqlite(path);
    const prepare = (sql: string) => (asked.push(sql), file.prepare(sql));
    earlierScans(prepare, "bob", "voted");
    const steps = asked.flatMap((sql) =>
      file.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(sql.includes(":requester") ? { requester: "bob" } : "x"),
    );
    file.close();
    const details = steps.map((step) => (step as { detail: string }).detail);
    expect(details).toContain("SEARCH requests USING INDEX requests_by_requester (requester=?)");
    expect(details.filter((detail) => /^SCAN (requests|votes)/.test(detail))).toEqual([]);
  });
});
