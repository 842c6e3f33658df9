import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { together } from "../../src/core/approval/change.ts";
import type { Step } from "../../src/core/approval/change.ts";
import { cancel, overdue } from "../../src/core/approval/endings.ts";
import { end, redeem, start } from "../../src/core/approval/run.ts";
import { castVote } from "../../src/core/approval/vote.ts";
import type { SessionId } from "../../src/core/audit/event.ts";
import type { Summary } from "../../src/core/results/summary.ts";
import {
  allow,
  answer,
  approved,
  ask,
  confirm,
  deny,
  freshBytes,
  now,
  open,
  people,
  planDigest,
  sessionOf,
  valueOf,
  votesOf,
} from "../core/approval/scenario.ts";
import { freshDirectory, storeAt } from "./crew.ts";

const session = "s0000000001" as SessionId;
const fresh = (): ReturnType<typeof storeAt> => storeAt(`${freshDirectory()}/store.db`);

/** Brings a request of its own to `running`; gives the steps of which each follows the one before. */
function toRunning(): { steps: Step[]; request: Step["request"]["next"]; record: ReturnType<typeof sessionOf> } {
  const { request, grant, state, votes, steps } = approved();
  const decision = ask(votesOf({ leads: 1 }));
  const claimed = valueOf(
    redeem(request, { grant, state, votes, people, decision, planDigest, session, now: now + 2000 }),
  );
  const record = sessionOf(grant, session, now + 3000);
  const started = start(claimed.request.next, record, true);
  return { steps: [...steps, claimed, started], request: started.request.next, record };
}

const summary: Summary = {
  complete: true,
  hosts: { up: 1, down: 0, total: 1 },
  openPorts: 2,
  open: [],
  shortened: false,
  scans: [],
};

