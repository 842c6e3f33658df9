// The past under another policy: requests are read from events as the pipeline writes them.
import { expect, test } from "vitest";
import { gatheredFrom, PastRequests, replay } from "../../../src/core/analytics/replay.ts";
import type { AuditEvent } from "../../../src/core/audit/event.ts";
import { file, scan } from "../../../src/pipeline.ts";
import { policyOf, World } from "../../pipeline/world.ts";

const rules = (text: string) => `version: 1
people: { leads: [carol, dave] }
approvers: { desk: { type: prompt } }
rules:
${text}`;

const before = rules(`  - { name: lab, effect: allow, targets: [10.0.0.0/24], ttl: 10m }
  - { name: more, effect: ask, targets: [10.0.0.0/16], ask: { votes: { leads: 1 } } }
`);

async function past(...lines: readonly string[]): Promise<readonly AuditEvent[]> {
  const world = new World(before);
  for (const words of lines) {
    await file(world.ask(words), world.effects);
    world.pass(60);
  }
  return world.events;
}

function replayed(events: readonly AuditEvent[], policy: string, since = 0) {
  const gathered = new PastRequests(since);
  for (const event of events) gathered.add(event);
  const parsed = policyOf(policy);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return replay(gathered.requests, parsed.value);
}

const lines = ["-sL 10.0.0.1", "-sL 10.0.1.1", "-sL 192.0.2.1"];

test("the same policy changes nothing", async () => {
  const all = replayed(await past(...lines), before);
  expect(all.map(({ request, changes }) => [request.then.effect, changes])).toEqual([
    ["allow", []],
    ["ask", []],
    ["deny", []],
  ]);
});

test("says from what to what, and by which rules", async () => {
  const after = rules(`  - { name: no, effect: deny, targets: [10.0.0.1] }
  - { name: yes, effect: allow, targets: [192.0.2.0/24] }
`);
  const all = replayed(await past(...lines), after);
  expect(all.map(({ request, now }) => [request.typed.at(-1), request.then.effect, now?.effect, now?.rules])).toEqual([
    ["10.0.0.1", "allow", "deny", ["no"]],
    ["10.0.1.1", "ask", "deny", []],
    ["192.0.2.1", "deny", "allow", ["yes"]],
  ]);
});

test("another time box or another demand is a change too, another name or order of rules is none", async () => {
  const shorter = before.replace("ttl: 10m", "ttl: 5m").replace("leads: 1", "leads: 2");
  expect(replayed(await past(...lines), shorter).map(({ changes }) => changes)).toEqual([
    ["obligations"],
    ["requires"],
    [],
  ]);
  const renamed = before.replace("name: more", "name: other");
  expect(replayed(await past(...lines), renamed).flatMap(({ changes }) => changes)).toEqual([]);
});

test.each([
  ["votes must be signed", "ask: { votes: { leads: 1 } }, strength: signed", "requires"],
  ["the glass may be broken", "ask: { votes: { leads: 1 } }, break-glass: { ttl: 5m, alert: [desk] }", "requires"],
  ["a violation ends it", "ask: { votes: { leads: 1 } }, on-violation: end", "obligations"],
  ["there is a limit", "ask: { votes: { leads: 1 } }, limits: { runs: 5/hour }", "obligations"],
  ["people are told", "ask: { votes: { leads: 1 } }, notify: { on: [ended], via: [desk] }", "obligations"],
])("that %s is a change", async (_, more, change) => {
  const after = before.replace("ask: { votes: { leads: 1 } }", more);
  expect(replayed(await past("-sL 10.0.1.1"), after).map(({ changes }) => changes)).toEqual([[change]]);
});

test("is judged as asked then, by whom it was asked", async () => {
  const bobs = rules(`  - { name: bobs, effect: allow, requesters: [bob], targets: [10.0.0.0/8] }
  - { name: netops, effect: ask, requesters: ["group:netops"], targets: [192.0.2.0/24], ask: { votes: { leads: 1 } } }
`);
  expect(replayed(await past(...lines), bobs).map(({ now }) => now?.effect)).toEqual(["allow", "allow", "ask"]);
});

test("leaves out what is older", async () => {
  const events = await past(...lines);
  const second = Date.parse(
    events.find(({ type, request }) => type === "request.opened" && request !== events[0]?.request)?.time ?? "",
  );
  expect(replayed(events, before, second).map(({ request }) => request.typed.at(-1))).toEqual([
    "10.0.1.1",
    "192.0.2.1",
  ]);
});

test("a plan that this program can't read is told, not guessed", async () => {
  const events = (await past("-sL 10.0.0.1")).map((event) =>
    event.type === "request.opened"
      ? { ...event, data: { ...event.data, plan: { ...event.data.plan, schema: 9 as 1 } } }
      : event,
  );
  expect(replayed(events, before)).toMatchObject([{ now: undefined, changes: ["unreadable"] }]);
});

