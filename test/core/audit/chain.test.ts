import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { genesis, hashEvent, link, rowOf, verifyChain } from "../../../src/core/audit/chain.ts";
import type { ChainRow, Head } from "../../../src/core/audit/chain.ts";
import type { AuditEvent, EventDraft } from "../../../src/core/audit/event.ts";
import type { RequestId } from "../../../src/core/approval/request.ts";

const draft = (because: string, actor = "alice"): EventDraft => ({
  type: "request.cancelled",
  time: "2026-11-22T14:00:00.000Z",
  request: "r0000000001" as RequestId,
  actor,
  data: { because },
});

const drafts = (count: number): EventDraft[] => Array.from({ length: count }, (_, index) => draft(`number ${index}`));
const chain = (count: number): ChainRow[] => [...link({ seq: 0, hash: genesis }, drafts(count)).rows];

/** RFC 8785 for what stands in these tests, written a second time from the standard. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

describe("the hash of an event", () => {
  it("is SHA-256 of the domain, a zero byte, the previous hash and the rest as interface.md says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), fc.nat(), (because, actor, seq) => {
        const prev = "0123456789abcdef".repeat(4);
        const event = { ...draft(because.toWellFormed(), actor.toWellFormed()), seq };
        const independent = createHash("sha256")
          .update("jit-nmap/event/v1")
          .update(Buffer.of(0))
          .update(Buffer.from(prev, "hex"))
          .update(JSON.stringify(sorted(event)), "utf8")
          .digest("hex");
        expect(hashEvent(prev, event)).toBe(independent);
      }),
    );
  });

  it("is what sha256sum gives for an event written out by hand", () => {
    // made by: (printf 'jit-nmap/event/v1\0'; head -c 32 /dev/zero; printf TEXT) | sha256sum
    const event = { ...draft("x"), seq: 1 };
    const text =
      '{"actor":"alice","data":{"because":"x"},"request":"r0000000001","seq":1,"time":"2026-11-22T14:00:00.000Z","type":"request.cancelled"}';
    const bytes = Buffer.concat([Buffer.from("jit-nmap/event/v1\0"), Buffer.alloc(32), Buffer.from(text)]);
    expect(hashEvent(genesis, event)).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(hashEvent(genesis, event)).toBe("bc3b5b7ff23323aa0c4136c4841a4cb27ad571d11b082699139fa582a8297602");
  });

  it("refuses what JSON can't hold instead of hashing less", () => {
    expect(() => hashEvent(genesis, { ...draft("half \ud800"), seq: 1 })).toThrow(TypeError);
  });
});

describe("checking a chain", () => {
  it("finds an intact chain intact, in any paging", () => {
    const rows = chain(10);
    const head = rows.at(-1)?.hash;
    expect(verifyChain([rows])).toEqual({ kind: "intact", events: 10, head });
    expect(verifyChain(rows.map((row) => [row]))).toEqual({ kind: "intact", events: 10, head });
    expect(verifyChain([])).toEqual({ kind: "intact", events: 0, head: genesis });
  });

  it("continues where it ended", () => {
    const first = link({ seq: 0, hash: genesis }, drafts(3));
    const second = link(first.head, drafts(2));
    expect(second.events.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(verifyChain([first.rows, second.rows], second.head).kind).toBe("intact");
  });

  it("names the event of which any character of any field was changed", () => {
    const rows = chain(6);
    const fields = ["time", "type", "request", "actor", "data", "prev", "hash"] as const;
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.constantFrom(...fields),
        fc.nat(200),
        fc.integer({ min: 1, max: 127 }),
        (index, field, at, flip) => {
          const row = rows[index];
          const text = row?.[field];
          if (row === undefined || typeof text !== "string") throw new Error("no such field");
          const place = at % text.length;
          const changed =
            text.slice(0, place) + String.fromCharCode(text.charCodeAt(place) ^ flip) + text.slice(place + 1);
          const tampered = rows.with(index, { ...row, [field]: changed });
          expect(verifyChain([tampered])).toMatchObject({ kind: "broken", seq: index + 1 });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("names where an event was deleted, inserted or moved", () => {
    const rows = chain(6);
    fc.assert(
      fc.property(fc.nat(4), fc.nat(5), (index, other) => {
        expect(verifyChain([rows.toSpliced(index, 1)])).toMatchObject({ kind: "broken", seq: index + 1 });
        const extra = rows[other];
        if (extra === undefined) throw new Error("no such row");
        expect(verifyChain([rows.toSpliced(index, 0, extra)]).kind).toBe("broken");
        if (index === other) return;
        const a = rows[index];
        if (a === undefined) throw new Error("no such row");
        const swapped = rows.with(index, extra).with(other, a);
        expect(verifyChain([swapped])).toMatchObject({ kind: "broken", seq: Math.min(index, other) + 1 });
        const renumbered = rows.with(index, { ...extra, seq: a.seq }).with(other, { ...a, seq: extra.seq });
        expect(verifyChain([renumbered])).toMatchObject({ kind: "broken", seq: Math.min(index, other) + 1 });
      }),
    );
  });

  it("finds a tail that was cut, or a whole trail that was written anew, by a head noted before", () => {
    const rows = chain(6);
    const noted: Head = { seq: 5, hash: rows[4]?.hash ?? "" };
    expect(verifyChain([rows], undefined, [noted]).kind).toBe("intact");
    expect(verifyChain([rows.slice(0, 3)], undefined, [noted])).toMatchObject({ kind: "broken", seq: 4 });
    expect(verifyChain([rows.slice(0, 3)], { seq: 6, hash: rows[5]?.hash ?? "" })).toMatchObject({
      kind: "broken",
      seq: 4,
    });
    const anew = link({ seq: 0, hash: genesis }, [...drafts(2), draft("forged"), ...drafts(3)]).rows;
    expect(verifyChain([anew], undefined, [noted])).toMatchObject({ kind: "broken", seq: 5 });
  });

  it("reads events back from what was exported", () => {
    const { events } = link({ seq: 0, hash: genesis }, drafts(4));
    const exported = events.map((event) => JSON.parse(JSON.stringify(event)) as AuditEvent);
    expect(verifyChain([exported.map(rowOf)]).kind).toBe("intact");
  });
});
