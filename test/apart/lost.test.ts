// When one of the two is gone: nothing goes on that nobody can record, and the record says how it ended.
import { duplexPair } from "node:stream";
import { describe, expect, it } from "vitest";
import { runnerApart } from "../../src/apart/client.ts";
import { serve } from "../../src/apart/serve.ts";
import type { SessionId } from "../../src/core/audit/event.ts";
import type { Runner, SessionEnd } from "../../src/effects.ts";
import { scan } from "../../src/pipeline.ts";
import { World, xml } from "../pipeline/world.ts";
import { apart } from "./apart.ts";

const policy = "version: 1\nrules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], may: anything, ttl: 2m }]\n";
const line = "-sT -n -p 22 10.0.0.1";
const tell = (): never => {
  throw new Error("nobody asks");
};

const ours = { neverCame: "it never came", home: "/state", tell };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A scan that runs apart, until it is stopped. */
async function running() {
  const world = new World(policy);
  const stopped: string[] = [];
  world.nmap = (_, ended) =>
    ended.then((ending): Partial<SessionEnd> => {
      stopped.push(ending);
      return { ending, exitCode: null, signal: "SIGINT" };
    });
  const wired = apart(world.effects.runner);
  const outcome = scan(world.ask(line), {}, { ...world.effects, runner: wired.runner });
  outcome.catch(() => undefined);
  while (world.shown.length === 0) await turn();
  return { world, stopped, wired, outcome };
}

describe("a broker that is gone", () => {
  it("has its session ended as lost, and its folder left for a sweep", async () => {
    const { world, stopped, wired } = await running();
    world.host.sweep = () => Promise.resolve({ kind: "over", revocation: { revoked: [] } });
    wired.cut("broker");
    await wired.served[0];
    expect(stopped).toEqual(["lost"]);
    expect(world.types).not.toContain("session.ended");
    expect(world.discarded).toEqual([]);
  });
});

describe("a runner's program that is gone", () => {
  it("before the start is on record starts nothing, and the grant is closed at once", async () => {
    const world = new World(policy);
    const wired = apart(world.effects.runner);
    const prepare = world.host.prepare.bind(world.host);
    world.host.prepare = (session) => {
      wired.cut("runner");
      return prepare(session);
    };
    const outcome = await scan(world.ask(line), {}, { ...world.effects, runner: wired.runner });
    expect(outcome).toMatchObject({ kind: "not-started", problem: { code: "runner-lost" } });
    expect(world.only.state).toBe("failed");
    expect(world.launched).toEqual([]);
  });

  it("while nmap runs: what is left is swept by another, and the end is on record as lost with what was found", async () => {
    const { world, wired, outcome } = await running();
    const swept: string[] = [];
    world.host.sweep = (session) => {
      swept.push(session);
      const revocation = { revoked: ["processes", "uid 1900000007"], processesEnded: 1 };
      return Promise.resolve(swept.length < 3 ? { kind: "running" } : { kind: "over", revocation });
    };
    world.xml = xml("nmap").slice(0, -40);
    wired.cut("runner");
    expect(await outcome).toMatchObject({ kind: "ran", ending: "lost", exitCode: null, complete: false });
    expect(swept).toHaveLength(3);
    expect(world.events.find(({ type }) => type === "credentials.revoked")?.data).toMatchObject({
      revoked: ["grant", "processes", "uid 1900000007"],
      processesEnded: 1,
    });
    expect(world.types).toEqual(expect.arrayContaining(["session.ended", "result.stored"]));
    expect(world.discarded).toHaveLength(1);
  });

  it("that never greets is told of as such", async () => {
    const [broker, program] = duplexPair();
    program.destroy();
    await expect(runnerApart({ ...ours, start: () => broker }).level()).rejects.toThrow("it never came");
  });

  it("and can't be started again: the requester's answer still counts for what it is, and nothing is a defect", async () => {
    const world = new World(policy);
    const runner = runnerApart({
      ...ours,
      start: () => {
        const [broker, program] = duplexPair();
        program.destroy();
        return broker;
      },
    });
    const plan = { ...world.effects, runner: { ...runner, level: () => world.effects.runner.level() } };
    expect(await scan(world.ask(line), {}, plan)).toMatchObject({
      kind: "not-started",
      problem: { code: "runner-lost", message: "The session can't be run: it never came." },
    });
    expect(world.only.state).toBe("failed");
    await runner.standDown("s0123456789" as SessionId);
    await runner.discard("s0123456789" as SessionId);
  });

  it("of another build says so, and nothing is asked of it", async () => {
    const world = new World(policy);
    const [broker, program] = duplexPair();
    void serve(program, () => ({ runner: world.effects.runner }), new AbortController().signal, "another");
    const runner = runnerApart({ ...ours, start: () => broker });
    await expect(runner.level()).rejects.toThrow("of another build than this one");
  });
});

