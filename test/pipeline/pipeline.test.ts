// The whole story with fakes at its edge: every way that a scan can go, and what is on record before each effect.
import { describe, expect, it } from "vitest";
import { open } from "../../src/broker/requests.ts";
import { castVote } from "../../src/broker/votes.ts";
import { digestOfDocument } from "../../src/core/plan/digest.ts";
import type { Answer, Approver } from "../../src/effects.ts";
import type { Ballot, Outcome } from "../../src/messages.ts";
import { check, file, inform, run, scan, wait } from "../../src/pipeline.ts";
import { World, policyOf, xml } from "./world.ts";

const allow = `version: 1
rules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], ttl: 2m }]
`;
const confirm = `version: 1
rules: [{ name: sure, effect: confirm, targets: [10.0.0.0/8] }]
`;
const ask = `version: 1
people: { leads: [carol, dave, bob] }
approvers: { desk: { type: prompt } }
rules:
  - name: lab
    effect: ask
    targets: [10.0.0.0/8]
    reason: { min-length: 5 }
    ask: { votes: { leads: 1 }, via: [desk], answer-within: 30m, start-within: 10m }
`;
const line = "-sL -n 10.0.0.1";
const why = { reason: "CHG-118 audit" };

function ballot(world: World, voter: string, answer: Ballot["answer"] = "approve"): Ballot {
  const { id, digest } = world.only;
  return { request: id, digest, voter, answer, strength: "asserted", via: "command" };
}

describe("a question to nmap about itself", () => {
  it("is asked without policy, grant or trail, by one exact line", async () => {
    const world = new World("version: 1\n");
    await expect(inform({ about: "version" }, world.effects)).resolves.toEqual({ kind: "told", exitCode: 0 });
    expect(world.asked).toEqual([["/usr/bin/nmap", "--version"]]);
    expect([world.launched, world.events]).toEqual([[], []]);
  });
});

