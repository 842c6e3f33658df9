// What this machine's ceiling does not allow, of the whole command: nobody is asked about it.
import { describe, expect, it } from "vitest";
import { parseCeiling } from "../../src/core/confinement/ceiling.ts";
import { check, file } from "../../src/pipeline.ts";
import { policyOf, World } from "./world.ts";

const ask = `version: 1
people: { leads: [carol] }
approvers: { desk: { type: prompt } }
rules:
  - { name: asks, effect: ask, may: anything, ask: { votes: { leads: 1 } }, ttl: 10m }
`;

function worldUnder(ceiling: object): World {
  const world = new World(ask);
  const read = parseCeiling(JSON.stringify(ceiling));
  if (!read.ok) throw new Error(read.error);
  const held = { level: "enforced", longestSeconds: 604_800, ceiling: read.value } as const;
  world.effects.runner.level = () => Promise.resolve(held);
  return world;
}

describe("a scan above this machine's ceiling", () => {
  it.each([
    ["of another kind", { kinds: ["ping"] }, "it is a scan of the kind connect"],
    ["of addresses outside its networks", { networks: ["10.1.0.0/16"] }, "it reaches addresses outside its networks"],
    ["in a longer time box", { ttlSeconds: 60 }, "its time box is 600 s, and 60 s is the longest"],
  ])("%s is refused when it is judged, so that nobody votes on what can't run", async (_, ceiling, because) => {
    const world = worldUnder(ceiling);
    const refused = { kind: "misconfigured", problems: [{ code: "above-ceiling" }] };
    const answer = await check(world.ask("-sT -p 1 10.0.0.1"), world.effects);
    expect(answer).toMatchObject(refused);
    expect(JSON.stringify(answer)).toContain(because);
    expect(await file(world.ask("-sT -p 1 10.0.0.1"), world.effects)).toMatchObject(refused);
    expect(world.events).toEqual([]);
  });

  it("is denied where policy denies it", async () => {
    const world = worldUnder({ kinds: ["ping"] });
    world.policy = policyOf("version: 1\n");
    const denied = { kind: "judged", decision: { effect: "deny" } };
    expect(await check(world.ask("-sT -p 1 10.0.0.1"), world.effects)).toMatchObject(denied);
  });

  it("may be asked for in a shorter box", async () => {
    const world = worldUnder({ ttlSeconds: 60, networks: ["10.0.0.0/8"], kinds: ["connect"] });
    const shorter = { ...world.ask("-sT -p 1 10.0.0.1"), ttlSeconds: 60 };
    expect(await check(shorter, world.effects)).toMatchObject({ kind: "judged", decision: { effect: "ask" } });
  });
});
