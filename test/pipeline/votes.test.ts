// What makes a vote count, and what does not: proofs, confirm codes, conditions that take away, people who vote in
// somebody's place. Through the broker, with a store in memory.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayNeedCode } from "../../src/broker/confirm-code.ts";
import { castVote } from "../../src/broker/votes.ts";
import { narrowedRequest } from "../../src/broker/narrow.ts";
import { hashCode } from "../../src/core/approval/confirm-code-digest.ts";
import type { Narrowing } from "../../src/core/approval/narrowing.ts";
import type { SshProof } from "../../src/core/approval/proof.ts";
import { err, ok } from "../../src/core/result.ts";
import type { Ballot, Opened } from "../../src/messages.ts";
import { file, run, scan } from "../../src/pipeline.ts";
import { World } from "./world.ts";

const policy = (rule = "", more = ""): string => `version: 1
people: { leads: { carol: { keys: [ssh-ed25519 AAAA] }, dave: {} }, engineers: [bob] }
approvers: { desk: { type: prompt }, mail: { type: email } }
${more}
rules:
  - name: lab
    effect: ask
    targets: [10.0.0.0/8]
    ${rule}
    ask: { votes: { leads: 1 }, via: [desk, mail], answer-within: 30m, start-within: 10m }
`;

async function asked(
  text = policy(),
  line = "-sL -n 10.0.0.0/28",
  more = {},
): Promise<{ world: World; opened: Opened }> {
  const world = new World(text);
  const opened = await file(world.ask(line, more), world.effects);
  if (opened.kind !== "opened") throw new Error(JSON.stringify(opened));
  return { world, opened };
}

function ballot(world: World, more: Partial<Ballot> = {}): Ballot {
  const { id, digest } = world.only;
  return { request: id, digest, voter: "carol", answer: "approve", strength: "asserted", via: "command", ...more };
}

/** `counted`, or the code of the problem. */
async function says(world: World, more: Partial<Ballot> = {}): Promise<string> {
  const counted = await castVote(ballot(world, more), world.effects);
  return counted.kind === "refused" ? counted.problem.code : counted.kind;
}

const proof: SshProof = { kind: "sshsig", key: "ssh-ed25519 AAAA", signature: "…" };

describe("how sure a vote is", () => {
  it("is never what the channel says alone", async () => {
    const { world } = await asked();
    expect(await says(world, { strength: "signed" })).toBe("proof-missing");
    expect(await says(world, { strength: "account" })).toBe("proof-missing");
    expect(await says(world, { strength: "signed", proof })).toBe("proof-wrong");
    expect(world.only.state).toBe("pending");
    expect(world.types.filter((type) => type === "vote.refused")).toHaveLength(3);
  });

  it("is what the proof carries, which is kept with the vote and on the trail", async () => {
    const { world } = await asked(policy("strength: signed"));
    world.proves = () => ok("signed");
    expect(await says(world, { strength: "signed", proof })).toBe("counted");
    expect(world.allVotes).toMatchObject([{ voter: "carol", strength: "signed", proof }]);
    expect(world.events.find(({ type }) => type === "vote.cast")?.data).toMatchObject({ strength: "signed", proof });
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
  });

  it("must do for some rule, or the vote is refused before it looks like one; a no always counts", async () => {
    const { world } = await asked(policy("strength: signed"));
    expect(await says(world)).toBe("too-weak");
    expect(await says(world, { answer: "deny" })).toBe("counted");
    expect(world.only.state).toBe("denied");
  });

  it("is looked at again when the grant is redeemed: a key that was taken away takes its vote with it", async () => {
    const { world } = await asked(policy("strength: signed"));
    world.proves = () => ok("signed");
    await says(world, { strength: "signed", proof });
    expect(world.only.state).toBe("approved");
    world.proves = () => err({ code: "proof-wrong", message: "the policy has no such key" });
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "stale", problem: { code: "not-approved" } });
    expect(world.launched).toEqual([]);
    world.proves = () => ok("asserted");
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "stale" });
  });
});

