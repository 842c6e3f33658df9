import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { together } from "../../../src/core/approval/change.ts";
import { hashCode, isCode } from "../../../src/core/approval/confirm-code-digest.ts";
import { cancel, overdue, revoke } from "../../../src/core/approval/endings.ts";
import { joinable, openRequest } from "../../../src/core/approval/open.ts";
import { requestDigest } from "../../../src/core/approval/request-digest.ts";
import type { RequestState } from "../../../src/core/approval/request.ts";
import { abandon, end, redeem, start } from "../../../src/core/approval/run.ts";
import type { Redemption } from "../../../src/core/approval/run.ts";
import { follows, isOver, leadsTo } from "../../../src/core/approval/transitions.ts";
import { castVote } from "../../../src/core/approval/vote.ts";
import type { SessionId } from "../../../src/core/audit/event.ts";
import type { PlanDigest } from "../../../src/core/plan/scan-plan.ts";
import {
  allow,
  answer,
  approved,
  ask,
  codeOf,
  confirm,
  deny,
  freshBytes,
  now,
  open,
  opening,
  people,
  planDigest,
  sessionOf,
  valueOf,
  votesOf,
} from "./scenario.ts";

const session = "s0000000001" as SessionId;
const count = { votes: [], people, now: now + 1000, bytes: freshBytes(7) };
const types = (step: { readonly events: readonly { readonly type: string }[] }): string[] =>
  step.events.map(({ type }) => type);

describe("opening a request", () => {
  it("waits where people are asked, and gives the code of which only a hash is kept", () => {
    const { request, step, code } = open(ask(votesOf({ leads: 1 })));
    expect(request.state).toBe("pending");
    expect(types(step)).toEqual(["request.opened", "request.judged"]);
    expect(code).toMatch(/^\d{6}$/);
    expect(JSON.stringify(step)).not.toContain(code);
    expect(isCode(request.id, code ?? "", step.codeHash ?? "")).toBe(true);
    expect(isCode(request.id, "x", step.codeHash ?? "")).toBe(false);
    expect(isCode(request.id, code ?? "", "")).toBe(false);
    expect(hashCode(request.id, "123456")).toMatch(/^[0-9a-f]{64}$/);
  });

  it("takes the shortest clocks of all rules that ask", () => {
    const slow = { ...votesOf({ leads: 1 }, "slow"), answerWithinSeconds: 9000, startWithinSeconds: 60 };
    const { request } = open(ask(votesOf({ leads: 1 }), slow));
    expect(request.answerBy).toBe(now + 1800 * 1000);
    expect(request.startWithinSeconds).toBe(60);
  });

  it("is approved with its grant at once when policy allows, and has ended at once when policy denies", () => {
    const allowed = open(allow);
    expect(allowed.request.state).toBe("approved");
    expect(allowed.code).toBeUndefined();
    expect(types(allowed.step)).toEqual(["request.opened", "request.judged", "grant.issued"]);
    expect(allowed.step.grant?.grant.requestDigest).toBe(allowed.request.digest);
    const denied = open(deny);
    expect(denied.request.state).toBe("denied");
    expect(denied.step.grant).toBeUndefined();
    expect(types(denied.step)).toEqual(["request.opened", "request.judged", "request.denied"]);
  });

  it("shortens the time box on demand and never lengthens it", () => {
    expect(open(allow, { ttlSeconds: 60 }).request.obligations.ttlSeconds).toBe(60);
    expect(open(allow, { ttlSeconds: 60 }).step.grant?.grant.ttlSeconds).toBe(60);
    expect(codeOf(openRequest(opening(allow, { ttlSeconds: 901 })))).toBe("ttl-too-long");
  });

  it("gives a digest that changes with everything that was asked", () => {
    const bytes = freshBytes(64);
    const digestWith = (more: Parameters<typeof open>[1]): string =>
      open(ask(votesOf({ leads: 1 })), { bytes, ...more }).request.digest;
    const same = digestWith({});
    expect(digestWith({})).toBe(same);
    const others = [
      digestWith({ reason: "CHG-1" }),
      digestWith({ ttlSeconds: 60 }),
      digestWith({ cwd: "/" }),
      digestWith({ now: now + 1 }),
      digestWith({ planDigest: "sha256:0" as PlanDigest }),
      digestWith({ requester: { name: "alice", uid: 1001, groups: ["staff"] } }),
      digestWith({ requester: { name: "alice", uid: 1000, groups: [] } }),
      digestWith({ bytes: freshBytes(64) }),
      digestWith({ decision: ask(votesOf({ leads: 2 })) }),
      digestWith({ decision: { ...ask(votesOf({ leads: 1 })), policy: { digest: "sha256:1" } } }),
      digestWith({
        decision: { ...ask(votesOf({ leads: 1 })), obligations: { ttlSeconds: 900, enforce: { maxRate: 10 } } },
      }),
    ];
    expect(new Set([same, ...others]).size).toBe(others.length + 1);
  });

  it("keeps text that is no Unicode out of the digest instead of failing on it", () => {
    expect(open(allow, { reason: "half \ud800 pair" }).request.reason).toBe("half \ufffd pair");
  });

  it("joins the same line of the same person that already waits, and no other", () => {
    const { request } = open(ask(votesOf({ leads: 1 })), { reason: "CHG-1" });
    const same = opening(ask(votesOf({ leads: 1 })));
    expect(joinable([request], same)).toBe(request);
    expect(joinable([request], { ...same, reason: "CHG-2" })).toBeUndefined();
    expect(joinable([request], { ...same, cwd: "/" })).toBeUndefined();
    expect(joinable([request], { ...same, ttlSeconds: 5 })).toBeUndefined();
    expect(joinable([request], { ...same, requester: { name: "bob", uid: 1001, groups: [] } })).toBeUndefined();
    expect(joinable([request], { ...same, now: request.answerBy })).toBeUndefined();
  });
});

