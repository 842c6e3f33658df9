// Limits, windows and profiles through the whole pipeline, with the real store: what is counted is what was granted,
// and two scans at the same moment never both take the last place.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Effects } from "../../src/effects.ts";
import { check, file, run, scan } from "../../src/pipeline.ts";
import { openStore, type OpenedStore } from "../../src/store/store.ts";
import { againWords } from "../../src/cli/again-words.ts";
import { outcomeLines } from "../../src/cli/outcome-lines.ts";
import { World } from "./world.ts";

let folder: string;
let store: OpenedStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jit-nmap-limits-"));
  store = openStore(join(folder, "trail.db"));
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const allow = (more: string): string =>
  `version: 1\ntimezone: Europe/Berlin\nwindows: { noon: { days: sun, hours: "12:00-13:05" } }\nprofiles: { quick: -sL }\nrules:\n  - { name: a, effect: allow, ${more} }\n`;

const withStore = (world: World): Effects => ({ ...world.effects, store });

test("a rule that has had its runs denies the next, until the time has slid on", async () => {
  const world = new World(allow("limits: { runs: 2/hour }"));
  const fx = withStore(world);
  const outcomes: string[] = [];
  for (let at = 0; at < 3; at++) outcomes.push((await scan(world.ask("-sL 10.20.0.1"), {}, fx)).kind);
  world.pass(3601);
  outcomes.push((await scan(world.ask("-sL 10.20.0.1"), {}, fx)).kind);
  expect(outcomes).toEqual(["ran", "ran", "denied", "ran"]);
});

test("of many scans at the same moment only as many are granted as there are places", async () => {
  const world = new World(allow("limits: { runs: 3/hour }"));
  const fx = withStore(world);
  const filed = await Promise.all(Array.from({ length: 8 }, () => file(world.ask("-sL 10.20.0.1"), fx)));
  const kinds = filed.map(({ kind }) => kind).sort();
  expect(kinds).toEqual([...Array<string>(5).fill("denied"), ...Array<string>(3).fill("opened")]);
});

test("what was reserved can be run, once it is under way it counts, and what lapsed counts for nothing", async () => {
  const world = new World(allow("limits: { concurrent: 1 }"));
  const fx = withStore(world);
  const opened = await file(world.ask("-sL 10.20.0.1"), fx);
  if (opened.kind !== "opened") throw new Error(opened.kind);
  expect((await file(world.ask("-sL 10.20.0.2"), fx)).kind).toBe("denied");
  expect((await run(opened.request.id, fx)).kind).toBe("ran");
  const next = await file(world.ask("-sL 10.20.0.2"), fx);
  expect(next.kind).toBe("opened");
  world.pass(3601);
  expect((await file(world.ask("-sL 10.20.0.3"), fx)).kind).toBe("opened");
});

test("a target that was scanned rests, another does not", async () => {
  const world = new World(allow("limits: { cool-down: 1h }"));
  const fx = withStore(world);
  const kinds: string[] = [];
  for (const target of ["10.20.0.1", "10.20.0.0/30", "10.20.1.0/30"]) {
    kinds.push((await scan(world.ask(`-sL ${target}`), {}, fx)).kind);
  }
  expect(kinds).toEqual(["ran", "denied", "ran"]);
});

test("a session's time box ends with the window, also where it is run later than it was allowed", async () => {
  // The world's clock stands at 13:00 in Berlin, a Sunday.
  const world = new World(allow("during: [noon], ttl: 30m"));
  const fx = withStore(world);
  const opened = await file(world.ask("-sL 10.20.0.1"), fx);
  if (opened.kind !== "opened") throw new Error(opened.kind);
  expect(opened.request.obligations).toMatchObject({ ttlSeconds: 300 });
  world.pass(120);
  expect((await run(opened.request.id, fx)).kind).toBe("ran");
  expect(world.launched.map(({ ttlSeconds }) => ttlSeconds)).toEqual([180]);
  world.pass(180);
  expect((await scan(world.ask("-sL 10.20.0.1"), {}, fx)).kind).toBe("denied");
});

test("a profile is expanded before the line is read, and the trail keeps what was typed", async () => {
  const world = new World(allow("profiles: [quick]"));
  const fx = withStore(world);
  expect((await scan(world.ask("@quick 10.20.0.1"), {}, fx)).kind).toBe("ran");
  expect((await scan(world.ask("-sL 10.20.0.1"), {}, fx)).kind).toBe("denied");
  expect(await check(world.ask("@quik 10.20.0.1"), fx)).toMatchObject({
    kind: "not-understood",
    problem: { hint: "did you mean @quick?" },
  });
  const opened = (await store.events({})).find(({ type }) => type === "request.opened");
  expect(opened?.data).toMatchObject({ typed: ["@quick", "10.20.0.1"] });
});

test("votes weaker than a rule counts are not asked for", async () => {
  const world = new World(
    "version: 1\npeople: { leads: [carol, dave] }\nrules:\n  - { name: a, effect: ask, ask: { votes: { leads: 1 } }, strength: signed }\n",
  );
  expect(await file(world.ask("-sL 10.20.0.1"), withStore(world))).toMatchObject({
    kind: "unavailable",
    problem: { code: "votes-too-weak" },
  });
});

test("a denial by a limit says from when on there is room again", async () => {
  const world = new World(allow("limits: { runs: 1/hour }"));
  const fx = withStore(world);
  await scan(world.ask("-sL 10.20.0.1"), {}, fx);
  const first = fx.clock.now();
  world.pass(600);
  const denied = await scan(world.ask("-sL 10.20.0.1"), {}, fx);
  if (denied.kind !== "denied") throw new Error(denied.kind);
  expect(denied.judged?.again).toEqual({ from: first + 3_600_000, effect: "allow" });
  const lines = outcomeLines(denied, true).join("\n");
  // Why the rule that is for these hosts does not take them stands there too.
  expect(lines).toContain("rule a (test.yaml:6): 1 run in the last 1h already; the rule takes 1 run");
  expect(lines).toContain(againWords({ from: first + 3_600_000, effect: "allow" }));
});

test("where a profile alone is let through, it is suggested, on the targets that it may have, and works", async () => {
  const world = new World(`version: 1
profiles: { list: "-sL -n", other: "-sL --max-retries 1" }
rules:
  - { name: a, effect: allow, profiles: [list], targets: [10.20.0.0/24] }
`);
  const fx = withStore(world);
  const tried = async (line: string): Promise<string | undefined> => {
    const judged = await check(world.ask(line), fx);
    if (judged.kind !== "judged") throw new Error(judged.kind);
    expect(judged.decision.effect).toBe("deny");
    const words = judged.tryInstead?.join(" ");
    if (words !== undefined) expect(await check(world.ask(words), fx)).toMatchObject({ decision: { effect: "allow" } });
    return words;
  };
  expect(await tried("@list 10.20.0.1 10.99.0.1")).toBe("@list 10.20.0.1");
  expect(await tried("-sL 10.20.0.0/23")).toBe("@list 10.20.0.0/24");
  expect(await tried("@other 10.20.0.7")).toBe("@list 10.20.0.7");
  // It does more than was asked, or reaches nobody who was asked about.
  expect(await tried("-sL 10.99.0.1")).toBeUndefined();
  expect(await tried("-sn 10.20.0.1")).toBeUndefined();
});