describe("the confirm code", () => {
  const byMail = (code?: string): Partial<Ballot> => ({ via: "mail", ...(code !== undefined && { code }) });
  const wrongOf = (code: string): string => (code === "000000" ? "000001" : "000000");

  it("is asked of whoever comes by a link alone, and of nobody who proves more", async () => {
    const { world, opened } = await asked();
    expect(await says(world, byMail())).toBe("code-needed");
    expect(await says(world, byMail("12345"))).toBe("code-needed");
    expect(await says(world, byMail(`${opened.code?.slice(0, 3)} ${opened.code?.slice(3)}`))).toBe("counted");
    expect(world.allVotes).toMatchObject([{ strength: "asserted", proof: { kind: "code" } }]);
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
    const signed = await asked();
    signed.world.proves = () => ok("account");
    const session = { kind: "session", session: "s1", how: "link" } as const;
    expect(await says(signed.world, { via: "mail", strength: "account", proof: session })).toBe("counted");
  });

  it("is shown only where a vote that rests on it could count", async () => {
    for (const [rule, shown] of [
      ["", true],
      ["strength: signed", false],
    ] as const) {
      const { world, opened } = await asked(policy(rule));
      if (!world.policy.ok) throw new Error("the policy does not read");
      expect(mayNeedCode(opened.request, world.policy.value)).toBe(shown);
    }
  });

  it("is not needed for a no with a reason, which lets nothing run", async () => {
    const { world } = await asked();
    expect(await says(world, { via: "mail", answer: "deny" })).toBe("code-needed");
    expect(await says(world, { via: "mail", answer: "deny", reason: "not today" })).toBe("counted");
  });

  it("is not a proof that a ballot can bring along", async () => {
    const { world } = await asked();
    expect(await says(world, { ...byMail(), proof: { kind: "code" } })).toBe("proof-wrong");
  });

  it("can be tried five times, each on the trail; then that way is closed, and the others are not", async () => {
    const { world, opened } = await asked();
    const wrong = wrongOf(opened.code ?? "");
    for (let tries = 0; tries < 5; tries++) expect(await says(world, byMail(wrong))).toBe("wrong-code");
    expect(await says(world, byMail(opened.code))).toBe("code-closed");
    expect(await says(world, { ...byMail(opened.code), voter: "dave" })).toBe("code-closed");
    expect(world.events.filter(({ type }) => type === "vote.refused")).toHaveLength(5);
    expect(JSON.stringify(world.events.slice(2).map(({ data }) => data))).not.toContain(wrong);
    expect(await says(world)).toBe("counted");
  });

  it("is nowhere else: not in a record, an event, a message or what is said, whoever answers what", async () => {
    const way = fc.constantFrom<Partial<Ballot>>(
      { via: "mail" },
      { via: "mail", answer: "deny" },
      { via: "command" },
      { via: "mail", voter: "mallory" },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(way, { maxLength: 5 }), fc.boolean(), async (ways, isRight) => {
        const { world, opened } = await asked();
        const code = opened.code ?? "";
        for (const each of ways) await says(world, { ...each, code: wrongOf(code) });
        if (isRight) await says(world, { via: "mail", code });
        const { requests, allVotes, events, said, waiting, outbox } = world;
        const kept = JSON.stringify([[...requests.values()], allVotes, events, said, waiting, outbox]);
        // Six digits occur in digests and times by chance: as a word of its own the code does not.
        expect(
          kept.match(new RegExp(`(?<![0-9a-f])(?:${code}|${code.slice(0, 3)} ${code.slice(3)})(?![0-9a-f])`)),
        ).toBe(null);
        expect([...world.codes.values()]).toEqual([hashCode(world.only.id, code)]);
      }),
      { numRuns: 40 },
    );
  });

  it("is guessed five times at most, also by a thousand at one moment", async () => {
    const { world, opened } = await asked();
    const wrong = wrongOf(opened.code ?? "");
    const answers = await Promise.all(Array.from({ length: 50 }, () => says(world, byMail(wrong))));
    expect(answers.filter((answer) => answer === "wrong-code")).toHaveLength(5);
    expect(answers.filter((answer) => answer === "code-closed")).toHaveLength(45);
  });
});

