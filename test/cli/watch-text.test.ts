import { describe, expect, it } from "vitest";
import type { Request, RequestId } from "../../src/core/approval/request.ts";
import { blockOf, differenceCells, differenceJson } from "../../src/cli/watch-text.ts";
import { jsonText } from "../../src/cli/json-text.ts";
import { displayWidth } from "../../src/cli/width.ts";
import type { Row, Snapshot } from "../../src/monitor/snapshot.ts";
import { requestFixture } from "./request-fixture.ts";

const at = Date.UTC(2026, 10, 22, 14, 1, 10);
const evil = "CHG-1 \u001b]0;owned\u0007 \u202e and a long tale of why it is needed again this week";
const row = (id: string): Row => {
  const request: Request = requestFixture({ id: id as RequestId, reason: evil });
  return { request, until: request.answerBy };
};
const ran: Row = {
  request: { ...requestFixture({ reason: evil }), state: "running", decidedAt: at, startedAt: at },
  until: at + 65_000,
  progress: { hosts: 12, up: 12, task: { name: "SYN Stealth Scan", percent: 42.5 } },
};
const snapshot = (rows: readonly Row[], frozen?: string): Snapshot => ({
  at,
  seq: 1,
  rows,
  ...(frozen !== undefined && { frozen }),
});

describe("the block that is drawn", () => {
  it("fits, whatever people wrote, and is never obeyed by the terminal", () => {
    const rows = [ran, row("r1111111111"), row("r2222222222")];
    for (const columns of [40, 79, 200]) {
      const block = blockOf(snapshot(rows, `frozen by carol: ${evil}`), columns, 24);
      expect(block.map(displayWidth).filter((width) => width > columns)).toEqual([]);
      expect(block.join("")).not.toMatch(/[\u0000-\u001f\u202e]/);
    }
  });

  it("says how much is left and how far it is", () => {
    expect(blockOf(snapshot([ran]), 79, 24)).toEqual([
      "1 running, 0 waiting, 0 approved; q ends",
      "",
      "ID           STATE    WHO  WHEN       WHAT",
      "r7kq2m4x9ab  running  bob  1:05 left  12 hosts done, SYN Stealth Scan 42.5%,...",
    ]);
  });

  it("never has more lines than there are, and counts what it leaves out", () => {
    const rows = Array.from({ length: 50 }, (_, index) => row(`r${index}`));
    const block = blockOf(snapshot(rows), 79, 10);
    expect(block).toHaveLength(10);
    expect(block.at(-1)).toBe("44 more: jit-nmap requests");
    expect(blockOf(snapshot(rows), 79, 1)).toHaveLength(1);
  });
});

describe("a difference", () => {
  it("is one line, for programs and for people who pipe", () => {
    const difference = { kind: "row", row: ran } as const;
    const json = jsonText(differenceJson(difference, at), "compact");
    expect(json.trimEnd()).not.toMatch(/[\n\u001b]/);
    expect(JSON.parse(json)).toMatchObject({
      request: "r7kq2m4x9ab",
      state: "running",
      until: "2026-11-22T14:02:15.000Z",
      progress: { hosts: 12 },
      reason: evil,
    });
    expect(differenceCells(difference, at).slice(0, 5)).toEqual([
      "2026-11-22T14:01:10.000Z",
      "r7kq2m4x9ab",
      "running",
      "bob",
      "12 hosts done",
    ]);
  });
});
