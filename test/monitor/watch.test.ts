import { describe, expect, it } from "vitest";
import { blockOf } from "../../src/cli/watch-text.ts";
import type { Request, RequestId } from "../../src/core/approval/request.ts";
import type { AuditEvent, SessionId } from "../../src/core/audit/event.ts";
import type { SessionRecord } from "../../src/core/grant/session-record.ts";
import type { Progress } from "../../src/core/results/progress.ts";
import { snapshot, type Looked } from "../../src/monitor/snapshot.ts";
import { differences, watch } from "../../src/monitor/watch.ts";
import { requestFixture } from "../cli/request-fixture.ts";

const start = Date.UTC(2026, 10, 22, 14);
const session = "s0000000000" as SessionId;
const terms = (id: string): Request => requestFixture({ id: id as RequestId, openedAt: start });
const running = (id: string): Request => ({ ...terms(id), state: "running", decidedAt: start, startedAt: start });

/** The outside as arrays; `lists` counts how often the records were read. */
class Outside {
  now = start;
  requests: Request[] = [];
  hidden = new Set<string>();
  frozen = false;
  progress: Progress | undefined = { hosts: 0, up: 0 };
  events: AuditEvent[] = [];
  seq = 1;
  lists = 0;
  readonly looked: Looked = {
    clock: { now: () => this.now },
    store: {
      events: ({ from = 1, request }) =>
        Promise.resolve(request === undefined ? Array.from<AuditEvent>({ length: this.seq - from + 1 }) : this.events),
      figures: () =>
        Promise.resolve({
          requests: [],
          events: this.seq,
          sessions: { open: 0, ended: 0, seconds: 0 },
          deliveries: [],
        }),
      freeze: () => Promise.resolve(this.frozen ? { by: "carol", because: "fire", since: start } : undefined),
      listRequests: ({ state }) => {
        this.lists += 1;
        return Promise.resolve(this.requests.filter((request) => state === undefined || request.state === state));
      },
      sessions: (request) =>
        Promise.resolve([{ id: session, request, ttlSeconds: 300, startedAt: start } as SessionRecord]),
    },
    runner: { progress: () => Promise.resolve(this.progress) },
    sight: () => (request) => Promise.resolve(!this.hidden.has(request.id)),
  };
}

describe("a snapshot", () => {
  it("has what runs first, then what waits, then what has ended, each with when it is due", async () => {
    const outside = new Outside();
    const ended: Request = { ...terms("r3"), state: "finished", endedAt: start, because: "" };
    outside.requests = [ended, terms("r2"), running("r1")];
    const { rows } = await snapshot(outside.looked);
    expect(rows.map(({ request, until }) => [request.id, until])).toEqual([
      ["r1", start + 300_000],
      ["r2", terms("r2").answerBy],
      ["r3", undefined],
    ]);
    expect(rows[0]?.progress).toEqual({ hosts: 0, up: 0 });
  });

  it("ends a longer time box when it ends", async () => {
    const outside = new Outside();
    outside.requests = [running("r1")];
    outside.events = [{ type: "session.extended", data: { session, ttlSeconds: 900 } } as AuditEvent];
    expect((await snapshot(outside.looked)).rows[0]?.until).toBe(start + 900_000);
  });

  it("says of a scan that runs that packets of it were refused, and that is a difference", async () => {
    const outside = new Outside();
    outside.requests = [running("r1")];
    const before = await snapshot(outside.looked);
    const because = "the kernel refused 1 packet to 10.0.0.9 tcp/23";
    outside.events = [{ type: "session.violation", data: { session, because } } as AuditEvent];
    const now = await snapshot(outside.looked);
    expect([before.rows[0]?.violations, now.rows[0]?.violations]).toEqual([undefined, 1]);
    expect(differences(before, now)).toMatchObject([{ kind: "row", row: { violations: 1 } }]);
    expect(blockOf(now, 100, 20).join("\n")).toContain("PACKETS REFUSED");
  });

  it("leaves out what nobody answered in time, before anybody notes it", async () => {
    const outside = new Outside();
    outside.requests = [terms("r1")];
    const before = await snapshot(outside.looked);
    outside.now = terms("r1").answerBy;
    const now = await snapshot(outside.looked, before);
    expect(now.rows).toEqual([]);
    expect(differences(before, now)).toMatchObject([{ kind: "over", request: { id: "r1" } }]);
  });

  it("reads the records again only when something was added to the trail", async () => {
    const outside = new Outside();
    outside.requests = [running("r1")];
    const first = await snapshot(outside.looked);
    const reads = outside.lists;
    outside.progress = { hosts: 7, up: 5 };
    const second = await snapshot(outside.looked, first);
    expect(outside.lists).toBe(reads);
    expect(second.rows[0]?.progress).toEqual({ hosts: 7, up: 5 });
    outside.seq += 1;
    await snapshot(outside.looked, second);
    expect(outside.lists).toBeGreaterThan(reads);
  });

  it("has only what the one who looks may see, and as many that ended as without the others", async () => {
    const outside = new Outside();
    const ended = (id: string, endedAt: number): Request => ({ ...terms(id), state: "finished", endedAt, because: "" });
    const others = Array.from({ length: 9 }, (_, at) => ended(`x${at}`, start + 1000));
    outside.requests = [running("x10"), terms("x11"), ...others, terms("r2"), ended("r3", start)];
    outside.hidden = new Set(outside.requests.map(({ id }) => id).filter((id) => id.startsWith("x")));
    const { rows } = await snapshot(outside.looked);
    expect(rows.map(({ request }) => request.id)).toEqual(["r2", "r3"]);
  });

  it("does without the progress of what another account runs", async () => {
    const outside = new Outside();
    outside.requests = [running("r1")];
    outside.progress = undefined;
    expect((await snapshot(outside.looked)).rows[0]).not.toHaveProperty("progress");
  });
});

describe("differences", () => {
  it("are everything at first, then what moved, and never the passing of time", async () => {
    const outside = new Outside();
    outside.requests = [terms("r1")];
    const first = await snapshot(outside.looked);
    expect(differences(undefined, first)).toMatchObject([{ kind: "row", row: { request: { id: "r1" } } }]);
    outside.now += 5000;
    const second = await snapshot(outside.looked, first);
    expect(differences(first, second)).toEqual([]);
    outside.seq += 1;
    outside.frozen = true;
    outside.requests = [running("r1")];
    const third = await snapshot(outside.looked, second);
    expect(differences(second, third)).toMatchObject([
      { kind: "freeze", frozen: expect.stringContaining("fire") as string },
      { kind: "row", row: { request: { state: "running" } } },
    ]);
  });
});

describe("watching", () => {
  it("looks at once and ends with its signal", async () => {
    const outside = new Outside();
    const over = new AbortController();
    const seen: number[] = [];
    for await (const { rows } of watch(outside.looked, over.signal)) {
      seen.push(rows.length);
      over.abort();
    }
    expect(seen).toEqual([0]);
  });
});