describe("a yes to less", () => {
  const less: Narrowing = { only: ["10.0.0.1"], ttlSeconds: 60 };
  async function narrow(world: World, narrowing: Narrowing, more: Partial<Ballot> = {}): Promise<string> {
    if (!world.policy.ok) throw new Error("no policy");
    const next = await narrowedRequest(world.only, narrowing, world.policy.value, world.effects);
    if (!next.ok) return next.error.code;
    return says(world, { narrow: narrowing, digest: next.value.digest, ...more });
  }

  it("makes a new version with a new digest, which waits for the requester's word, and then runs as it was left", async () => {
    const { world } = await asked();
    const before = world.only;
    expect(await narrow(world, less)).toBe("counted");
    expect(world.only).toMatchObject({ version: 2, state: "pending", obligations: { ttlSeconds: 60 } });
    expect(world.only.plan.targets).toEqual(["10.0.0.1"]);
    expect(world.only.digest).not.toBe(before.digest);
    expect(world.types).toContain("request.narrowed");
    expect(await run(before.id, world.effects)).toMatchObject({ kind: "ran" });
    expect(world.launched[0]?.argv.at(-1)).toBe("10.0.0.1");
    expect(world.launched[0]?.ttlSeconds).toBe(60);
  });

  it("is approved at once where the requester agreed beforehand", async () => {
    const { world } = await asked(policy(), "-sL -n 10.0.0.0/28", { acceptsNarrower: true });
    expect(await narrow(world, less)).toBe("counted");
    expect(world.only).toMatchObject({ version: 2, state: "approved" });
  });

  it("is judged as the session that the request was judged for, whoever says it", async () => {
    const world = new World(policy("enforcement: required"));
    world.level = "enforced";
    expect(await file(world.ask("-sL -n 10.0.0.0/28"), world.effects)).toMatchObject({ kind: "opened" });
    // A lead's own account has no sessions that the kernel holds.
    world.level = "advisory";
    expect(await narrow(world, less)).toBe("counted");
  });

  it("ends the request when the requester does not want it so", async () => {
    const { world } = await asked();
    await narrow(world, less);
    world.confirms = () => false;
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "cancelled" });
  });

  it("makes earlier votes lapse, and counts for its version alone", async () => {
    const two = policy().replace("leads: 1", "leads: 2");
    const { world } = await asked(two, "-sL -n 10.0.0.0/28", { acceptsNarrower: true });
    expect(await says(world, { voter: "dave" })).toBe("counted");
    expect(await narrow(world, less)).toBe("counted");
    expect(world.only.state).toBe("pending");
    expect(await says(world, { voter: "dave" })).toBe("counted");
    expect(world.only.state).toBe("approved");
  });

  it("is refused where it adds, takes nothing away, names another digest, or is a no", async () => {
    const { world } = await asked();
    for (const nothing of [
      {},
      { only: ["10.0.0.0/27"] },
      { only: ["10.0.0.0/28"] },
      { ttlSeconds: 900 },
      { ttlSeconds: 0 },
      { ttlSeconds: 0.5 },
      { maxRate: 0 },
      { notBefore: 0 },
      { notAfter: 1 },
      { notBefore: Number.NaN },
      { notBefore: world.now + 400 * 86_400_000 },
      { notBefore: world.now + 60_000, notAfter: world.now + 60_000 },
    ] satisfies Narrowing[]) {
      expect([nothing, await narrow(world, nothing)]).toEqual([nothing, "not-narrower"]);
    }
    expect(await says(world, { narrow: less })).toBe("wrong-digest");
    expect(await narrow(world, less, { answer: "deny" })).toBe("not-narrower");
    expect(await narrow(world, less, { voter: "bob" })).toBe("own-request");
    expect(world.only).toMatchObject({ version: 1, state: "pending" });
  });

  it("may put the start off: before that, run says when", async () => {
    const { world } = await asked(policy(), "-sL -n 10.0.0.0/28", { acceptsNarrower: true });
    expect(await narrow(world, { notBefore: world.now + 3_600_000 })).toBe("counted");
    const { id } = world.only;
    expect(await run(id, world.effects)).toMatchObject({ kind: "waiting", because: "too-early" });
    world.pass(3600);
    expect(await run(id, world.effects)).toMatchObject({ kind: "ran" });
  });
});

