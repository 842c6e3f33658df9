import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { genesis, link, rowOf, verifyChain } from "../../../src/core/audit/chain.ts";
import type { AuditEvent } from "../../../src/core/audit/event.ts";
import { csvCell, csvHeader, csvLine } from "../../../src/core/audit/export/csv.ts";
import { jsonlLine } from "../../../src/core/audit/export/jsonl.ts";

const eventSaying = (because: string): AuditEvent => {
  const [event] = link({ seq: 0, hash: genesis }, [
    { type: "request.cancelled", time: "2026-11-22T14:00:00.000Z", request: null, actor: "alice", data: { because } },
  ]).events;
  if (event === undefined) throw new Error("no event");
  return event;
};

const active = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/u;

describe("JSON Lines", () => {
  it("keeps every event as it was, on one line without a character that acts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const event = eventSaying(text.toWellFormed());
        const line = jsonlLine(event);
        expect(line.endsWith("\n")).toBe(true);
        expect(active.test(line.slice(0, -1))).toBe(false);
        const back = JSON.parse(line) as AuditEvent;
        expect(back).toEqual(event);
        expect(verifyChain([[rowOf(back)]]).kind).toBe("intact");
      }),
    );
  });

  it("writes the fields in canonical order", () => {
    expect(jsonlLine(eventSaying("a\u202eb"))).toMatch(
      /^\{"actor":"alice","data":\{"because":"a\\u202eb"\},"hash":"[0-9a-f]{64}","prev":"0{64}","request":null,"seq":1,"time":"2026-11-22T14:00:00.000Z","type":"request.cancelled"\}\n$/,
    );
  });
});

describe("CSV", () => {
  it("has the columns of its header", () => {
    expect(csvHeader).toBe("seq,time,type,request,actor,data,prev,hash\r\n");
    expect(csvLine(eventSaying('say "hi", bob'))).toContain(',"{""because"":""say \\""hi\\"", bob""}",');
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "\u200b=1", "|calc", "%0a", '"=1'])(
    "never lets %j become a formula",
    (text) => {
      expect(csvCell(text).slice(0, 2)).toBe(`"'`);
    },
  );

  it("can't be left by what stands in a cell", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const cell = csvCell(text.toWellFormed());
        expect(/^"(?:[^"\r\n]|"")*"$/.test(cell)).toBe(true);
        expect(active.test(cell)).toBe(false);
      }),
    );
  });
});
