// Tampering with the file behind the program's back, as somebody who may write it can.
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { allow, approved, open } from "../core/approval/scenario.ts";
import { freshDirectory, storeAt } from "./crew.ts";
import type { Head } from "../../src/core/audit/chain.ts";

const event = (digest: string): Parameters<ReturnType<typeof storeAt>["commit"]>[0]["events"][number] => ({
  type: "policy.loaded",
  time: "2026-11-22T14:00:00.000Z",
  request: null,
  actor: "alice",
  data: { digest, files: [] },
});

async function trail(events: number): Promise<{ path: string; store: ReturnType<typeof storeAt>; heads: Head[] }> {
  const path = `${freshDirectory()}/store.db`;
  const store = storeAt(path);
  const heads: Head[] = [];
  for (let index = 1; index <= events; index += 1) {
    const outcome = await store.commit({ events: [event(String(index))] });
    if (outcome.kind === "committed") heads.push(...outcome.events);
  }
  return { path, store, heads };
}

/** Takes the triggers away, which stop accidents and honest programs, and changes what `sql` says. */
function tamper(path: string, sql: string): void {
  const file = new Sqlite(path);
  const triggers = file.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all() as string[];
  for (const name of triggers) file.exec(`DROP TRIGGER ${name}`);
  file.exec(sql);
  file.close();
}

describe("the trail", () => {
  it.each([
    "UPDATE events SET actor = 'mallory' WHERE seq = 2",
    "UPDATE events SET seq = 9 WHERE seq = 2",
    "DELETE FROM events WHERE seq = 3",
    "DELETE FROM events",
    "REPLACE INTO events SELECT 2, time, type, request, 'mallory', data, prev, hash FROM events WHERE seq = 2",
    "INSERT INTO events SELECT 9, time, type, request, actor, data, prev, hash FROM events WHERE seq = 2",
    "INSERT INTO events SELECT 0, time, type, request, actor, data, prev, hash FROM events WHERE seq = 2",
    "UPDATE OR REPLACE events SET seq = 1 WHERE seq = 2",
    "UPDATE head SET seq = 2",
    "DELETE FROM head",
  ])("refuses %s", async (sql) => {
    const { path, store } = await trail(3);
    const file = new Sqlite(path);
    expect(() => file.exec(sql)).toThrow(/append-only|only grows/);
    file.close();
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 3 });
  });

  it.each([
    "UPDATE votes SET voter = 'mallory'",
    "DELETE FROM votes",
    "REPLACE INTO votes SELECT number, request, version, voter, answer, '{}' FROM votes",
    "INSERT OR REPLACE INTO votes (request, version, voter, answer, document) SELECT request, version, voter, answer, '{}' FROM votes",
    "DELETE FROM requests",
  ])("refuses %s", async (sql) => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    const { request, votes, steps } = approved();
    for (const step of steps) await store.commit(step);
    const file = new Sqlite(path);
    expect(() => file.exec(sql)).toThrow(/append-only|are kept/);
    file.close();
    expect(await store.votes(request.id)).toEqual(votes);
  });

  it.each([
    ["a changed row", "UPDATE events SET data = replace(data, '4', '5') WHERE seq = 4", 4],
    [
      "a changed row that is hashed anew",
      "UPDATE events SET actor = 'm', hash = (SELECT hash FROM events WHERE seq = 1) WHERE seq = 4",
      4,
    ],
    ["a deleted row", "DELETE FROM events WHERE seq = 4", 4],
    [
      "a deleted row, the rest moved up",
      "DELETE FROM events WHERE seq = 4; UPDATE events SET seq = seq - 1 WHERE seq > 4",
      4,
    ],
    [
      "an inserted row",
      "UPDATE events SET seq = -(seq + 1) WHERE seq >= 4; UPDATE events SET seq = -seq WHERE seq < 0; INSERT INTO events SELECT 4, time, type, request, 'm', data, prev, hash FROM events WHERE seq = 3",
      4,
    ],
    [
      "a row before the first",
      "INSERT INTO events SELECT 0, time, type, request, actor, data, prev, hash FROM events WHERE seq = 1",
      1,
    ],
    [
      "two rows that changed places",
      "UPDATE events SET seq = -4 WHERE seq = 4; UPDATE events SET seq = 4 WHERE seq = 6; UPDATE events SET seq = 6 WHERE seq = -4",
      4,
    ],
    ["a tail that was cut", "DELETE FROM events WHERE seq > 5", 6],
    ["everything gone", "DELETE FROM events", 1],
  ])("finds %s and names it", async (_, sql, seq) => {
    const { path, store } = await trail(8);
    tamper(path, sql);
    expect(await store.verify()).toMatchObject({ kind: "broken", seq });
  });

  it("finds a tail that was cut with its noted end, by a head that was noted elsewhere", async () => {
    const { path, store, heads } = await trail(8);
    const [, , , , fifth, , seventh] = heads;
    if (fifth === undefined || seventh === undefined) throw new Error("no head");
    tamper(path, `DELETE FROM events WHERE seq > 5; UPDATE head SET seq = 5, hash = '${fifth.hash}'`);
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 5 });
    expect(await store.verify([seventh])).toMatchObject({ kind: "broken", seq: 6 });
    expect(await store.verify([fifth])).toMatchObject({ kind: "intact", events: 5 });
  });

  it.each([
    ["its last event was changed", "UPDATE events SET actor = 'mallory' WHERE seq = 8"],
    ["its last event is gone", "DELETE FROM events WHERE seq = 8"],
    ["its noted end is gone", "DELETE FROM head"],
    ["all of it is gone", "DELETE FROM events"],
  ])("is not continued when %s, and can still be read", async (_, sql) => {
    const { path, store } = await trail(8);
    tamper(path, sql);
    await expect(store.commit(open(allow).step)).rejects.toMatchObject({ code: "trail-broken" });
    expect((await store.verify()).kind).toBe("broken");
    expect(await store.listRequests({})).toEqual([]);
    expect(await store.events({})).toHaveLength(
      sql === "DELETE FROM events" ? 0 : sql.includes("DELETE FROM events") ? 7 : 8,
    );
  });

  it("is read in pages: 10,000 rows and more", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    for (let batch = 0; batch < 5; batch += 1) {
      await store.commit({ events: Array.from({ length: 5000 }, (_, index) => event(`${batch}/${index}`)) });
    }
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 25_000 });
    expect(await store.events({})).toHaveLength(10_000);
    expect((await store.events({ from: 24_999 })).map(({ seq }) => seq)).toEqual([24_999, 25_000]);
    tamper(path, "UPDATE events SET actor = 'mallory' WHERE seq = 20001");
    expect(await store.verify()).toMatchObject({ kind: "broken", seq: 20_001 });
  });
});

describe("a record that was altered", () => {
  it.each([
    ["is no JSON", "UPDATE requests SET document = 'x'"],
    ["is of another request", "UPDATE requests SET document = json_set(document, '$.id', 'r0000000009')"],
    ["says another state than its row", "UPDATE requests SET document = json_set(document, '$.state', 'approved')"],
    ["is not a record", "UPDATE requests SET document = 'null'"],
  ])("and %s is damage", async (_, sql) => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    const { request, steps } = approved();
    const [opened] = steps;
    if (opened === undefined) throw new Error("no step");
    await store.commit(opened);
    tamper(path, sql);
    await expect(store.findRequest(request.id)).rejects.toMatchObject({ code: "store-corrupt" });
  });
});
