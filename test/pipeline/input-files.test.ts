// Lists of targets on their way from the requester's file to nmap's line.
import { describe, expect, it } from "vitest";
import { check, file, run, scan } from "../../src/pipeline.ts";
import { policyOf, World } from "./world.ts";

const allow = `version: 1
rules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], ttl: 2m }]
`;
const confirm = `version: 1
rules: [{ name: sure, effect: confirm, targets: [10.0.0.0/8] }]
`;

describe("a scan with -iL", () => {
  it("runs what was in the file, and nmap never learns its path", async () => {
    const world = new World(allow);
    world.files.set("/home/bob/list.txt", "10.0.0.1 10.0.0.2\n10.1.0.0/30 # the lab\n");
    world.files.set("/etc/spared", "10.0.0.2\n");
    const outcome = await scan(world.ask("-sL -iL list.txt --excludefile /etc/spared"), {}, world.effects);
    expect(outcome).toMatchObject({ kind: "ran" });
    expect(world.order.slice(0, 4)).toEqual(["read /home/bob/list.txt", "read /etc/spared", "shell", "request.opened"]);
    const argv = world.launched[0]?.argv ?? [];
    expect(argv.slice(argv.indexOf("--") + 1)).toEqual(["10.0.0.1", "10.1.0.0/30"]);
    expect(argv.join(" ")).not.toMatch(/list|spared|-iL|exclude/);
  });

  it("is judged by what was in the file, and keeps its hash in the plan", async () => {
    const world = new World(allow);
    world.files.set("/home/bob/list.txt", "10.0.0.1\n192.0.2.1\n");
    const judged = await check(world.ask("-sL -iL list.txt"), world.effects);
    expect(judged).toMatchObject({
      kind: "judged",
      decision: { effect: "deny" },
      plan: {
        inputs: [
          {
            option: "-iL",
            path: "list.txt",
            bytes: 19,
            // printf '10.0.0.1\n192.0.2.1\n' | sha256sum
            digest: "sha256:ce0d4948a122394a74d2b50323b15c016573879c8a2280b8e5bcc71e6c9a098e",
          },
        ],
      },
    });
  });

  it("runs later what was read when it was asked for, whatever the file says by then", async () => {
    const world = new World(confirm);
    world.present = false;
    world.files.set("/home/bob/list.txt", "10.0.0.1\n");
    const waiting = await scan(world.ask("-sL -iL list.txt"), {}, world.effects);
    expect(waiting).toMatchObject({ kind: "waiting" });
    world.files.set("/home/bob/list.txt", "10.0.0.99\n");
    world.present = true;
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
    expect(world.launched[0]?.argv.at(-1)).toBe("10.0.0.1");
  });

  it("takes the same line with other content for another request", async () => {
    const world = new World(confirm);
    world.present = false;
    for (const content of ["10.0.0.1\n", "10.0.0.2\n", "10.0.0.1\n"]) {
      world.files.set("/home/bob/list.txt", content);
      await scan(world.ask("-sL -iL list.txt"), {}, world.effects);
    }
    expect(world.requests.size).toBe(2);
  });

  it("is refused before anything is on record when the file can't be read", async () => {
    const world = new World(allow);
    expect(await scan(world.ask("-sL -iL nothing"), {}, world.effects)).toMatchObject({
      kind: "not-understood",
      problem: { code: "input-refused" },
    });
    expect(world.order).toEqual(["read /home/bob/nothing"]);
  });

  it("names file, line and column of the first word that is no target", async () => {
    const world = new World(allow);
    world.files.set("-", "10.0.0.1\n  10.0.0.2 127.1\n");
    expect(await scan(world.ask("-sL -iL -"), {}, world.effects)).toMatchObject({
      kind: "not-understood",
      problem: {
        code: "target-syntax",
        hint: "write 127.0.0.1",
        at: { file: "standard input", line: 2, column: 12 },
      },
    });
  });
});

describe("a scan with a script of the requester's own", () => {
  const anything = allow.replace("ttl: 2m", "may: anything, ttl: 2m");

  it("runs what was read when it was asked for, from the session's own folder", async () => {
    const world = new World(confirm.replace("targets", "may: anything, targets"));
    world.present = false;
    world.files.set("/home/bob/mine.nse", "action = first\n");
    expect(await scan(world.ask("-p 1 --script ./mine.nse 10.0.0.1"), {}, world.effects)).toMatchObject({
      kind: "waiting",
    });
    world.files.set("/home/bob/mine.nse", "action = second\n");
    world.present = true;
    expect(await run(world.only.id, world.effects)).toMatchObject({ kind: "ran" });
    expect(world.ownScripts).toMatchObject([{ name: "mine", text: "action = first\n" }]);
    expect(world.launched[0]?.argv).toContain("--script=/session/scripts/mine.nse");
  });

  it("is refused when it is judged where it could not run, so that nobody is asked about it", async () => {
    const world = new World(confirm.replace("targets", "may: anything, targets"));
    const noOwnScripts = {
      code: "own-script-refused",
      message: "A script of your own can't run.",
      hint: "no sudo",
    } as const;
    world.effects.runner.level = () => Promise.resolve({ level: "advisory", longestSeconds: 60, noOwnScripts });
    world.files.set("/home/bob/mine.nse", "action = first\n");
    const ask = world.ask("-p 1 --script ./mine.nse 10.0.0.1");
    const refused = { kind: "unavailable", problem: noOwnScripts };
    expect(await check(ask, world.effects)).toEqual(refused);
    expect(await file(ask, world.effects)).toEqual(refused);
    expect(world.events).toEqual([]);
    expect(await check(world.ask("-p 1 10.0.0.1"), world.effects)).toMatchObject({ kind: "judged" });
    world.policy = policyOf("version: 1\n");
    expect(await check(ask, world.effects)).toMatchObject({ kind: "judged", decision: { effect: "deny" } });
  });

  it("is no ordinary scan", async () => {
    const world = new World(allow);
    world.files.set("/home/bob/mine.nse", 'categories = {"safe"}\n');
    const ask = world.ask("-p 1 --script ./mine.nse 10.0.0.1");
    expect(await check(ask, world.effects)).toMatchObject({ decision: { effect: "deny" } });
    const other = new World(anything);
    other.files.set("/home/bob/mine.nse", 'categories = {"safe"}\n');
    expect(await check(ask, other.effects)).toMatchObject({ decision: { effect: "allow" } });
  });
});
