// What the person at the keyboard is told of a scan that runs, and until when.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/messages.ts";
import { scan } from "../../src/pipeline.ts";
import { World } from "./world.ts";

const policy = "version: 1\nrules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], may: anything, ttl: 2m }]\n";

/** A scan that runs until the test ends it. */
async function front(line: string): Promise<{ world: World; running: Promise<Outcome>; end: () => void }> {
  const world = new World(policy);
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  world.nmap = () => ended.then(() => ({}));
  const running = scan(world.ask(line), {}, world.effects);
  await world.until("running");
  while (world.shown.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return { world, running, end };
}

describe("a scan that runs", () => {
  it("is shown until it has ended, with its time box and how far it is", async () => {
    const { world, running, end } = await front("-sL -n 10.0.0.1");
    const [shown] = world.shown;
    expect(shown?.running.request.id).toBe(world.only.id);
    expect(shown?.running.ttlSeconds()).toBe(120);
    expect(await shown?.running.progress()).toEqual({ hosts: 1, up: 1 });
    expect(shown?.signal.aborted).toBe(false);
    end();
    await running;
    expect(shown?.signal.aborted).toBe(true);
    expect(world.shown).toHaveLength(1);
  });

  it("says before its start that it may take longer than its time box, and nothing when it should not", async () => {
    const long = await front("-sU -p- 10.0.0.1");
    expect(long.world.said).toEqual([
      expect.stringMatching(/^may take \S+, its time box is 2m: what is found by then is kept$/),
    ]);
    long.end();
    await long.running;
    const short = await front("-sL 10.0.0.1");
    expect(short.world.said).toEqual([]);
    short.end();
    await short.running;
  });
});
