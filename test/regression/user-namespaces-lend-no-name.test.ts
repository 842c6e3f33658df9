// `unshare --map-user` lets anybody be any number: in a user namespace the program took the login of that number, and
// so a requester asked, and voted, as somebody else. The name there is the number outside, which no policy names.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { castVote } from "../../src/broker/votes.ts";
import { file } from "../../src/pipeline.ts";
import { policyOf, World } from "../pipeline/world.ts";

const ask = `const { findIdentity } = await import(process.argv[1]); console.log(JSON.stringify(findIdentity()));`;
const module = join(import.meta.dirname, "../../src/facts/requester.ts");
const node = [process.execPath, "--input-type=module", "-e", ask, module];
const mayUnshare = spawnSync("unshare", ["--map-user=5", "true"]).status === 0;

test.runIf(mayUnshare).each([["--map-user=5"], ["--map-root-user"], ["--map-current-user"]])(
  "with %s the requester is the uid outside, by number and in no group",
  (option) => {
    const env = { PATH: "/usr/bin:/bin", SUDO_UID: "5", HOME: "/somewhere" };
    const identity: unknown = JSON.parse(execFileSync("unshare", [option, ...node], { encoding: "utf8", env }));
    const uid = process.getuid?.();
    expect(identity).toMatchObject({
      name: `#${uid}`,
      uid,
      groups: [],
      home: "/somewhere",
      bySudo: false,
      unknown: "name",
    });
  },
);

test.runIf(mayUnshare)("a uid that the namespace does not map is nobody's", () => {
  const identity: unknown = JSON.parse(execFileSync("unshare", ["--user", ...node], { encoding: "utf8" }));
  expect(identity).toMatchObject({ name: "#65534", groups: [], unknown: "name" });
});

test("an account without a name has no vote, and no policy can give it one", async () => {
  const world = new World(`version: 1
people: { leads: [carol] }
approvers: { desk: { type: prompt } }
rules:
  - { name: lab, targets: [10.0.0.0/8], effect: ask, ttl: 5m, ask: { votes: { leads: 1 }, via: [desk], answer-within: 30m, start-within: 10m } }
`);
  const opened = await file(world.ask("-sL 10.0.0.1"), world.effects);
  expect(opened).toMatchObject({ kind: "opened" });
  const { id, digest } = world.only;
  const ballot = {
    request: id,
    digest,
    voter: "#1234",
    answer: "approve",
    strength: "asserted",
    via: "command",
  } as const;
  const refused = { code: "not-entitled", message: expect.stringContaining("no login") as string };
  expect(await castVote(ballot, world.effects)).toMatchObject({ kind: "refused", problem: refused });
  expect(world.only.state).toBe("pending");
  expect(policyOf('version: 1\npeople: { leads: ["#1234"] }\n').ok).toBe(false);
});
