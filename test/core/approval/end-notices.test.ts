// A standing approval says a week before that it ends, to those who approved it and to whom it is for.
import { expect, it } from "vitest";
import { endNoticesOf } from "../../../src/core/approval/outgoing.ts";
import type { Purpose } from "../../../src/core/approval/purpose.ts";
import type { Request } from "../../../src/core/approval/request.ts";
import { ask, now, open, people, votesOf } from "./scenario.ts";

const day = 86_400_000;
const policy = {
  approvers: new Map([["desk", { name: "desk", type: "email" as const }]]),
  contacts: new Map([
    ["carol", { mail: "carol@corp.example", keys: [] }],
    ["alice", { mail: "alice@corp.example", keys: [] }],
  ]),
};

function standing(until: number): Request {
  const purpose: Purpose = { kind: "standing", runs: 3, until, filedBy: "carol" };
  const { request } = open(ask(votesOf({ leads: 1 })), { purpose });
  return { ...request, state: "approved", decidedAt: now, startBy: until };
}

it("goes to every voter and to the requester who can be reached, seven days before the end", () => {
  const drafts = endNoticesOf(standing(now + 30 * day), policy, people, now);
  expect(drafts.map(({ to, from, kind }) => ({ to, from, kind }))).toEqual([
    { to: "carol", from: now + 23 * day, kind: "notice" },
    { to: "alice", from: now + 23 * day, kind: "notice" },
  ]);
  expect(drafts[0]?.text).toContain("ends at 2026-12-22");
});

it("goes at once where the end is nearer, and to nobody for what is no standing approval", () => {
  expect(endNoticesOf(standing(now + 2 * day), policy, people, now)[0]).toMatchObject({
    from: now,
    until: now + 2 * day,
  });
  expect(endNoticesOf(open(ask(votesOf({ leads: 1 }))).request, policy, people, now)).toEqual([]);
});