describe("a commit", () => {
  it("says which policy decides from when on: whenever it is another than before", async () => {
    const store = fresh();
    const by = (digest: string, files = ["lab.yaml"]) => ({
      ...open(ask(votesOf({ leads: 1 }))).step,
      policy: { digest, files },
    });
    for (const digest of ["sha256:a", "sha256:a", "sha256:b", "sha256:a"]) await store.commit(by(digest));
    const loaded = (await store.events({})).filter(({ type }) => type === "policy.loaded");
    expect(loaded.map(({ seq, data }) => [seq, data])).toEqual([
      [1, { digest: "sha256:a", files: ["lab.yaml"] }],
      [6, { digest: "sha256:b", files: ["lab.yaml"] }],
      [9, { digest: "sha256:a", files: ["lab.yaml"] }],
    ]);
    expect(await store.verify()).toMatchObject({ kind: "intact" });
  });

  it("of a new request is lost where its requester has one waiting that its writer did not know", async () => {
    const store = fresh();
    const [first, second, third] = [open(ask(votesOf({ leads: 1 }))), open(ask(votesOf({ leads: 1 }))), open(allow)];
    const alone = { knownPending: [] };
    expect(await store.commit({ ...first.step, ...alone })).toMatchObject({ kind: "committed" });
    expect(await store.commit({ ...second.step, ...alone })).toEqual({ kind: "lost", current: undefined });
    expect(await store.listRequests({})).toHaveLength(1);
    const known = { knownPending: [first.request.id] };
    expect(await store.commit({ ...second.step, ...known })).toMatchObject({ kind: "committed" });
    // Nobody is asked about it, so there is nothing that it could join.
    expect(await store.commit(third.step)).toMatchObject({ kind: "committed" });
  });

  it("keeps request, votes, grant, session, result and events as they were given", async () => {
    const store = fresh();
    const { steps, request, record } = toRunning();
    const stored = { session, xml: new Uint8Array([0, 60, 255, 10]), complete: true, summary };
    const last = end(request, record, {
      ending: "exited",
      exitCode: 0,
      signal: null,
      endedAt: now + 9000,
      seconds: 6,
      result: { stored, sha256: "00" },
    });
    for (const step of [...steps, last]) expect((await store.commit(step)).kind).toBe("committed");

    expect(await store.findRequest(request.id)).toEqual({ kind: "found", request: last.request.next });
    expect(await store.votes(request.id)).toEqual([steps[1]?.vote]);
    expect(await store.grant(request.id)).toEqual({ grant: steps[1]?.grant?.grant, state: "redeemed" });
    expect(await store.sessions(request.id)).toEqual([last.session]);
    expect(await store.openSessions()).toEqual([]);
    const result = await store.result(session);
    expect(result && { ...result, xml: new Uint8Array(result.xml) }).toEqual(stored);
    const events = await store.events({ request: request.id });
    expect(events.map(({ type }) => type)).toEqual(
      [...steps, last].flatMap((step) => step.events.map(({ type }) => type)),
    );
    expect(events[0]).toMatchObject(steps[0]?.events[0] ?? {});
    expect(await store.codeHash(request.id)).toBe(steps[0]?.codeHash);
  });

  it("gives each event its place", async () => {
    const store = fresh();
    const outcome = await store.commit(open(allow).step);
    if (outcome.kind !== "committed") throw new Error("lost");
    expect(outcome.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(outcome.events[1]?.prev).toBe(outcome.events[0]?.hash);
    expect(await store.events({ from: 2, limit: 1 })).toEqual([outcome.events[1]]);
  });

  it("is lost whole when another state, version, digest, number of votes or grant is found", async () => {
    const store = fresh();
    const { request, step } = open(ask(votesOf({ leads: 2 })));
    await store.commit(step);
    const { expect: seen, next } = valueOf(cancel(request, { name: "alice" }, now)).request;
    if (seen === "new") throw new Error("not new");
    const events = valueOf(cancel(request, { name: "alice" }, now)).events;
    const stale = [
      { ...seen, state: "running" as const },
      { ...seen, version: 2 },
      { ...seen, digest: "sha256:0" },
      { ...seen, votes: 1 },
      "new" as const,
    ];
    for (const expected of stale) {
      const outcome = await store.commit({ request: { expect: expected, next }, events });
      expect(outcome).toEqual({ kind: "lost", current: request });
    }
    const elsewhere = approved().grant;
    const grant = { expect: "issued", grant: elsewhere, next: "revoked" } as const;
    expect((await store.commit({ request: { expect: seen, next }, grant, events })).kind).toBe("lost");
    expect((await store.findRequest(request.id)).kind).toBe("found");
    expect(await store.events({})).toHaveLength(2);
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 2 });
  });

  it("lets one of two people who saw the same votes go first, and counts both", async () => {
    const store = fresh();
    const { request, step } = open(ask(votesOf({ leads: 2 })));
    await store.commit(step);
    const cast = async (name: string): Promise<Step> => {
      const votes = await store.votes(request.id);
      return valueOf(castVote(request, answer(request, name, "approve"), { votes, people, now, bytes: freshBytes(7) }))
        .step;
    };
    const [carol, dave] = [await cast("carol"), await cast("dave")];
    expect((await store.commit(carol)).kind).toBe("committed");
    expect((await store.commit(dave)).kind).toBe("lost");
    expect((await store.commit(await cast("dave"))).kind).toBe("committed");
    expect(await store.findRequest(request.id)).toMatchObject({ request: { state: "approved" } });
  });

  it("writes an allowed scan from opened to running at once", async () => {
    const store = fresh();
    const { request, step } = open(allow);
    const grant = step.grant?.grant;
    if (grant === undefined) throw new Error("no grant");
    const claimed = valueOf(
      redeem(request, { grant, state: "issued", votes: [], people, decision: allow, planDigest, session, now }),
    );
    const record = sessionOf(grant, session, now);
    const all = together(together(step, claimed), start(claimed.request.next, record, true));
    expect((await store.commit(all)).kind).toBe("committed");
    expect(await store.openSessions()).toEqual([record]);
    expect(await store.grant(request.id)).toMatchObject({ state: "redeemed" });
    expect(await store.events({})).toHaveLength(5);
  });

  it("refuses a way that the states do not have, and a second run, with nothing written", async () => {
    const store = fresh();
    const { steps, request, record } = toRunning();
    for (const step of steps) await store.commit(step);
    const before = await store.events({});
    const seen = { state: request.state, version: request.version, digest: request.digest };
    const { events } = open(allow).step;
    const back = { request: { expect: seen, next: { ...request, state: "pending" as const } }, events };
    await expect(store.commit(back as never)).rejects.toThrow("no way from running to pending");
    const again = { ...record, id: "s0000000002" as SessionId };
    await expect(store.commit({ request: { expect: seen, next: request }, session: again, events })).rejects.toThrow(
      "UNIQUE",
    );
    await expect(store.commit({ events: [] })).rejects.toThrow("without an event");
    expect(await store.events({})).toEqual(before);
    expect(await store.sessions(request.id)).toHaveLength(1);
  });

  it("ends a session once", async () => {
    const store = fresh();
    const { steps, request, record } = toRunning();
    for (const step of steps) await store.commit(step);
    const over = end(request, record, { ending: "exited", exitCode: 0, signal: null, endedAt: now, seconds: 1 });
    expect((await store.commit(over)).kind).toBe("committed");
    expect((await store.commit(over)).kind).toBe("lost");
    if (over.session === undefined) throw new Error("no session");
    await expect(store.commit({ session: over.session, events: over.events })).rejects.toThrow("ended already");
  });

  it("keeps a lapsed grant lapsed, also against SQL", async () => {
    const path = `${freshDirectory()}/store.db`;
    const store = storeAt(path);
    const { request, grant, steps } = approved();
    for (const step of steps) await store.commit(step);
    const lapsed = overdue(request, grant, grant.notAfter);
    if (lapsed === undefined) throw new Error("not lapsed");
    await store.commit(lapsed);
    expect(await store.grant(request.id)).toEqual({ grant, state: "lapsed" });
    const sql = new Sqlite(path);
    expect(() => sql.exec("UPDATE grants SET state = 'issued'")).toThrow("used once");
    expect(() => sql.exec("UPDATE grants SET document = '{}'")).toThrow("used once");
    sql.close();
  });
});