describe("an allowed scan", () => {
  it("has every step on record before nmap starts, and its result after", async () => {
    const world = new World(allow);
    const outcome = await scan(world.ask(line), {}, world.effects);
    expect(outcome).toMatchObject({ kind: "ran", ending: "exited", exitCode: 0, complete: true });
    expect(world.order).toEqual([
      "shell",
      "request.opened",
      "request.judged",
      "grant.issued",
      "grant.redeemed",
      "session.started",
      "nmap",
      "session.ended",
      "credentials.revoked",
      "result.stored",
    ]);
    expect(world.only.state).toBe("finished");
    expect(world.discarded).toEqual([world.sessions[0]?.id]);
  });

  it("runs the command rendered from the plan, in an environment built from empty", async () => {
    const world = new World(allow);
    await scan(world.ask("10.0.0.1 -sL"), {}, world.effects);
    expect(world.launched[0]?.argv).toEqual(
      expect.arrayContaining(["/usr/bin/nmap", "-n", "--noninteractive", "-sL", "--", "10.0.0.1"]),
    );
    expect(Object.keys(world.launched[0]?.env ?? {}).sort()).toEqual(["LC_ALL", "PATH"]);
    expect(world.launched[0]?.ttlSeconds).toBe(120);
  });

  it("takes a shorter time box from the line, and refuses a longer one", async () => {
    const world = new World(allow);
    await scan(world.ask(line, { ttlSeconds: 5 }), {}, world.effects);
    expect(world.launched[0]?.ttlSeconds).toBe(5);
    const longer = await scan(world.ask(line, { ttlSeconds: 500 }), {}, world.effects);
    expect(longer).toMatchObject({ kind: "not-understood", problem: { code: "ttl-too-long" } });
    expect(world.launched).toHaveLength(1);
  });

  it("starts nothing when the trail cannot be written", async () => {
    const world = new World(allow);
    world.storeFails = new Error("full");
    await expect(scan(world.ask(line), {}, world.effects)).rejects.toThrow("full");
    expect(world.launched).toEqual([]);
    expect(world.order).toEqual(["shell", "dropped"]);
  });

  it("writes an enforced rate into the command, and says what of the typed one is lowered", async () => {
    const world = new World(
      "version: 1\nrules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], enforce: { max-rate: 50 } }]\n",
    );
    await scan(world.ask("-sS -p 80 --min-rate 900 10.0.0.1"), {}, world.effects);
    expect(world.launched[0]?.argv.join(" ")).toMatch(/--max-rate[= ]50 /);
    expect(world.launched[0]?.argv.join(" ")).toMatch(/--min-rate[= ]50 /);
    expect(world.said).toContain("--min-rate 900 is lowered to 50 packets a second, which policy enforces");
  });

  it.each<[string, (argv: readonly string[]) => string, string]>([
    ["another command", () => xml("nmap -sS 10.0.0.1"), "another command"],
    [
      "a host outside the plan",
      (argv) =>
        xml(argv.join(" ")).replace(
          "<runstats>",
          '<host><status state="up"/><address addr="10.9.9.9" addrtype="ipv4"/></host><runstats>',
        ),
      "10.9.9.9",
    ],
    [
      "a scan that the plan does not have",
      (argv) =>
        xml(argv.join(" ")).replace("<runstats>", '<scaninfo type="syn" protocol="tcp" services="22"/><runstats>'),
      "syn scan",
    ],
  ])("is a violation on record when nmap's own account tells of %s", async (_, account, because) => {
    const world = new World(allow);
    world.nmap = (launch) => {
      world.xml = account(launch.argv);
      return Promise.resolve({});
    };
    const outcome = await scan(world.ask(line), {}, world.effects);
    expect(outcome).toMatchObject({
      kind: "ran",
      violations: [expect.stringContaining(because) as string],
    });
    expect(world.events.filter(({ type }) => type === "session.violation")).toHaveLength(1);
  });

  it("says when the result is cut, and keeps it", async () => {
    const world = new World(allow);
    world.nmap = () => Promise.resolve({ ending: "time-box", exitCode: null, signal: "SIGTERM" });
    world.xml = xml().slice(0, 120);
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({
      kind: "ran",
      complete: false,
      ending: "time-box",
    });
    expect(world.only.state).toBe("killed");
    expect(world.types).toContain("session.killed");
    expect(world.results.size).toBe(1);
  });

  it("does not leave the grant usable when nmap cannot be started", async () => {
    const world = new World(allow);
    world.launchFails = { code: "nmap-unusable", message: "no" };
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({ kind: "not-started" });
    expect(world.only.state).toBe("failed");
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "used" });
  });

  it("passes the first Ctrl-C on gently", async () => {
    const world = new World(allow);
    world.nmap = async (_, stopped) => ({ ending: await stopped, exitCode: null, signal: "SIGINT" });
    const running = scan(world.ask(line), {}, world.effects);
    await world.until("running");
    await new Promise((resolve) => setImmediate(resolve));
    world.signal("interrupt");
    expect(await running).toMatchObject({ kind: "ran", ending: "interrupted" });
  });

  it("fills the requester's files from the private ones, after nmap has ended", async () => {
    const world = new World(allow);
    await scan(world.ask("-sL -oN out.txt -oX %Y.xml 10.0.0.1"), {}, world.effects);
    expect([...world.written.keys()].sort()).toEqual(["/home/bob/2026.xml", "/home/bob/out.txt"]);
    expect(world.order.indexOf("nmap")).toBeLessThan(world.order.indexOf("write /home/bob/out.txt"));
  });

  it("refuses an output that cannot be written before anything is filed", async () => {
    const world = new World(allow);
    world.outputRefused = "it is a link";
    expect(await scan(world.ask("-sL -oN out.txt 10.0.0.1"), {}, world.effects)).toMatchObject({
      kind: "not-understood",
    });
    expect(world.events).toEqual([]);
  });
});

describe("a denied scan", () => {
  it("is kept on the trail and runs nothing", async () => {
    const world = new World(allow);
    const outcome = await scan(world.ask("-sL 11.0.0.1 10.0.0.1"), {}, world.effects);
    expect(outcome).toMatchObject({ kind: "denied", judged: { tryInstead: ["-sL", "10.0.0.1"] } });
    expect(world.types).toEqual(["request.opened", "request.judged", "request.denied"]);
    expect(world.launched).toEqual([]);
  });

  it("gives a command to paste that is then allowed", async () => {
    const world = new World(allow);
    const outcome = await scan(world.ask("-sL 9.0.0.0-255 10.1.0.0/24"), {}, world.effects);
    const words = outcome.kind === "denied" ? outcome.judged?.tryInstead : undefined;
    expect(await check(world.ask((words ?? []).join(" ")), world.effects)).toMatchObject({
      decision: { effect: "allow" },
    });
  });

  it("is not understood when the line is not nmap's, and leaves no record", async () => {
    const world = new World(allow);
    expect(await scan(world.ask("-T11 10.0.0.1"), {}, world.effects)).toMatchObject({ kind: "not-understood" });
    expect(world.events).toEqual([]);
  });

  it("is what a policy with a mistake makes of everything", async () => {
    const world = new World(allow);
    world.policy = policyOf("version: 1\nrulez: []\n");
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({ kind: "misconfigured" });
    expect(world.launched).toEqual([]);
  });
});