/** What the runner says to these bytes, and whether it still listens after them. */
async function toRunner(...messages: readonly (string | Buffer)[]): Promise<{ said: string; asked: number }> {
  const world = new World(policy);
  const asked = { count: 0 };
  const runner = new Proxy(world.effects.runner, {
    get: (target, name: keyof Runner) => {
      if (name !== "level") asked.count += 1;
      return Reflect.get(target, name) as unknown;
    },
  });
  const [broker, program] = duplexPair();
  const served = serve(program, () => ({ runner }), new AbortController().signal, "b");
  let said = "";
  broker.setEncoding("latin1").on("data", (text: string) => (said += text));
  for (const message of messages) {
    const body = Buffer.from(message);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(body.length);
    broker.write(typeof message === "string" ? Buffer.concat([header, body]) : body);
    for (let turns = 0; turns < 5; turns++) await turn();
  }
  // It has ended by itself: no end of ours brought that about.
  await served;
  return { said, asked: asked.count };
}

describe("a runner's program", () => {
  const hello = JSON.stringify({ kind: "hello", version: 1, build: "b", home: "/state" });
  const ask = (question: object): string => JSON.stringify({ kind: "ask", id: 0, question });

  it.each<[string, readonly (string | Buffer)[]]>([
    ["no JSON", ["{"]],
    ["nothing it knows", [hello, JSON.stringify({ kind: "please" })]],
    ["an unknown field", [hello, JSON.stringify({ kind: "stop", how: "now", ending: "lost", also: 1 })]],
    ["a field of another kind", [hello, JSON.stringify({ kind: "extend", ttlSeconds: "600" })]],
    ["a question before the greeting", [ask({ about: "abandoned" })]],
    ["two greetings", [hello, hello]],
    ["a folder that no path can name", [hello.replace("/state", "/".repeat(4096)), ask({ about: "abandoned" })]],
    ["a session that is a path", [hello, ask({ about: "discard", session: "../../../etc" })]],
    ["an order without a grant", [hello, ask({ about: "execute", order: { kind: "order" } })]],
    ["a prototype", [hello, `{"kind":"stop","how":"now","ending":"lost","__proto__":{"x":1}}`]],
    ["more bytes than a message has", [Buffer.from([0x7f, 0xff, 0xff, 0xff, 0x20])]],
  ])("leaves who says %s, and asks nothing of its sessions", async (_, messages) => {
    expect((await toRunner(...messages)).asked).toBe(0);
  });

  it("leaves who asks more at once than it can answer", async () => {
    const world = new World(policy);
    let asked = 0;
    let answer: (found: undefined) => void = () => undefined;
    const forever = new Promise<undefined>((resolve) => (answer = resolve));
    const progress = (): Promise<undefined> => {
      asked += 1;
      return forever;
    };
    const [broker, program] = duplexPair();
    const runner = { ...world.effects.runner, progress };
    const served = serve(program, () => ({ runner }), new AbortController().signal, "b");
    // It leaves the wire, or hears all of them.
    program.on("close", () => {
      answer(undefined);
    });
    const question = ask({ about: "progress", session: "s0000000000" });
    for (const text of [hello, ...Array<string>(100).fill(question)]) {
      broker.write(Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]));
      if (text === hello) for (let turns = 0; turns < 5; turns++) await turn();
    }
    broker.end();
    await served;
    expect(asked).toBe(32);
  });

  it("says no more to another build than that it is one", async () => {
    const world = new World(policy);
    const [broker, program] = duplexPair();
    const served = serve(program, () => ({ runner: world.effects.runner }), new AbortController().signal, "b");
    const runner = runnerApart({ ...ours, start: () => broker, build: "c" });
    await expect(runner.abandoned()).rejects.toThrow("of another build than this one");
    await served;
  });
});