describe("voting", () => {
  it("approves with the vote, its events and the grant in one step", () => {
    const { request, step } = { ...approved(), step: approved().steps[1] };
    expect(request).toMatchObject({ state: "approved", decidedAt: now + 1000, startBy: now + 1000 + 600_000 });
    expect(step && types(step)).toEqual(["vote.cast", "request.approved", "grant.issued"]);
    expect(step?.request.expect).toMatchObject({ state: "pending", votes: 0 });
  });

  it("stays pending until the quorum, and says what is missing", () => {
    const { request } = open(ask(votesOf({ leads: 2 })));
    const first = valueOf(castVote(request, answer(request, "carol", "approve"), count));
    expect(first.step.request.next.state).toBe("pending");
    expect(first.missing).toEqual([{ rule: "lab", votes: { leads: 1 } }]);
    const votes = first.step.vote ? [first.step.vote] : [];
    expect(codeOf(castVote(request, answer(request, "carol", "approve"), { ...count, votes }))).toBe("already-voted");
    const second = valueOf(castVote(request, answer(request, "dave", "approve"), { ...count, votes }));
    expect(second.step.request).toMatchObject({ expect: { votes: 1 }, next: { state: "approved" } });
    const changedMind = valueOf(castVote(request, answer(request, "carol", "deny"), { ...count, votes }));
    expect(changedMind.step.request.next).toMatchObject({ state: "denied", by: "carol" });
  });

  it("refuses the requester, strangers, other digests, late answers and clocks in doubt", () => {
    const { request } = open(ask(votesOf({ leads: 1, alice: 1 })));
    const cast = (name: string, more: object = {}, at = count.now): string =>
      codeOf(castVote(request, answer(request, name, "approve", more), { ...count, now: at }));
    expect(cast("alice")).toBe("own-request");
    expect(cast("carol", { voter: { name: "carol", uid: 1000 } })).toBe("own-request");
    expect(cast("mallory")).toBe("not-entitled");
    expect(cast("carol", { digest: "sha256:0" })).toBe("wrong-digest");
    expect(cast("carol", {}, request.answerBy)).toBe("too-late");
    expect(cast("carol", {}, now - 5000)).toBe("record-from-the-future");
    expect(codeOf(castVote(approved().request, answer(request, "carol", "approve"), count))).toBe("too-late");
  });

  it("takes a confirmation from the requester alone, and only where one is asked for", () => {
    const { request } = open(confirm);
    const says = (name: string, uid?: number): ReturnType<typeof castVote> =>
      castVote(
        request,
        answer(request, name, "confirm", { voter: { name, ...(uid !== undefined && { uid }) } }),
        count,
      );
    expect(codeOf(says("carol"))).toBe("not-entitled");
    expect(codeOf(says("Alice"))).toBe("not-entitled");
    expect(codeOf(says("bob", 1000))).toBe("not-entitled");
    const { step } = valueOf(says("alice", 1000));
    expect(step.request.next.state).toBe("approved");
    expect(step.events.find(({ type }) => type === "request.approved")?.data).toMatchObject({ by: [] });
    const asked = open(ask(votesOf({ leads: 1 }))).request;
    expect(codeOf(castVote(asked, answer(asked, "alice", "confirm"), count))).toBe("nothing-to-confirm");
  });
});

