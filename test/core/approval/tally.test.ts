import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entitledVoters, mayVote, shortfall, tally } from "../../../src/core/approval/tally.ts";
import type { VotedOn } from "../../../src/core/approval/tally.ts";
import type { RequestDigest, RequestId, Vote } from "../../../src/core/approval/request.ts";
import type { Requirement } from "../../../src/core/policy/decision.ts";
import { now, people, votesOf } from "./scenario.ts";

const digest = "sha256:1" as RequestDigest;
const ballot = (...requires: Requirement[]): VotedOn => ({
  requester: { name: "alice", uid: 1000, groups: [] },
  version: 1,
  digest,
  requires,
});
const vote = (voter: string, answer: Vote["answer"] = "approve", more: Partial<Vote> = {}): Vote => ({
  request: "r" as RequestId,
  version: 1,
  digest,
  voter,
  answer,
  strength: "account",
  via: "command",
  castAt: now,
  ...more,
});

describe("tally", () => {
  it("approves when the quorum is met, and when it is more than met", () => {
    const one = ballot(votesOf({ leads: 1 }));
    expect(tally(one, [vote("carol")], people)).toEqual({ kind: "approved", by: ["carol"] });
    expect(tally(one, [vote("carol"), vote("dave")], people).kind).toBe("approved");
    expect(tally(ballot(votesOf({ leads: 2 })), [vote("carol"), vote("dave")], people)).toEqual({
      kind: "approved",
      by: ["carol", "dave"],
    });
  });

  it("takes two people for two sets, even when one person is in both", () => {
    const both = ballot(votesOf({ security: 1, network: 1 }));
    expect(tally(both, [vote("carol")], people)).toEqual({
      kind: "waiting",
      missing: [{ rule: "lab", votes: { network: 1 } }],
    });
    expect(tally(both, [vote("carol"), vote("erin")], people).kind).toBe("approved");
    expect(tally(both, [vote("erin"), vote("carol")], people).kind).toBe("approved");
    expect(tally(both, [vote("carol"), vote("frank")], people).kind).toBe("approved");
  });

  it("counts one person under several spellings or through several channels once", () => {
    const spelt = new Map([["leads", ["carol", "Carol", "carol@corp", "CORP\\carol"]]]);
    const votes = ["carol", "Carol", "carol@corp", "CORP\\carol"].map((name) => vote(name));
    expect(tally(ballot(votesOf({ leads: 2 })), votes, spelt).kind).toBe("waiting");
    const twice = [vote("carol", "approve", { via: "prompt" }), vote("carol", "approve", { via: "mail" })];
    expect(tally(ballot(votesOf({ leads: 2 })), twice, people).kind).toBe("waiting");
  });

  it.each([
    "alice",
    "Alice",
    " alice",
    "ALICE@corp.example",
    "CORP\\alice",
    "user:alice",
    "ａｌｉｃｅ",
    "al\u200bice",
    "1000",
    "#1000",
    "uid:01000",
  ])("never counts the requester, spelt %j, and does not let them deny", (name) => {
    const own = new Map([["leads", [name]]]);
    expect(mayVote(ballot(votesOf({ leads: 1 })), own, name)).toBe(false);
    expect(tally(ballot(votesOf({ leads: 1 })), [vote(name)], own).kind).toBe("waiting");
    expect(tally(ballot(votesOf({ leads: 1 })), [vote(name, "deny")], own).kind).toBe("waiting");
    expect(tally(ballot(votesOf({ [name]: 1 })), [vote(name)], new Map()).kind).toBe("waiting");
    expect(tally(ballot(votesOf({ everyone: 1 })), [vote(name)], new Map()).kind).toBe("waiting");
  });

  it("lets nobody in by a similar name", () => {
    for (const name of ["Carol", "carol@elsewhere", "user:carol", "carol ", "ｃarol"]) {
      expect(tally(ballot(votesOf({ leads: 1 })), [vote(name)], people).kind).toBe("waiting");
    }
  });

  it("needs every rule, and lets one person serve two rules", () => {
    const rules = ballot(votesOf({ leads: 1 }, "lab"), votesOf({ security: 1 }, "pci"));
    expect(tally(rules, [vote("dave")], people)).toEqual({
      kind: "waiting",
      missing: [{ rule: "pci", votes: { security: 1 } }],
    });
    expect(tally(rules, [vote("carol")], people)).toEqual({ kind: "approved", by: ["carol"] });
  });

  it("ends with one deny by somebody entitled, whatever the others said", () => {
    const rules = ballot(votesOf({ leads: 1 }));
    const votes = [vote("carol"), vote("dave", "deny", { reason: "not today" })];
    expect(tally(rules, votes, people)).toEqual({ kind: "denied", by: "dave", because: "not today" });
    expect(tally(rules, [vote("mallory", "deny")], people).kind).toBe("waiting");
  });

  it("does not count votes for another version or another digest", () => {
    const rules = ballot(votesOf({ leads: 1 }));
    expect(tally(rules, [vote("carol", "approve", { version: 2 })], people).kind).toBe("waiting");
    expect(tally(rules, [vote("carol", "approve", { digest: "sha256:2" as RequestDigest })], people).kind).toBe(
      "waiting",
    );
  });

  it("takes the requester's own confirmation for a confirmation and nothing more", () => {
    const both = ballot({ rule: "own", confirm: true }, votesOf({ leads: 1 }));
    expect(tally(both, [vote("alice", "confirm")], people).kind).toBe("waiting");
    expect(tally(both, [vote("carol", "confirm"), vote("dave")], people).kind).toBe("waiting");
    expect(tally(both, [vote("alice", "confirm"), vote("dave")], people)).toEqual({ kind: "approved", by: ["dave"] });
    expect(tally(ballot({ rule: "own", confirm: true }), [vote("alice", "confirm")], people)).toEqual({
      kind: "approved",
      by: [],
    });
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("never meets a demand for %d votes", (count) => {
    const votes = ["carol", "dave", "erin", "frank"].map((name) => vote(name));
    expect(tally(ballot(votesOf({ everyone: count })), votes, people).kind).toBe("waiting");
  });

  it("approves nothing that nothing was demanded for", () => {
    expect(tally(ballot(), [vote("carol")], people).kind).toBe("waiting");
    expect(tally(ballot(votesOf({})), [vote("carol")], people).kind).toBe("waiting");
  });

  it("agrees with trying out every assignment of people to places", () => {
    const names = ["a", "b", "c", "d", "e"];
    const sets = ["s", "t", "u"];
    const members = fc.subarray(names);
    fc.assert(
      fc.property(
        fc.tuple(members, members, members),
        fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
        fc.subarray(names),
        (inSets, counts, voters) => {
          const map = new Map(sets.map((set, index) => [set, inSets[index] ?? []]));
          const demand = sets.map((set, index) => [set, counts[index] ?? 0] as const).filter(([, count]) => count > 0);
          const places = demand.flatMap(([set, count]) => Array.from({ length: count }, () => set));
          const fill = (left: readonly string[], free: readonly string[]): boolean => {
            const [place, ...rest] = left;
            if (place === undefined) return true;
            return free.some(
              (name) =>
                (map.get(place) ?? []).includes(name) &&
                fill(
                  rest,
                  free.filter((other) => other !== name),
                ),
            );
          };
          const expected = places.length > 0 && fill(places, voters) ? "approved" : "waiting";
          const result = tally(
            ballot(votesOf(Object.fromEntries(demand))),
            voters.map((name) => vote(name)),
            map,
          );
          expect(result.kind).toBe(expected);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("voters", () => {
  it("lists everybody entitled once, the requester left out", () => {
    const rules = ballot(votesOf({ leads: 1, security: 1 }), votesOf({ zoe: 1, alice: 1 }));
    expect(entitledVoters(rules, people)).toEqual(["carol", "dave", "erin", "zoe"]);
  });

  it("says before anybody is asked what can't be had", () => {
    expect(shortfall(ballot(votesOf({ leads: 2 })), people)).toEqual([]);
    expect(shortfall(ballot(votesOf({ leads: 3 })), people)).toEqual([{ rule: "lab", votes: { leads: 1 } }]);
    expect(shortfall(ballot(votesOf({ leads: 1 })), new Map([["leads", ["alice"]]]))).toEqual([
      { rule: "lab", votes: { leads: 1 } },
    ]);
    expect(shortfall(ballot(votesOf({ everyone: 2 })), people)).toEqual([]);
  });
});