async function ran(minutesBetween: number, policy: string, ...words: readonly string[]): Promise<World> {
  const world = new World(policy);
  for (const line of words) {
    await scan(world.ask(line), {}, world.effects);
    world.pass(minutesBetween * 60);
  }
  return world;
}

const limited = (limits: string): string =>
  rules(`  - { name: new, effect: allow, targets: [10.0.0.0/8], limits: { ${limits} } }\n`);

const effects = (all: ReturnType<typeof replayed>) => all.map(({ now }) => now?.effect);

test("limits count what ran before, under the rules that let it through now", async () => {
  const { events } = await ran(20, before, "-sL 10.0.0.1", "-sL 10.0.0.2", "-sL 10.0.0.3", "-sL 10.0.0.4");
  expect(effects(replayed(events, limited("runs: 2/hour")))).toEqual(["allow", "allow", "deny", "allow"]);
  expect(effects(replayed(events, limited("concurrent: 1")))).toEqual(["allow", "allow", "allow", "allow"]);
  const again = await ran(20, before, "-sL 10.0.0.1", "-sL 10.0.0.2", "-sL 10.0.0.1");
  expect(effects(replayed(again.events, limited("cool-down: 1h")))).toEqual(["allow", "allow", "deny"]);
});

test("what was reserved counts, what lapsed counts for nothing", async () => {
  const events = await past("-sL 10.0.0.1", "-sL 10.0.0.2");
  expect(effects(replayed(events, limited("concurrent: 1")))).toEqual(["allow", "deny"]);
  const world = new World(before);
  await file(world.ask("-sL 10.0.0.1"), world.effects);
  world.pass(7200);
  await file(world.ask("-sL 10.0.0.2"), world.effects);
  expect(effects(replayed(world.events, limited("runs: 1/day")))).toEqual(["allow", "allow"]);
});

test("what was denied then and would have run at once counts, what people would be asked about does not", async () => {
  const strict = rules("  - { name: none, effect: deny, targets: [10.0.0.0/8] }\n");
  const { events } = await ran(20, strict, "-sL 10.0.0.1", "-sL 10.0.0.2", "-sL 10.0.0.3", "-sL 10.0.0.4");
  expect(effects(replayed(events, limited("runs: 2/hour")))).toEqual(["allow", "allow", "deny", "allow"]);
  expect(effects(replayed(events, limited("concurrent: 1")))).toEqual(["allow", "allow", "allow", "allow"]);
  expect(effects(replayed(events, limited("runs: 2/hour").replace("allow", "confirm")))).toEqual(
    Array<string>(4).fill("confirm"),
  );
  // A scan of an hour and more is still under way twenty minutes later.
  const long = await ran(20, strict, "-sT -T1 -p 1-1000 10.0.0.1", "-sT -T1 -p 1-1000 10.0.0.2");
  expect(effects(replayed(long.events, limited("concurrent: 1").replace("limits:", "ttl: 1h, limits:")))).toEqual([
    "allow",
    "deny",
  ]);
});

test("the policy that judged it then says the same again, limits and profiles included", async () => {
  const policy = `version: 1
profiles: { quick: -sL }
rules:
  - { name: few, effect: allow, requesters: [bob], profiles: [quick], targets: [10.0.0.0/8], limits: { runs: 2/hour, concurrent: 1 } }
`;
  const world = await ran(10, policy, "@quick 10.0.0.1", "-sL 10.0.0.1", "@quick 10.0.0.2", "@quick 10.0.0.3");
  const all = replayed(world.events, policy);
  expect(effects(all)).toEqual(["allow", "deny", "allow", "deny"]);
  expect(all.flatMap(({ changes }) => changes)).toEqual([]);
});

test("what was opened before the time that is looked at still counts towards limits", async () => {
  const { events } = await ran(20, before, "-sL 10.0.0.1", "-sL 10.0.0.2");
  const policy = policyOf(limited("runs: 1/hour"));
  if (!policy.ok) throw new Error("a mistake");
  const since = Date.parse(events.at(-1)?.time ?? "") - 60_000;
  const gathered = new PastRequests(gatheredFrom(policy.value, since));
  for (const event of events) gathered.add(event);
  expect(effects(replay(gathered.requests, policy.value, { since }))).toEqual(["deny"]);
});

test("rules that require enforced sessions are judged by what holds sessions here", async () => {
  const { events } = await ran(20, before, "-sL 10.0.0.1");
  const policy = policyOf(rules("  - { name: held, effect: allow, enforcement: required }\n"));
  if (!policy.ok) throw new Error("a mistake");
  const gathered = new PastRequests(0);
  for (const event of events) gathered.add(event);
  expect(effects(replay(gathered.requests, policy.value, { level: "enforced" }))).toEqual(["allow"]);
  expect(effects(replay(gathered.requests, policy.value))).toEqual(["deny"]);
});