describe("redeeming", () => {
  const redemption = (more: Partial<Redemption> = {}): Redemption => {
    const { grant, state, votes } = given;
    return {
      grant,
      state,
      votes,
      people,
      decision: ask(votesOf({ leads: 1 })),
      planDigest,
      session,
      now: now + 2000,
      ...more,
    };
  };
  const given = approved();
  const tried = (more: Partial<Redemption> = {}): string => codeOf(redeem(given.request, redemption(more)));

  it("uses the grant up for one session", () => {
    const step = valueOf(redeem(given.request, redemption()));
    expect(step.request.next.state).toBe("claimed");
    expect(step.grant).toMatchObject({ expect: "issued", next: "redeemed" });
    expect(types(step)).toEqual(["grant.redeemed"]);
  });

  it("refuses a grant that is used, lapsed, revoked, too early, too late or another's", () => {
    expect(tried({ state: "redeemed" })).toBe("grant-used");
    expect(tried({ state: "revoked" })).toBe("grant-revoked");
    expect(tried({ state: "lapsed" })).toBe("grant-lapsed");
    expect(tried({ now: given.grant.notAfter })).toBe("grant-lapsed");
    expect(tried({ now: given.grant.notAfter - 1 })).toBe("no problem");
    expect(tried({ now: given.grant.notBefore - 2000 })).toBe("record-from-the-future");
    expect(tried({ grant: { ...given.grant, notBefore: now + 9000 } })).toBe("grant-not-yet");
    expect(tried({ grant: approved().grant })).toBe("grant-mismatch");
    expect(tried({ planDigest: "sha256:0" as PlanDigest })).toBe("grant-mismatch");
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 901])("refuses a time box of %d seconds", (ttlSeconds) => {
    expect(tried({ grant: { ...given.grant, ttlSeconds } })).toBe("grant-unbounded");
  });

  it("looks at the votes again with the people of now", () => {
    expect(tried({ votes: [] })).toBe("not-approved");
    expect(tried({ people: new Map([["leads", ["dave"]]]) })).toBe("not-approved");
  });

  it("gives way to a policy that became stricter, not to one that merely changed", () => {
    expect(tried({ decision: deny })).toBe("policy-stricter");
    expect(tried({ decision: ask(votesOf({ leads: 2 })) })).toBe("policy-stricter");
    expect(tried({ decision: confirm })).toBe("policy-stricter");
    expect(tried({ decision: { ...allow, obligations: { ttlSeconds: 600, enforce: {} } } })).toBe("policy-stricter");
    expect(tried({ decision: { ...allow, obligations: { ttlSeconds: 900, enforce: { maxRate: 5 } } } })).toBe(
      "policy-stricter",
    );
    expect(tried({ decision: allow })).toBe("no problem");
    expect(tried({ decision: { ...ask(votesOf({ leads: 1 })), policy: { digest: "sha256:new" } } })).toBe("no problem");
  });

  it("refuses a request that was altered after it was approved", () => {
    const altered = { ...given.request, obligations: { ttlSeconds: 90_000, enforce: {} } };
    expect(codeOf(redeem(altered, redemption()))).toBe("request-changed");
    const widened = { ...given.request, effect: "allow" as const };
    expect(codeOf(redeem(widened, redemption({ votes: [] })))).toBe("request-changed");
    expect(requestDigest(given.request)).toBe(given.request.digest);
  });

  it("refuses what is not approved", () => {
    const { request } = open(ask(votesOf({ leads: 1 })));
    expect(codeOf(redeem(request, redemption()))).toBe("not-approved");
    expect(codeOf(redeem(open(deny).request, redemption()))).toBe("not-approved");
  });
});