describe("a confirmation", () => {
  it("is typed by the requester, recorded as such, and lets the scan run", async () => {
    const world = new World(confirm);
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({ kind: "ran" });
    expect(world.allVotes).toMatchObject([{ voter: "bob", answer: "confirm", via: "prompt" }]);
  });

  it("takes the request back when anything else is typed", async () => {
    const world = new World(confirm);
    world.confirms = () => false;
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({ kind: "cancelled" });
    expect(world.launched).toEqual([]);
  });

  it("leaves the request waiting when the terminal goes away", async () => {
    const world = new World(confirm);
    world.confirms = () => undefined;
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({ kind: "waiting", because: "hang-up" });
    expect(world.only.state).toBe("pending");
  });

  it("waits without a terminal, and is asked for by `run` at one", async () => {
    const world = new World(confirm);
    world.present = false;
    expect(await scan(world.ask(line), {}, world.effects)).toMatchObject({ kind: "waiting", because: "no-terminal" });
    world.present = true;
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
  });
});

describe("an approval", () => {
  it("lets the waiting scan run as soon as another person says yes", async () => {
    const world = new World(ask);
    const scanning = scan(world.ask(line, why), {}, world.effects);
    await world.until("pending");
    expect(await castVote(ballot(world, "carol"), world.effects)).toMatchObject({ kind: "counted" });
    expect(await scanning).toMatchObject({ kind: "ran" });
    expect(world.order.indexOf("request.approved")).toBeLessThan(world.order.indexOf("nmap"));
  });

  it("opens the session that stood ready while people were asked", async () => {
    const world = new World(ask);
    const scanning = scan(world.ask(line, why), {}, world.effects);
    await world.until("pending");
    await castVote(ballot(world, "carol"), world.effects);
    expect(await scanning).toMatchObject({ kind: "ran", session: world.launched[0]?.session });
    expect(world.order.filter((step) => ["shell", "vote.cast", "nmap", "dropped"].includes(step))).toEqual([
      "shell",
      "vote.cast",
      "nmap",
    ]);
  });

  it("makes another session ready when somebody killed the one that waited", async () => {
    const world = new World(ask);
    world.stands = false;
    const scanning = scan(world.ask(line, why), {}, world.effects);
    await world.until("pending");
    await castVote(ballot(world, "carol"), world.effects);
    expect(await scanning).toMatchObject({ kind: "ran" });
    expect(world.order.filter((step) => ["shell", "nmap", "dropped"].includes(step))).toEqual([
      "shell",
      "dropped",
      "shell",
      "nmap",
    ]);
  });

  it("leaves nothing of a session that stood ready for a no", async () => {
    const world = new World(ask);
    const scanning = scan(world.ask(line, why), {}, world.effects);
    await world.until("pending");
    await castVote(ballot(world, "carol", "deny"), world.effects);
    await scanning;
    expect(world.order.filter((step) => ["shell", "nmap", "dropped"].includes(step))).toEqual(["shell", "dropped"]);
    expect(world.discarded).toHaveLength(1);
  });

  it("is never the requester's own, entitled or not", async () => {
    const world = new World(ask);
    await file(world.ask(line, why), world.effects);
    for (const voter of ["bob", "BOB", "bob@corp", "user:bob"]) {
      expect(await castVote(ballot(world, voter), world.effects)).toMatchObject({ problem: { code: "own-request" } });
    }
    expect(world.only.state).toBe("pending");
  });

  it("is refused to strangers, for another digest, and twice", async () => {
    const world = new World(ask);
    await file(world.ask(line, why), world.effects);
    expect(await castVote(ballot(world, "mallory"), world.effects)).toMatchObject({
      problem: { code: "not-entitled" },
    });
    const other = { ...ballot(world, "carol"), digest: "sha256:00" };
    expect(await castVote(other, world.effects)).toMatchObject({ problem: { code: "wrong-digest" } });
    await castVote(ballot(world, "carol"), world.effects);
    expect(await castVote(ballot(world, "carol"), world.effects)).toMatchObject({ kind: "too-late" });
    expect(world.allVotes).toHaveLength(1);
  });

  it("ends with the first no, with its reason", async () => {
    const world = new World(ask);
    const scanning = scan(world.ask(line, why), {}, world.effects);
    await world.until("pending");
    await castVote({ ...ballot(world, "dave", "deny"), reason: "not today" }, world.effects);
    expect(await scanning).toMatchObject({ kind: "denied", request: { because: "not today" } });
    expect(world.launched).toEqual([]);
  });

  it("counts what an approver brings, and ends asking when somebody answered elsewhere", async () => {
    const world = new World(ask);
    let aborted = false;
    const approver = (answers: (signal: AbortSignal) => Promise<readonly Answer[]>): Approver => ({
      type: "prompt",
      ask: async (_, signal) => ({ answers: await answers(signal) }),
    });
    world.approver = approver(() => Promise.resolve([{ voter: "dave", answer: "approve", strength: "asserted" }]));
    expect(await scan(world.ask(line, why), {}, world.effects)).toMatchObject({ kind: "ran" });
    expect(world.allVotes).toMatchObject([{ voter: "dave", via: "desk" }]);

    const second = new World(ask);
    second.approver = approver(
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve([]);
          });
        }),
    );
    const scanning = scan(second.ask(line, why), {}, second.effects);
    await second.until("pending");
    await castVote(ballot(second, "carol"), second.effects);
    await scanning;
    expect(aborted).toBe(true);
  });

  it("records an approver that could not ask, and stays open to the others", async () => {
    const world = new World(ask);
    world.approver = { type: "prompt", ask: () => Promise.reject(new Error("no light")) };
    const scanning = scan(world.ask(line, why), {}, world.effects);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.types).toContain("approver.failed");
    await castVote(ballot(world, "carol"), world.effects);
    expect(await scanning).toMatchObject({ kind: "ran" });
  });

  it("expires when nobody answers, and lapses when it is not used", async () => {
    const world = new World(ask);
    const scanning = scan(world.ask(line, why), {}, world.effects);
    await world.until("pending");
    world.pass(31 * 60);
    expect(await scanning).toMatchObject({ kind: "expired" });

    const late = new World(ask);
    await file(late.ask(line, why), late.effects);
    await castVote(ballot(late, "carol"), late.effects);
    late.pass(11 * 60);
    expect(await run(late.only.id, late.effects)).toMatchObject({ kind: "lapsed" });
    expect(late.launched).toEqual([]);
  });

  it("is taken back by Ctrl-C and left alone by a closed terminal", async () => {
    for (const [signal, state] of [
      ["interrupt", "cancelled"],
      ["hangup", "pending"],
      ["terminate", "pending"],
    ] as const) {
      const world = new World(ask);
      const scanning = scan(world.ask(line, why), {}, world.effects);
      await world.until("pending");
      await new Promise((resolve) => setImmediate(resolve));
      world.signal(signal);
      expect((await scanning).kind).toBe(state === "pending" ? "waiting" : "cancelled");
      expect(world.only.state).toBe(state);
    }
  });

  it("is not waited for without a terminal, unless for a time that the line names", async () => {
    const world = new World(ask);
    world.present = false;
    expect(await scan(world.ask(line, why), {}, world.effects)).toMatchObject({
      kind: "waiting",
      because: "no-terminal",
    });
    const waiting = scan(world.ask(line, why), { waitSeconds: 60 }, world.effects);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    world.pass(61);
    expect(await waiting).toMatchObject({ kind: "waiting", because: "not-yet" });
  });

  it("joins the request that waits for the same already", async () => {
    const world = new World(ask);
    await file(world.ask(line, why), world.effects);
    expect(await file(world.ask(line, why), world.effects)).toMatchObject({ kind: "opened", joined: true });
    expect(world.requests.size).toBe(1);
  });

  it("is one request when the same line is filed twice at one moment", async () => {
    const world = new World(ask);
    const both = await Promise.all([
      file(world.ask(line, why), world.effects),
      file(world.ask(line, why), world.effects),
    ]);
    expect(both.map((one) => one.kind === "opened" && one.joined).sort()).toEqual([false, true]);
    expect(world.requests.size).toBe(1);
    expect(world.types.filter((type) => type === "request.opened")).toHaveLength(1);
    // Another line of the same moment is another request.
    const others = await Promise.all([
      file(world.ask(line, { reason: "another reason" }), world.effects),
      file(world.ask(line, { reason: "yet another reason" }), world.effects),
    ]);
    expect(others).toMatchObject([{ joined: false }, { joined: false }]);
    expect(world.requests.size).toBe(3);
  });

  it("needs the reason that the rule wants, asked for at the terminal when it is missing", async () => {
    const world = new World(ask);
    const refused = await scan(world.ask(line, { reason: "hm" }), {}, world.effects);
    expect(refused).toMatchObject({ kind: "not-understood", problem: { code: "reason-missing" } });
    world.reason = "typed at the terminal";
    expect(await file(world.ask(line), world.effects)).toMatchObject({ request: { reason: "typed at the terminal" } });
  });

  it("fails at once when there is nobody who could say yes", async () => {
    const world = new World(ask.replace("[carol, dave, bob]", "[bob]"));
    expect(await scan(world.ask(line, why), {}, world.effects)).toMatchObject({ kind: "unavailable" });
    expect(world.events).toEqual([]);
  });
});