describe("voting in somebody's place", () => {
  const away = policy("", "delegates: { carol: { to: erin, until: 2026-11-22 } }\ntimezone: Pacific/Auckland");

  it("counts until the last day is over, as the person who votes", async () => {
    const { world } = await asked(away);
    // Noon of the 22nd in UTC is the 23rd in Auckland.
    expect(await says(world, { voter: "erin" })).toBe("not-entitled");
    const earlier = new World(away);
    earlier.now -= 86_400_000;
    await file(earlier.ask("-sL -n 10.0.0.0/28"), earlier.effects);
    expect(await says(earlier, { voter: "erin" })).toBe("counted");
    expect(earlier.allVotes).toMatchObject([{ voter: "erin" }]);
  });

  it("may be somebody's own word for a while, but not where votes have to be signed", async () => {
    const { world } = await asked();
    world.delegations = [{ from: "dave", to: "erin", until: world.now + 1000 }];
    expect(await says(world, { voter: "erin" })).toBe("counted");
    const signed = await asked(policy("strength: signed"));
    signed.world.delegations = [{ from: "dave", to: "erin", until: signed.world.now + 1000 }];
    signed.world.proves = () => ok("signed");
    expect(await says(signed.world, { voter: "erin", strength: "signed", proof })).toBe("not-entitled");
  });

  it("is passed on by nobody, and ends when its time does: also before the grant is redeemed", async () => {
    const { world } = await asked();
    world.delegations = [
      { from: "dave", to: "erin", until: world.now + 1000 },
      { from: "erin", to: "frank", until: world.now + 1000 },
    ];
    expect(await says(world, { voter: "frank" })).toBe("not-entitled");
    expect(await says(world, { voter: "erin" })).toBe("counted");
    expect(world.only.state).toBe("approved");
    world.pass(1);
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "stale", problem: { code: "not-approved" } });
  });

  it("never makes anybody the approver of their own request", async () => {
    const toBob = policy("", "delegates: { carol: { to: bob, until: 2099-01-01 } }");
    const { world } = await asked(toBob);
    expect(await says(world, { voter: "bob" })).toBe("own-request");
  });
});

describe("waiting at the terminal", () => {
  it("asks why with the last reason at hand, and nobody where nobody is", async () => {
    const world = new World(policy("reason: { min-length: 3 }"));
    const offered: (string | undefined)[] = [];
    world.effects.person.askReason = (_, last) => {
      offered.push(last);
      return Promise.resolve("CHG-118");
    };
    expect(await file(world.ask("-sL -n 10.0.0.1"), world.effects)).toMatchObject({ kind: "opened" });
    expect(await file(world.ask("-sL -n 10.0.0.2"), world.effects)).toMatchObject({ kind: "opened" });
    expect(offered).toEqual([undefined, "CHG-118"]);
    world.present = false;
    expect(await file(world.ask("-sL -n 10.0.0.3"), world.effects)).toMatchObject({ kind: "not-understood" });
    expect(offered).toHaveLength(2);
  });

  it("asks about what an approver left of it, rings, and runs that", async () => {
    const world = new World(policy());
    const scanning = scan(world.ask("-sL -n 10.0.0.0/28"), {}, world.effects);
    const { id } = await world.until("pending");
    if (!world.policy.ok) throw new Error("no policy");
    const narrow = { only: ["10.0.0.3"] };
    const next = await narrowedRequest(world.only, narrow, world.policy.value, world.effects);
    if (!next.ok) throw new Error(next.error.message);
    await castVote(
      { ...ballot(world, { narrow, reason: "that one will do" }), digest: next.value.digest },
      world.effects,
    );
    expect(await scanning).toMatchObject({ kind: "ran", request: { id, version: 2 } });
    expect(world.launched[0]?.argv.at(-1)).toBe("10.0.0.3");
    expect(world.said).toEqual(expect.arrayContaining([expect.stringContaining("carol left less of it")]));
    expect(world.said).toContain("approved by carol (that one will do)");
    expect(world.rung).toBe(1);
  });

  it("shows the code where some way to answer asks for it, and nowhere else", async () => {
    for (const [via, isShown] of [
      ["desk, mail", true],
      ["desk", false],
    ] as const) {
      const world = new World(policy().replace("desk, mail", via));
      const scanning = scan(world.ask("-sL -n 10.0.0.0/28"), {}, world.effects);
      await world.until("pending");
      while (world.waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(world.waiting.map(({ code }) => code !== undefined)).toEqual([isShown]);
      await says(world, { answer: "deny" });
      await scanning;
    }
  });

  it("ends with the store's failure when an approver's answer can't be written", async () => {
    const world = new World(policy());
    const full = Object.assign(new Error("the disk is full"), { code: "store-full" });
    world.approver = {
      type: "prompt",
      ask: () => {
        world.storeFails = full;
        return Promise.resolve({ answers: [{ voter: "carol", answer: "approve", strength: "asserted" }] });
      },
    };
    await expect(scan(world.ask("-sL -n 10.0.0.0/28"), {}, world.effects)).rejects.toBe(full);
  });
});