describe("running and ending", () => {
  const claimed = (): { request: ReturnType<typeof open>["request"]; grant: ReturnType<typeof approved>["grant"] } => {
    const { request, grant, state, votes } = approved();
    const decision = ask(votesOf({ leads: 1 }));
    const step = valueOf(
      redeem(request, { grant, state, votes, people, decision, planDigest, session, now: now + 2000 }),
    );
    return { request: step.request.next, grant };
  };
  const running = (): {
    request: ReturnType<typeof open>["request"];
    grant: ReturnType<typeof approved>["grant"];
    record: ReturnType<typeof sessionOf>;
  } => {
    const { request, grant } = claimed();
    const record = sessionOf(grant, session, now + 3000);
    return { request: start(request, record, true).request.next, grant, record };
  };

  it.each([
    ["exited", 0, null, "finished", ["session.ended"]],
    ["exited", 1, null, "failed", ["session.ended"]],
    ["time-box", null, "SIGTERM", "killed", ["session.killed", "session.ended"]],
    ["interrupted", null, "SIGINT", "failed", ["session.ended"]],
    ["signalled", null, "SIGSEGV", "failed", ["session.ended"]],
    ["revoked", null, "SIGKILL", "revoked", ["session.killed", "session.ended"]],
    ["lost", null, null, "failed", ["session.ended"]],
  ] as const)("says %s with %s as what it was", (ending, exitCode, signal, state, events) => {
    const { request, record } = running();
    const step = end(request, record, { ending, exitCode, signal, endedAt: now + 9000, seconds: 6 });
    expect(step.request.next.state).toBe(state);
    expect(types(step)).toEqual(events);
    expect(step.session?.end).toEqual({ endedAt: now + 9000, ending, exitCode, signal });
  });

  it("revokes before, between and during the run, and not after it", () => {
    const { request, grant, state } = approved();
    const issued = valueOf(revoke(request, { grant, state }, "carol", "wrong host", now + 1500));
    expect(issued.request.next).toMatchObject({ state: "revoked", because: "wrong host" });
    const between = claimed();
    const redeemed = { grant: between.grant, state: "redeemed" as const };
    expect(valueOf(revoke(between.request, redeemed, "carol", "x", now)).request.next.state).toBe("revoked");
    const during = running();
    const step = valueOf(revoke(during.request, { grant: during.grant, state: "redeemed" }, "carol", "x", now));
    expect(step.request.next.state).toBe("running");
    expect(step.grant).toMatchObject({ expect: "redeemed", next: "revoked" });
    expect(codeOf(revoke(during.request, { grant: during.grant, state: "revoked" }, "carol", "x", now))).toBe(
      "too-late",
    );
    expect(codeOf(revoke(open(deny).request, { grant, state }, "carol", "x", now))).toBe("too-late");
  });

  it("expires what was not answered and lapses what was not started, to the millisecond", () => {
    const { request } = open(ask(votesOf({ leads: 1 })));
    expect(overdue(request, undefined, request.answerBy - 1)).toBeUndefined();
    expect(overdue(request, undefined, request.answerBy)?.request.next.state).toBe("expired");
    const later = approved();
    expect(overdue(later.request, later.grant, later.grant.notAfter - 1)).toBeUndefined();
    const lapsed = overdue(later.request, later.grant, later.grant.notAfter);
    expect(lapsed).toMatchObject({
      request: { next: { state: "lapsed" } },
      grant: { expect: "issued", next: "lapsed" },
    });
    expect(overdue(running().request, later.grant, Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });

  it("is cancelled by its requester alone, and only while it waits", () => {
    const { request } = open(ask(votesOf({ leads: 1 })));
    expect(codeOf(cancel(request, { name: "bob", uid: 1001 }, now))).toBe("not-yours");
    expect(valueOf(cancel(request, { name: "alice" }, now)).request.next.state).toBe("cancelled");
    expect(codeOf(cancel(approved().request, { name: "alice" }, now))).toBe("too-late");
  });

  it("ends what a crash left as failed, never as something that may run again", () => {
    const { request } = claimed();
    expect(abandon(request, session, undefined, "crash", now).request.next.state).toBe("failed");
    const left = running();
    const step = abandon(left.request, session, left.record, "crash", now + 9000);
    expect(step.session?.end).toMatchObject({ ending: "lost" });
    expect(types(step)).toEqual(["session.swept", "session.ended"]);
  });

  it("joins the steps of an allowed scan into one change that keeps every event", () => {
    const { request, step } = open(allow);
    const grant = step.grant?.grant;
    if (grant === undefined) throw new Error("no grant");
    const redeemed = valueOf(
      redeem(request, { grant, state: "issued", votes: [], people, decision: allow, planDigest, session, now }),
    );
    const started = start(redeemed.request.next, sessionOf(grant, session, now), true);
    const all = together(together(step, redeemed), started);
    expect(all.request).toMatchObject({ expect: "new", next: { state: "running" } });
    expect(all.grant).toMatchObject({ expect: "new", next: "redeemed" });
    expect(types(all)).toEqual([
      "request.opened",
      "request.judged",
      "grant.issued",
      "grant.redeemed",
      "session.started",
    ]);
    expect(() => together(step, open(allow).step)).toThrow("different requests");
  });
});

describe("the table of states", () => {
  const states: RequestState["state"][] = [
    "pending",
    "approved",
    "claimed",
    "running",
    "finished",
    "failed",
    "killed",
    "revoked",
    "denied",
    "cancelled",
    "expired",
    "lapsed",
  ];

  it("leads nowhere from an end, and never back", () => {
    fc.assert(
      fc.property(fc.constantFrom(...states), fc.constantFrom(...states), (from, to) => {
        if (isOver(from)) expect(leadsTo(from, to)).toBe(false);
        if (from !== to && leadsTo(from, to)) expect(leadsTo(to, from)).toBe(false);
        if (follows(from, to)) expect(leadsTo(from, to)).toBe(true);
      }),
    );
  });

  it("has no way to a run that does not pass through an approval and a claim", () => {
    expect(states.filter((from) => follows(from, "running"))).toEqual(["claimed", "running"]);
    expect(states.filter((from) => follows(from, "claimed"))).toEqual(["approved"]);
    expect(states.filter((from) => follows(from, "approved"))).toEqual(["pending", "approved"]);
  });
});
