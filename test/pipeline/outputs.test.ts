// The requester's output files on their way from the session's private ones.
import { describe, expect, it } from "vitest";
import { scan } from "../../src/pipeline.ts";
import { World } from "./world.ts";

const allow = `version: 1
rules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], ttl: 2m }]
`;

describe("output files", () => {
  it("have nmap's way with the time in their names, and are several at once", async () => {
    const world = new World(allow);
    await scan(world.ask("-sL 10.0.0.1 -oX %Y-%D.xml -oN out/%H%%.nmap"), {}, world.effects);
    const names = [...world.written.keys()];
    expect(names).toEqual([
      expect.stringMatching(/^\/home\/bob\/2026-\d{6}\.xml$/),
      expect.stringMatching(/^\/home\/bob\/out\/\d{2}%\.nmap$/),
    ]);
    expect(world.launched[0]?.argv.join(" ")).not.toMatch(/home|%/);
  });

  it("are added to with --append-output, and replaced without", async () => {
    const world = new World(allow);
    for (const more of ["", " --append-output", " --append-output"]) {
      await scan(world.ask(`-sL 10.0.0.1 -oX all.xml${more}`), {}, world.effects);
    }
    const results = (): number => (world.written.get("/home/bob/all.xml") ?? "").split("</nmaprun>").length - 1;
    expect(results()).toBe(3);
    await scan(world.ask("-sL 10.0.0.1 -oX all.xml"), {}, world.effects);
    expect(results()).toBe(1);
  });

  it("stay untouched when nothing ran", async () => {
    const world = new World(allow);
    expect(await scan(world.ask("-sL 192.0.2.1 -oA out"), {}, world.effects)).toMatchObject({ kind: "denied" });
    world.launchFails = { code: "nmap-unusable", message: "no" };
    expect(await scan(world.ask("-sL 10.0.0.1 -oA out"), {}, world.effects)).toMatchObject({ kind: "not-started" });
    expect(world.written.size).toBe(0);
  });

  it.each([
    "-oN x -oX x",
    "-oN ./x -oG x",
    "-oN a//x -oX a/x",
    "-oN a/./x -oX a/x",
    "-oA x -oN y",
    "-oN x.xml -oA x",
    "-oN - -oX -",
  ])("are refused as %s, which names one file twice or a format twice", async (outputs) => {
    const world = new World(allow);
    expect(await scan(world.ask(`-sL 10.0.0.1 ${outputs}`), {}, world.effects)).toMatchObject({
      kind: "not-understood",
    });
    expect(world.order).toEqual([]);
  });
});
