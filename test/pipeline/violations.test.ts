// What the kernel refuses to a scan that runs: on record and told when it is seen, once, and the scan ends where that
// can't be recorded.
import { describe, expect, it } from "vitest";
import { exitCodeOf } from "../../src/cli/exit-code.ts";
import type { SessionEnd } from "../../src/effects.ts";
import type { Outcome } from "../../src/messages.ts";
import { scan } from "../../src/pipeline.ts";
import { World } from "./world.ts";

const policy = "version: 1\nrules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], may: anything, ttl: 2m }]\n";
const ONE = "the kernel refused 1 packet to 10.0.0.9 tcp/23";

class Scan {
  readonly world = new World(policy);
  readonly outcome: Promise<Outcome>;
  end: (end: Partial<SessionEnd>) => void = () => undefined;

  constructor() {
    const ended = new Promise<Partial<SessionEnd>>((resolve) => (this.end = resolve));
    this.world.nmap = (_, stopped) =>
      Promise.race([
        ended,
        stopped.then((ending): Partial<SessionEnd> => ({ ending, exitCode: null, signal: "SIGKILL" })),
      ]);
    this.outcome = scan(this.world.ask("-sL -n 10.0.0.1"), {}, this.world.effects);
  }

  get violations(): readonly string[] {
    return this.world.events.flatMap((event) => (event.type === "session.violation" ? [event.data.because] : []));
  }
}

describe("what is refused to a scan that runs", () => {
  it("is on record and told while it runs: the first of it to the person, all of it to the trail", async () => {
    const one = new Scan();
    const { world } = one;
    await world.until("running");
    world.violated?.([ONE, "the kernel refused 2 packets to 10.0.0.8 icmp"]);
    while (world.said.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(world.types.filter((type) => type === "session.violation")).toHaveLength(2);
    expect(world.only.state).toBe("running");
    world.violated?.(["the kernel refused 1 packet to 10.0.0.7 icmp"]);
    one.end({ violations: [] });
    await one.outcome;
    expect(world.said).toEqual([`${ONE}: the result can't be relied on`]);
  });

  it("is told with its sums at the end, and what was said before is not on record twice", async () => {
    const one = new Scan();
    await one.world.until("running");
    one.world.violated?.([ONE, "the kernel refused 2 packets to 10.0.0.8 icmp"]);
    const sums = ["the kernel refused 70 packets to 10.0.0.8 icmp", ONE];
    one.end({ violations: sums });
    const outcome = await one.outcome;
    expect(outcome).toMatchObject({ kind: "ran", violations: sums });
    expect(exitCodeOf(outcome)).toBe(76);
    expect(one.violations).toEqual([ONE, "the kernel refused 2 packets to 10.0.0.8 icmp", sums[0]]);
  });

  it("taints the result also where the end says nothing of it", async () => {
    const one = new Scan();
    await one.world.until("running");
    one.world.violated?.([ONE]);
    one.end({});
    const outcome = await one.outcome;
    expect(outcome).toMatchObject({ violations: [ONE] });
    expect(exitCodeOf(outcome)).toBe(76);
    expect(one.violations).toEqual([ONE]);
  });

  it("ends the scan where it can't be recorded", async () => {
    const one = new Scan();
    await one.world.until("running");
    one.world.storeFails = Object.assign(new Error("the trail is full"), { code: "store-full" });
    one.world.violated?.([ONE]);
    await expect(one.outcome).rejects.toThrow("the trail is full");
    expect(one.world.said).toEqual([]);
    expect(one.violations).toEqual([]);
  });
});
