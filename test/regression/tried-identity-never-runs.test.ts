// CVE-2025-32462: sudo's `-h HOST`, meant for listing what rules allow elsewhere, also chose the rules of a run. What
// `policy explain` supposes (who, when, under which policy) must have no way into anything that runs or records.
import { expect, expectTypeOf, test } from "vitest";
import type { open } from "../../src/broker/requests.ts";
import type { Trial } from "../../src/broker/trial.ts";
import { takeOwnOptions } from "../../src/cli/own-options.ts";
import { readOptions } from "../../src/core/plan/read-options.ts";
import { explain, type file, scan } from "../../src/pipeline.ts";
import { bob, policyOf, World } from "../pipeline/world.ts";

const text = `version: 1
rules:
  - { name: carols, effect: allow, requesters: [carol], targets: [10.0.0.0/8] }
`;
const carol = { name: "carol", uid: 1003, groups: [] };
const line = { words: ["-sL", "10.0.0.1"], cwd: "/" };

async function explainedTo(world: World) {
  const policy = policyOf(text);
  if (!policy.ok) throw new Error("unreadable");
  return explain(line, { as: carol, at: 0, policy: policy.value }, world.effects);
}

test("an explanation for somebody else records nothing and starts nothing", async () => {
  const world = new World(text);
  const answer = await explainedTo(world);
  expect(answer).toMatchObject({ kind: "trial", as: { name: "carol" }, decision: { effect: "allow" } });
  expect([world.events, world.launched, world.requests.size, world.order]).toEqual([[], [], 0, []]);
});

test("after an explanation for somebody else, the scan is judged as asked by the one who asks", async () => {
  const world = new World(text);
  await explainedTo(world);
  const outcome = await scan({ ...line, requester: bob }, {}, world.effects);
  expect(outcome.kind).toBe("denied");
  expect(world.launched).toEqual([]);
  expect(world.only.requester.name).toBe("bob");
});

test("the answer of an explanation is nothing that a request could be opened from", async () => {
  expectTypeOf<Trial>().not.toExtend<Parameters<typeof open>[0]>();
  expectTypeOf<Trial>().not.toExtend<Parameters<typeof file>[0]>();
  expect(await explainedTo(new World(text))).not.toHaveProperty("ask");
});

test.each(["--as", "--at", "--policy", "--as=carol", "--at=2026-11-23T10:00", "--policy=p.yaml"])(
  "%s is no option of a scan, wherever it stands",
  (option) => {
    for (const words of [
      [option, "carol", "-sL", "10.0.0.1"],
      ["-sL", option, "carol", "10.0.0.1"],
    ]) {
      const taken = takeOwnOptions(words);
      expect(taken.ok && readOptions(taken.value.words).ok).toBe(false);
    }
  },
);

test.each(["--jit-as", "--jit-at", "--jit-policy"])("%s does not exist", (option) => {
  expect(takeOwnOptions([option, "carol", "-sL", "10.0.0.1"]).ok).toBe(false);
});