describe("redeeming", () => {
  const approved = async (change: (world: World) => void): Promise<{ world: World; outcome: Outcome }> => {
    const world = new World(ask);
    await file(world.ask(line, why), world.effects);
    await castVote(ballot(world, "carol"), world.effects);
    change(world);
    return { world, outcome: await run(world.only.id, world.effects) };
  };

  it("gives one run to at most one caller", async () => {
    const world = new World(ask);
    await file(world.ask(line, why), world.effects);
    await castVote(ballot(world, "carol"), world.effects);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => run(world.only.id, world.effects)));
    expect(outcomes.filter(({ kind }) => kind === "ran")).toHaveLength(1);
    expect(world.launched).toHaveLength(1);
  });

  it.each<[string, (world: World) => void, object]>([
    ["policy denies it now", (world) => (world.policy = policyOf("version: 1\n")), { kind: "denied" }],
    ["the voter has left", (world) => (world.policy = policyOf(ask.replace("carol, ", ""))), { kind: "stale" }],
    ["the time box is shorter now", (world) => (world.policy = policyOf(`${ask}    ttl: 1m\n`)), { kind: "stale" }],
    [
      "nmap is another one",
      (world) => (world.facts = { ...world.facts, nmap: { ...world.facts.nmap, version: "7.98" } }),
      { kind: "stale" },
    ],
    [
      "nmap's file is another one of the same version",
      (world) => (world.facts = { ...world.facts, nmap: { ...world.facts.nmap, binary: `sha256:${"1".repeat(64)}` } }),
      { kind: "stale" },
    ],
    [
      "nmap's data files are others",
      (world) => {
        const data = { level: "tables", hash: `sha256:${"2".repeat(64)}` } as const;
        world.facts = { ...world.facts, nmap: { ...world.facts.nmap, data } };
      },
      { kind: "stale" },
    ],
    ["raw sockets are gone", (world) => (world.facts = { ...world.facts, privileged: false }), { kind: "stale" }],
    [
      "another person runs it",
      (world) => (world.requester = { name: "eve", uid: 5, groups: [] }),
      { kind: "not-understood" },
    ],
    ["the clock went back an hour", (world) => (world.now -= 3_600_000), { kind: "stale" }],
  ])("refuses when %s", async (_, change, expected) => {
    const { world, outcome } = await approved(change);
    expect(outcome).toMatchObject(expected);
    expect(world.launched).toEqual([]);
  });

  it("refuses to run without what those who said yes were shown would hold it", async () => {
    const world = new World(ask);
    world.level = "enforced";
    await file(world.ask(line, why), world.effects);
    expect(world.only.held).toEqual({ level: "enforced" });
    await castVote(ballot(world, "dave"), world.effects);
    world.level = "advisory";
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "stale", problem: { code: "not-enforced" } });
    world.level = "enforced";
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
  });

  it("keeps the grant where nmap would be given another environment than was approved", async () => {
    const world = new World(ask);
    const judged = await check(world.ask(line, why), world.effects);
    if (judged.kind !== "judged") throw new Error(judged.kind);
    // As an earlier version filed it, which knew of no environment.
    const plan = { ...judged.plan };
    delete (plan as { environment?: unknown }).environment;
    await open({ ...judged, plan, planDigest: digestOfDocument(plan) }, world.effects);
    await castVote(ballot(world, "carol"), world.effects);
    const outcome = await run(world.only.id, world.effects);
    expect(outcome).toMatchObject({ kind: "stale", problem: { code: "environment-changed" } });
    expect(await world.effects.store.grant(world.only.id)).toMatchObject({ state: "issued" });
    expect(world.types).not.toContain("grant.redeemed");
  });

  it("is a failure of the trail when the record was changed", async () => {
    const change = (world: World): void => void world.requests.set(world.only.id, { ...world.only, reason: "another" });
    await expect(approved(change)).rejects.toMatchObject({ code: "trail-broken" });
  });
});

describe("waiting for a request", () => {
  it("ends with the answer, and says when it was used", async () => {
    const world = new World(ask);
    await file(world.ask(line, why), world.effects);
    const waiting = wait(world.only.id, {}, world.effects);
    await castVote(ballot(world, "dave"), world.effects);
    expect(await waiting).toMatchObject({ kind: "opened", request: { state: "approved" } });
    await run(world.only.id, world.effects);
    expect(await wait(world.only.id, {}, world.effects)).toMatchObject({ kind: "used" });
  });
});
