// With the trail whole, a row of the tables could be written or changed behind it: a vote nobody cast, another account's
// name, another result, and even an empty trail beside full tables. `verify` said intact, and the request ran.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { castVote } from "../../src/broker/votes.ts";
import { file, run } from "../../src/pipeline.ts";
import { openStore } from "../../src/store/store.ts";
import { approved } from "../core/approval/scenario.ts";
import { World } from "../pipeline/world.ts";
import { privateDirectory } from "../session/scene.ts";
import { storeAt } from "../store/crew.ts";

const main = join(import.meta.dirname, "../../bin/main.ts");

/** Changes rows as somebody with the file could: without the triggers, which stop accidents. */
function tamper(path: string, sql: string): void {
  const trail = new Sqlite(path);
  const triggers = trail.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all() as string[];
  for (const name of triggers) trail.exec(`DROP TRIGGER ${name}`);
  trail.pragma("foreign_keys = OFF");
  trail.exec(sql);
  trail.close();
}

describe("verify", () => {
  let scanned: Buffer;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), "jit-nmap-records-"));
    mkdirSync(join(home, "policies"));
    const text = "version: 1\nrules:\n  - { name: near, effect: allow, targets: [127.0.0.0/8], ttl: 5m }\n";
    writeFileSync(join(home, "policies", "near.yaml"), text);
    const env = { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home };
    for (const target of ["127.0.0.1", "192.0.2.1"]) spawnSync(process.execPath, [main, "-sL", target], { env });
    // One request with votes, too.
    const store = openStore(join(home, "trail.db"));
    for (const step of approved().steps) await store.commit(step);
    expect(await store.verify()).toMatchObject({ kind: "intact" });
    await store.close();
    const trail = new Sqlite(join(home, "trail.db"));
    trail.pragma("wal_checkpoint(TRUNCATE)");
    trail.pragma("journal_mode = DELETE");
    scanned = trail.serialize();
    trail.close();
    rmSync(home, { recursive: true });
  });

  test.each([
    [
      "UPDATE requests SET requester = 'mallory', document = json_set(document, '$.requester.name', 'mallory')",
      /^request /,
    ],
    ["UPDATE requests SET document = json_set(document, '$.reason', 'another')", /^request /],
    ["UPDATE requests SET document = json_set(document, '$.planDigest', 'sha256:00')", /^request /],
    ["UPDATE requests SET document = json_set(document, '$.effect', 'allow') WHERE state = 'denied'", /^request /],
    ["UPDATE requests SET digest = 'sha256:00', document = json_set(document, '$.digest', 'sha256:00')", /^request /],
    ["UPDATE requests SET state = 'finished', document = json_set(document, '$.state', 'finished')", /^request /],
    ["UPDATE requests SET last_seq = 10000", /^request /],
    ["UPDATE votes SET voter = 'mallory', document = json_set(document, '$.voter', 'mallory')", /^vote .*mallory/],
    [
      "INSERT INTO votes (request, version, voter, answer, document) SELECT request, version, 'mallory', answer, json_set(document, '$.voter', 'mallory') FROM votes LIMIT 1",
      /^vote .*mallory/,
    ],
    ["UPDATE grants SET document = json_set(document, '$.ttlSeconds', 999999)", /^grant /],
    ["UPDATE grants SET state = 'issued' WHERE state = 'redeemed'", /^grant /],
    ["UPDATE grants SET state = 'lapsed'", /^grant /],
    ["UPDATE sessions SET ended_at = NULL", /^session /],
    ["UPDATE results SET xml = CAST('<nmaprun/>' AS BLOB)", /^result of session /],
    ["DELETE FROM events; DELETE FROM head", /^request /],
  ])("names the row after %s", async (sql, row) => {
    const path = join(privateDirectory(), "trail.db");
    writeFileSync(path, scanned);
    tamper(path, sql);
    expect(await openStore(path).verify()).toMatchObject({
      kind: "contradicted",
      row: expect.stringMatching(row) as string,
    });
  });
});

describe("a request that was approved", () => {
  const ask = `version: 1
people: { leads: [carol] }
approvers: { desk: { type: prompt } }
rules:
  - { name: lab, targets: [10.0.0.0/8], effect: ask, ttl: 5m, ask: { votes: { leads: 1 }, via: [desk], answer-within: 30m, start-within: 10m } }
`;

  async function approvedWorld(): Promise<World> {
    const world = new World(ask);
    await file(world.ask("-sL 10.0.0.1"), world.effects);
    const { id, digest } = world.only;
    await castVote(
      { request: id, digest, voter: "carol", answer: "approve", strength: "asserted", via: "command" },
      world.effects,
    );
    expect(world.only.state).toBe("approved");
    return world;
  }

  test("runs when the trail says all of it", async () => {
    const world = await approvedWorld();
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
  });

  test.each(["request.opened", "request.judged", "request.approved", "vote.cast", "grant.issued"])(
    "does not run when the trail has no %s",
    async (type) => {
      const world = await approvedWorld();
      const at = world.events.findIndex((event) => event.type === type);
      world.events.splice(at, 1);
      await expect(run(world.only.id, world.effects)).rejects.toMatchObject({ code: "trail-broken" });
      expect(world.launched).toEqual([]);
    },
  );

  test("does not run for somebody whose name was put into the record", async () => {
    const world = await approvedWorld();
    world.requester = { ...world.requester, name: "mallory" };
    world.requests.set(world.only.id, { ...world.only, requester: world.requester });
    await expect(run(world.only.id, world.effects)).rejects.toMatchObject({ code: "trail-broken" });
  });
});

describe("the chain", () => {
  test("is not continued for a request whose events were changed, however long ago", async () => {
    const path = join(privateDirectory(), "trail.db");
    const store = storeAt(path);
    const { steps } = approved();
    const last = steps.at(-1);
    if (last === undefined) throw new Error("no steps");
    for (const step of steps.slice(0, -1)) await store.commit(step);
    const other = { type: "policy.loaded", time: "2026-11-22T14:00:00.000Z", request: null, actor: "a" } as const;
    await store.commit({ events: Array.from({ length: 40 }, () => ({ ...other, data: { digest: "", files: [] } })) });
    await store.close();
    tamper(path, "UPDATE events SET actor = 'mallory' WHERE seq = 1");
    await expect(storeAt(path).commit(last)).rejects.toMatchObject({ code: "trail-broken" });
  });

  test("is not continued when one of its last events was changed", async () => {
    const path = join(privateDirectory(), "trail.db");
    const store = storeAt(path);
    for (const step of approved().steps) await store.commit(step);
    await store.close();
    tamper(path, "UPDATE events SET actor = 'mallory' WHERE seq = 2");
    const event = {
      type: "policy.loaded",
      time: "2026-11-22T14:00:00.000Z",
      request: null,
      actor: "a",
      data: { digest: "", files: [] },
    } as const;
    await expect(storeAt(path).commit({ events: [event] })).rejects.toMatchObject({ code: "trail-broken" });
  });
});