describe("finding requests", () => {
  it("takes any unique prefix, and lists the candidates of an ambiguous one", async () => {
    const store = fresh();
    const ids = [];
    for (let first = 0; first < 3; first += 1) {
      const bytes = freshBytes(64);
      bytes.set([0xab, 0xcd, first, 1, 2, 3, 4]);
      const { request, step } = open(confirm, { bytes });
      await store.commit(step);
      ids.push(request.id);
    }
    const [id = ""] = ids;
    expect(await store.findRequest(id)).toMatchObject({ kind: "found", request: { id } });
    expect(await store.findRequest(id.slice(1).toUpperCase())).toMatchObject({ kind: "found", request: { id } });
    expect(await store.findRequest(id.slice(0, 3))).toEqual({ kind: "ambiguous", ids });
    for (const nothing of ["rzzzz", "", "%", "_", "r%", "' OR 1=1 --"]) {
      expect(await store.findRequest(nothing)).toEqual({ kind: "none" });
    }
  });

  it("lists the newest first, by state and by requester", async () => {
    const store = fresh();
    const bob = { name: "bob", uid: 1001, groups: [] };
    const steps = [
      open(confirm, { now }),
      open(deny, { now: now + 1 }),
      open(confirm, { now: now + 2, requester: bob }),
    ];
    for (const { step } of steps) await store.commit(step);
    const idsOf = async (filter: Parameters<typeof store.listRequests>[0]): Promise<string[]> =>
      (await store.listRequests(filter)).map(({ id }) => id);
    const [first, denied, bobs] = steps.map(({ request }) => request.id);
    expect(await idsOf({})).toEqual([bobs, denied, first]);
    expect(await idsOf({ limit: 1 })).toEqual([bobs]);
    expect(await idsOf({ state: "pending" })).toEqual([bobs, first]);
    expect(await idsOf({ requester: "alice" })).toEqual([denied, first]);
    expect(await idsOf({ requester: "alice", state: "pending" })).toEqual([first]);
  });

  it("gives nothing for what is not there", async () => {
    const store = fresh();
    const nobody = open(allow).request.id;
    expect(await store.grant(nobody)).toBeUndefined();
    expect(await store.codeHash(nobody)).toBeUndefined();
    expect(await store.result(session)).toBeUndefined();
    expect(await store.votes(nobody)).toEqual([]);
    expect(await store.sessions(nobody)).toEqual([]);
    expect(await store.listRequests({})).toEqual([]);
    expect(await store.verify()).toEqual({ kind: "intact", events: 0, head: "0".repeat(64) });
  });
});
