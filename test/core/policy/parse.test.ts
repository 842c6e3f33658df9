// Reading policies: what a mistake is told as, and that nothing reads otherwise than it looks.
import { describe, expect, test } from "vitest";
import { parsePolicy } from "../../../src/core/policy/parse.ts";
import type { Policy } from "../../../src/core/policy/policy.ts";
import type { Problem, Result } from "../../../src/core/result.ts";
import { AddressSet } from "../../../src/core/sets/address-set.ts";

const given = { origin: "policies", networkFiles: new Map<string, string>(), attached: AddressSet.empty };
const parse = (text: string, files = given.networkFiles): Result<Policy, readonly Problem[]> =>
  parsePolicy([{ name: "p.yaml", text }], { ...given, networkFiles: files });

function policy(text: string, files?: Map<string, string>): Policy {
  const result = parse(text, files);
  if (!result.ok) throw new Error(JSON.stringify(result.error, undefined, 2));
  return result.value;
}

function problems(text: string): readonly Problem[] {
  const result = parse(text);
  return result.ok ? [] : result.error;
}

/** "line:column message | hint" */
const told = (text: string): readonly string[] =>
  problems(text).map(
    ({ at, message, hint }) =>
      `${at?.line ?? 0}:${at?.column ?? 0} ${message}${hint === undefined ? "" : ` | ${hint}`}`,
  );

const rule = (more: string): string => `version: 1\nrules:\n  - name: a\n    effect: allow\n${more}`;

test("the smallest policy has no rule, and the words of its files identify it", () => {
  const empty = policy("version: 1\n");
  expect(empty.rules).toEqual([]);
  expect(empty.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(policy("version: 1 \n").digest).not.toBe(empty.digest);
});

test("reads every key that this version enforces", () => {
  const read = policy(
    `
version: 1
timezone: Europe/Berlin
contact: security@corp.example
defaults: { ttl: 5m }
people:
  engineers: [alice, bob, "group:netops", "service:ci"]
  leads:
    carol: { mail: carol@corp.example, keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILcJytptfrPRDK9d4ynE65hoOkYcFUWTVT0FJZGrzakh carol"] }
    dave: { mail: dave@corp.example }
networks:
  lab: [10.20.0.0/16, "2001:db8:20::/48", 10.9.9.1-10.9.9.3]
  hq: { file: hq-networks.txt }
approvers:
  desk: { type: prompt }
rules:
  - name: lab-web
    effect: ask
    requesters: [engineers, erin]
    targets: [lab, hq, 10.0.0.1]
    ports: [22, "80-90", tcp/443, "udp/53,161"]
    may: { techniques: [syn], features: [service-version], scripts: { categories: [version], names: ["http-*"], never: [http-brute] } }
    other-ports: true
    on-touch: true
    timing: { max-template: 4 }
    enforce: { max-rate: 500 }
    reason: { min-length: 10, pattern: "(CHG|INC)-[0-9]+" }
    ask: { votes: { leads: 1 }, via: [desk], answer-within: 30m, start-within: 1h }
    ttl: 1h30m
    unless: { requesters: [carol] }
  - name: never
    effect: deny
    message: no
  - name: default-ttl
    effect: confirm
`,
    new Map([["hq-networks.txt", "# hq\n10.7.0.0/24\n2001:db8:7::/64 # v6\n\n10.8.0.1-10.8.0.9\r\n"]]),
  );
  const [first, , third] = read.rules;
  expect(first).toMatchObject({
    name: "lab-web",
    at: { file: "p.yaml", line: 17 },
    effect: "ask",
    onTouch: true,
    otherPorts: true,
    timing: { maxTemplate: 4 },
    enforce: { maxRate: 500 },
    ttlSeconds: 5400,
    ask: { via: ["desk"], answerWithinSeconds: 1800, startWithinSeconds: 3600, reason: { minLength: 10 } },
  });
  expect(first?.targets?.set.toText()).toEqual([
    "10.0.0.1",
    "10.7.0.0-10.7.0.255",
    "10.8.0.1-10.8.0.9",
    "10.9.9.1-10.9.9.3",
    "10.20.0.0-10.20.255.255",
    "2001:db8:7::-2001:db8:7:0:ffff:ffff:ffff:ffff",
    "2001:db8:20::-2001:db8:20:ffff:ffff:ffff:ffff:ffff",
  ]);
  expect(first?.ports?.set.toText("tcp")).toBe("22,80-90,443");
  expect(first?.ports?.set.toText("udp")).toBe("22,53,80-90,161");
  expect(first?.requesters?.logins).toEqual(new Set(["alice", "bob", "erin"]));
  expect(first?.requesters?.groups).toEqual(new Set(["netops"]));
  expect(third).toMatchObject({ effect: "confirm", ttlSeconds: 300 });
  expect(read.contacts.get("dave")).toEqual({ mail: "dave@corp.example", keys: [] });
});

describe("says where the mistake is and what was probably meant", () => {
  test.each([
    ["version: 1\nruls: []\n", ['2:1 unknown key "ruls" | did you mean "rules"?']],
    ["rules: []\n", ["1:1 version is missing | a policy file says version: 1, the only one there is"]],
    ["version: 2\n", ["1:10 a policy file says version: 1, the only one there is"]],
    ["", ["1:1 the file is empty | a policy file begins with version: 1"]],
    ["# nothing\n", ["1:1 the file is empty | a policy file begins with version: 1"]],
    ["just words\n", ["1:1 a mapping of keys to values is wanted here"]],
    [
      "version: 1\npeople: { carol: { mail: carol@corp.example } }\n",
      [
        "2:26 how a person is reached is wanted here, such as { mail: carol@corp.example } | people has sets first, and logins in them: people: { leads: { carol: { mail: … } } }",
      ],
    ],
    ["version: 1\nrules: {}\n", ["2:8 a list of rules is wanted here, each beginning with - name:"]],
    [
      "version: 1\nrules:\n  - name: a\n    effect: alow\n",
      ["4:13 a rule has an effect: deny, ask, confirm or allow | did you mean allow?"],
    ],
    [rule("    targts: [10.0.0.1]\n"), ['5:5 unknown key "targts" | did you mean "targets"?']],
    [rule("    targets: []\n"), ["5:14 an empty list names nothing; leave the key out or name something"]],
    [rule("    targets:\n"), ["5:5 a list is wanted here, such as [one, two]"]],
    [rule("    targets: [lob]\n"), ["5:15 no network is called lob | define it under networks, or write addresses"]],
    [rule("    targets: [atached]\n"), ["5:15 no network is called atached | did you mean attached?"]],
    [
      rule("    targets: [10.0.0.1/8]\n"),
      ["5:15 the address has bits set behind the prefix | write 10.0.0.0/8, or the address alone"],
    ],
    [
      rule("    targets: [010.0.0.1]\n"),
      ["5:15 this is not an address, a network such as 10.0.0.0/8, or a range such as 10.0.0.1-10.0.0.9"],
    ],
    [
      rule("    ports: [70000]\n"),
      ['5:13 70000 names no ports | write 22, "80-90", tcp/22 or "udp/53,161", numbers from 0 to 65535'],
    ],
    [
      rule('    ports: ["90-80"]\n'),
      ['5:13 "90-80" names no ports | write 22, "80-90", tcp/22 or "udp/53,161", numbers from 0 to 65535'],
    ],
    [
      rule("    ports: [022]\n"),
      [
        '5:13 "022" could be read as more than one number | write whole numbers in plain decimals, or quote it if it is text: "022"',
      ],
    ],
    [
      rule("    ports: [1.10]\n"),
      [
        '5:13 "1.10" could be read as more than one number | write whole numbers in plain decimals, or quote it if it is text: "1.10"',
      ],
    ],
    [rule("    ttl: 10\n"), ["5:10 a duration such as 90s, 15m or 1h30m, with its unit, is wanted here"]],
    [rule("    ttl: 0s\n"), ["5:10 A duration must be at least one second | Write it as 90s, 15m, 1h30m or 2d."]],
    [rule("    ttl: -5m\n"), ['5:10 "-5m" is not a duration | Write it as 90s, 15m, 1h30m or 2d.']],
    [rule("    enforce: { max-rate: 0 }\n"), ["5:26 at least 1: zero never means unlimited"]],
    [rule("    enforce: {}\n"), ["5:14 nothing to enforce is named"]],
    [
      rule("    may: { techniques: [sin] }\n"),
      [
        "5:25 a scan technique is one of list, ping, connect, syn, udp, ack, window, maimon, null, fin, xmas, sctp-init, sctp-cookie-echo, ip-protocol | did you mean syn?",
      ],
    ],
    [
      rule("    may: evrything\n"),
      [
        "5:10 may is ordinary, anything, or a list { techniques: […], features: […], scripts: … } | did you mean anything?",
      ],
    ],
    [rule("    may: {}\n"), ["5:10 an empty list names nothing"]],
    [
      rule("    unless: { requesters: [a] }\n"),
      [
        '5:5 the key "unless" has no meaning here | only deny, and ask with on-touch, have exceptions; a covering rule names less instead',
      ],
    ],
    [
      rule("    message: x\n"),
      ['5:5 the key "message" has no meaning here | only a rule with effect: deny has a message'],
    ],
    [rule("  - name: a\n    effect: allow\n"), ["5:5 the rule a is already defined at p.yaml:3"]],
    [
      "version: 1\nrules:\n  - { name: a, effect: deny, unless: {} }\n",
      ["3:38 an empty unless would spare nothing: name what is spared"],
    ],
    [
      "version: 1\nrules:\n  - { name: a, effect: ask, ask: { votes: {} } }\n",
      ["3:43 nobody is asked: name who votes, such as votes: { leads: 1 }"],
    ],
    [
      "version: 1\nrules:\n  - { name: a, effect: ask, ask: { votes: { leads: 0 } } }\n",
      ["3:52 at least 1: zero never means unlimited"],
    ],
    [
      "version: 1\nrules:\n  - { name: a, effect: ask }\n",
      ["3:5 ask is missing | who is asked is wanted here, such as ask: { votes: { leads: 1 } }"],
    ],
    [
      "version: 1\nrules:\n  - { name: a, effect: ask, ask: { votes: { l: 1 }, via: [dask] } }\napprovers: { desk: { type: prompt } }\n",
      ["3:59 the policy defines no approver dask | did you mean desk?"],
    ],
    [
      "version: 1\nrules:\n  - { name: a, effect: ask, ask: { votes: { l: 1 } }, reason: { pattern: '(' } }\n",
      ["3:74 this is no regular expression"],
    ],
    [
      "version: 1\ntimezone: Europe/Berln\n",
      ['2:11 "Europe/Berln" is no time zone | write an IANA name such as Europe/Berlin'],
    ],
    ["version: 1\npeople: { everyone: [a] }\n", ["2:11 everyone is built in: it can't be defined"]],
    [
      "version: 1\npeople: { carol: [bob], leads: [carol] }\n",
      ["2:33 carol is a set of people and can't be a login too | rename the set, or list its members"],
    ],
    ["version: 1\npeople: { a: [1001] }\n", ["2:15 a login, group:NAME or service:NAME is wanted here"]],
    [
      "version: 1\nnetworks: { attached: [10.0.0.1] }\n",
      ["2:13 attached is built in: the private networks of this machine"],
    ],
    [
      "version: 1\nnetworks: { hq: { file: ../hq.txt } }\n",
      ["2:25 the name of a file in the folder of the policy is wanted here"],
    ],
    [
      "version: 1\nnetworks: { hq: { file: hq.txt } }\n",
      [
        "2:25 the network file hq.txt can't be read | it must stand in the folder of the policy, as UTF-8 text that can be read",
      ],
    ],
    [
      "version: 1\nversion: 1\n",
      ["2:1 this key is written a second time: map keys must be unique | join the two, or take one out"],
    ],
    ["version: 1\n__proto__: {}\n", ["2:1 __proto__ can't be a key"]],
    ["version: 1\ncontact: !secret x\n", ["2:10 unresolved tag: !secret | policies have no tags (!…): leave it out"]],
    [
      "version: 1\ncontact: !!binary eA==\n",
      ["2:10 unresolved tag: tag:yaml.org,2002:binary | policies have no tags (!…): leave it out"],
    ],
    ["version: 1\n---\nversion: 1\n", ["2:1 a policy file is one document: nothing may follow after ---"]],
    [
      "%YAML 1.1\n---\nversion: 1\n",
      ["1:1 a %YAML directive would change how numbers and words read | leave it out: policies are YAML 1.2"],
    ],
    [
      "version: 1\nrules: [*a]\n",
      [
        '2:9 the alias *a stands for nothing, or for a part that contains it | where a text begins with *, write it in quotes: "*a"',
      ],
    ],
  ])("%j", (text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});

describe("what is no YAML is told in words for people who write policies", () => {
  test.each([
    ["version: 1\nrules: [{ name: a\n", "2:9 this { is opened and never closed | write } behind its last part"],
    ["version: 1\nrules: [\n  a,\n", "2:8 this [ is opened and never closed | write ] behind its last part"],
    ['version: 1\ncontact: "abc\n', '2:10 this quote is opened and never closed | write " behind the text'],
    ["version: 1\nrules\n", "2:1 a key needs a colon and a blank behind it"],
    ["version: 1\nrules:\n  - name: a\n    effect:allow\n", "4:5 a key needs a colon and a blank behind it"],
    ["version: 1\nrules:\n\t- name: a\n", "3:1 tabs are not allowed as indentation | indent with blanks"],
    ["version: 1\n rules: []\n", "1:10 a key stands where none can begin | indent each key as its neighbours are"],
    ["version: 1\ncontact: a: b\n", "2:10 a key stands where none can begin | indent each key as its neighbours are"],
    ["version: 1\nrules:\n  -name: a\n    effect: deny\n", "3:10 a key stands where none can begin"],
    [
      "version: 1\nrules: [{ name: a effect: deny }]\n",
      "2:17 a key stands where none can begin | inside { } and [ ] a comma",
    ],
    ["version: 1\n? [a]\n: b\n", "2:3 a key must be plain text"],
    ["version: 1\nrules: [{ name: a, effect: deny, targets: [*] }]\n", "2:44 an alias has no name | where * is text"],
    ["version: 1\rrules: []\r", "1:10 a key stands where none can begin"],
    ['version: 1\ncontact: "\\ud800"\n', "2:10 half a character (a lone surrogate) is no text"],
    [`version: 1\nx: ${"[".repeat(5000)}${"]".repeat(5000)}\n`, "this is nested too deeply"],
    [
      `version: 1\nx:\n${Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth + 1)}a:\n`).join("")}`,
      "this is nested too deeply",
    ],
  ])("%.80j", (text, words) => {
    const all = told(text);
    expect(all.length).toBeGreaterThan(0);
    expect(all[0]).toContain(words);
    // One slip, one sentence.
    expect(new Set(all.map((line) => line.split(" ")[0])).size).toBe(all.length);
  });
});

describe("one mistake hides no other", () => {
  const wrong = `    targets: [10.0.0.1/8, lab]
    targts: [x]
    ttl: 10
    during: [office]
    ports: [022, tpc/5]
`;
  const others = [
    "5:15 the address has bits set behind the prefix",
    "5:27 no network is called lab",
    '6:5 unknown key "targts"',
    "7:10 a duration such as",
    "8:14 the policy defines no window office",
    '9:13 "022" could be read as more than one number',
    '9:18 "tpc/5" names no ports',
  ];
  test.each([
    ["no other mistake", "    effect: allow\n", undefined],
    ["an effect with a slip", "    effect: alow\n", "4:13 a rule has an effect"],
    ["an effect that is nothing known", "    effect: maybe\n", "4:13 a rule has an effect"],
    ["an effect of another kind", "    effect: [allow]\n", "4:13 a rule has an effect"],
    ["a key effect with a slip", "    efect: allow\n", '4:5 unknown key "efect"'],
    [
      "a key of another effect",
      "    effect: allow # x\n    message: no\n",
      '5:5 the key "message" has no meaning here',
    ],
  ])("in a rule with %s", (_what, effect, own) => {
    const shift = effect.split("\n").length - 2;
    const expected = others.map((line) => line.replace(/^\d+/, (at) => String(Number(at) + shift)));
    const all = told(`version: 1\nrules:\n  - name: a\n${effect}${wrong}`);
    for (const words of own === undefined ? expected : [own, ...expected]) {
      expect(
        all.filter((line) => line.startsWith(words)),
        words,
      ).toHaveLength(1);
    }
    expect(all).toHaveLength(expected.length + (own === undefined ? 0 : 1));
  });

  test("an effect that is missing is guessed from the keys beside it, only to look at them", () => {
    const all = told(
      "version: 1\nrules:\n  - { name: a, reason: { min-lenght: 3 }, ask: { votes: { leads: 0 }, via: [desk] } }\n",
    );
    expect(all).toEqual([
      "3:5 effect is missing | a rule has an effect: deny, ask, confirm or allow",
      '3:26 unknown key "min-lenght" | did you mean "min-length"?',
      "3:66 at least 1: zero never means unlimited",
      "3:77 the policy defines no approver desk | defined: none",
    ]);
  });

  test("what stands one level deeper is said to, and what is left of a block is not called empty", () => {
    expect(told(rule("    hosts: 5\n"))).toEqual([
      '5:5 the key "hosts" has no meaning here | it stands in limits: { hosts: … }',
    ]);
    expect(told(rule("    enforce: { maxrate: 5 }\n"))).toEqual([
      '5:16 unknown key "maxrate" | did you mean "max-rate"?',
    ]);
    const window = 'version: 1\nwindows: { w: { from: "2026-12-20T00:00" } }\n';
    expect(told(window)).toEqual(['2:15 to is missing | a local time such as "2026-12-20T00:00" is wanted here']);
  });
});

test("shows the line with a caret under what is meant", () => {
  const [problem] = problems(rule("    targts: [10.0.0.1]\n"));
  expect(problem?.at?.excerpt).toBe("5 |     targts: [10.0.0.1]\n        ^^^^^^");
});

test("an excerpt shows control characters of the file without obeying them", () => {
  const [problem] = problems('version: 1\ncontact: "\u001b[31m"\nruls: []\n');
  expect(JSON.stringify(problems('version: 1\n"\u202eruls": []\n'))).not.toContain("\u202e");
  expect(problem?.at?.line).toBe(3);
});

test("lists several mistakes at once, of all files", () => {
  const result = parsePolicy(
    [
      { name: "a.yaml", text: "version: 1\nruls: []\nnetwoks: {}\n" },
      { name: "b.yaml", text: "version: 1\nrules: [{ name: x, effect: allow, ttl: 0s }]\n" },
      { name: "c.yaml", text: "a: [\n" },
    ],
    given,
  );
  expect(result.ok ? [] : result.error.map(({ at }) => `${at?.file ?? ""}:${at?.line ?? 0}`)).toEqual(
    expect.arrayContaining(["a.yaml:2", "a.yaml:3", "b.yaml:2", "c.yaml:1"]),
  );
});

test("several files are one policy, and a name defined twice is an error", () => {
  const a = { name: "a.yaml", text: "version: 1\nnetworks: { lab: [10.0.0.0/8] }\n" };
  const b = { name: "b.yaml", text: "version: 1\nrules: [{ name: r, effect: allow, targets: [lab] }]\n" };
  const merged = parsePolicy([a, b], given);
  expect(merged.ok && merged.value.rules[0]?.targets?.set.toText()).toEqual(["10.0.0.0-10.255.255.255"]);
  const twice = parsePolicy([a, { ...a, name: "c.yaml" }], given);
  expect(twice.ok ? "" : twice.error[0]?.message).toBe("the network lab is already defined at a.yaml:2");
});

describe("windows, limits, profiles and the other keys: what is wrong with them, and where", () => {
  const windows = (window: string): string => `version: 1\nwindows:\n  w: ${window}\n`;
  const limits = (limit: string): string => rule(`    limits: { ${limit} }\n`);
  test.each([
    [
      windows('{ days: mon-fri, hours: "25:00" }'),
      '3:30 "25:00" is no span of hours | write "09:00-18:00", or "22:00-06:00" over midnight; the latest time is 24:00',
    ],
    [
      windows('{ days: mon-fri, hours: "25:00-26:00" }'),
      '3:30 "25:00-26:00" is no span of hours | write "09:00-18:00", or "22:00-06:00" over midnight; the latest time is 24:00',
    ],
    [
      windows('{ days: mon-fri, hours: "09:00-09:00" }'),
      '3:30 "09:00-09:00" is no span of hours | write "09:00-18:00", or "22:00-06:00" over midnight; the latest time is 24:00',
    ],
    [windows("{ days: mo-fr }"), '3:14 "mo-fr" names no days | write mon-fri, or mon,wed,sat-sun'],
    [
      windows('{ from: "2026-02-30T00:00", to: "2026-03-01T00:00" }'),
      "3:14 2026-02-30T00:00 is a date or time that does not exist",
    ],
    [
      windows('{ from: "2026-03-01T00:00", to: "2026-03-01T00:00" }'),
      "3:38 the window ends before it begins: it would never be open",
    ],
    [
      windows("{ calendar: freezes }"),
      "3:18 no calendar is called freezes | define it under calendars: { NAME: { ics: FILE } }",
    ],
    [
      "version: 1\ntimezone: Europe/Berln\n",
      '2:11 "Europe/Berln" is no time zone | write an IANA name such as Europe/Berlin',
    ],
    ['version: 1\ntimezone: "+02:00"\n', '2:11 "+02:00" is no time zone | write an IANA name such as Europe/Berlin'],
    [
      `${windows("{ days: mon }")}rules: [{ name: a, effect: allow, during: [v] }]\n`,
      "4:44 the policy defines no window v | did you mean w?",
    ],
    [rule("    during: [office]\n"), "5:14 the policy defines no window office | defined: none"],
    [limits("runs: 0/hour"), "5:21 a rate such as 10/hour is wanted here"],
    [limits("runs: -1/hour"), "5:21 a rate such as 10/hour is wanted here"],
    [limits("runs: 10"), "5:21 a rate such as 10/hour is wanted here"],
    [limits("hosts: 0"), "5:22 at least 1: zero never means unlimited"],
    [limits("hosts: -5"), "5:22 at least 1: zero never means unlimited"],
    [limits("probes: 0"), "5:23 at least 1: zero never means unlimited"],
    [limits("probes: 0k"), "5:23 a number such as 5000, 20k or 1M/day is wanted here"],
    [limits("concurrent: 0"), "5:27 at least 1: zero never means unlimited"],
    [limits("cool-down: 0s"), "5:26 A duration must be at least one second | Write it as 90s, 15m, 1h30m or 2d."],
    [limits(""), "5:13 empty limits limit nothing"],
    [rule("    profiles: [web]\n"), "5:16 the policy defines no profile web | defined: none"],
    ["version: 1\nprofiles: { web: '-p 80 \"x' }\n", "2:18 a quote is opened and never closed"],
    [
      'version: 1\nprofiles: { web: "-iL hosts.txt" }\n',
      "2:18 -iL can't stand in a profile | neither other profiles, nor --, nor files, nor options of jit-nmap stand in a profile",
    ],
    [
      'version: 1\nprofiles: { web: "@other" }\n',
      "2:18 @other can't stand in a profile | neither other profiles, nor --, nor files, nor options of jit-nmap stand in a profile",
    ],
    ["version: 1\ndelegates: { carol: { to: carol, until: 2026-12-01 } }\n", "2:27 nobody votes in their own place"],
    [
      "version: 1\ndelegates: { carol: { to: dave, until: 2026-13-01 } }\n",
      '2:40 "2026-13-01" is no date | write 2026-12-01',
    ],
    [
      "version: 1\ndelegates: { leads: { to: dave, until: 2026-12-01 } }\npeople: { leads: [carol] }\n",
      "2:14 leads is no person: name a login here",
    ],
    [
      "version: 1\ncalendars: { freeze: { ics: freeze.ics } }\n",
      "2:29 the calendar freeze.ics can't be read | it must stand in the folder of the policy, as UTF-8 text that can be read",
    ],
    ["version: 1\napprovers: { soc: { type: webhook } }\n", "2:19 service is missing | text is wanted here"],
    [
      "version: 1\nrules: [{ name: a, effect: ask, ask: { votes: { l: 1 } }, strength: strong }]\n",
      "2:69 the strength of a vote is one of asserted, account, signed",
    ],
    [rule("    notify: { on: [started], via: [soc] }\n"), "5:36 the policy defines no approver soc | defined: none"],
    [
      "version: 1\nrules: [{ name: a, effect: ask, ask: { votes: { l: 1 } }, break-glass: { ttl: 5m, alert: [mail] } }]\n",
      "2:91 the policy defines no approver mail | defined: none",
    ],
  ])("%j", (text, expected) => {
    expect(told(text)).toEqual([expected]);
  });
});

test("a calendar that can't be read is told with its name", () => {
  const text = "version: 1\ncalendars: { freeze: { ics: freeze.ics } }\n";
  const result = parse(text, new Map([["freeze.ics", "BEGIN:VCALENDAR\r\nnonsense"]]));
  expect(result.ok ? [] : result.error.map(({ at, message }) => `${at?.file ?? ""}: ${message}`)).toEqual([
    'freeze.ics: this calendar can\'t be read: invalid line (no token ";" or ":") "nonsense"',
  ]);
});

test("anchors and aliases work, and an alias bomb is refused at once", () => {
  const read = policy(
    "version: 1\nrules:\n  - { name: a, effect: allow, targets: &t [10.0.0.1] }\n  - { name: b, effect: confirm, targets: *t }\n",
  );
  expect(read.rules[1]?.targets?.set.toText()).toEqual(["10.0.0.1"]);
  const letters = "a b c d e f g h i".split(" ");
  const bomb = letters.map((letter, index) => {
    const previous = letters[index - 1];
    return `${letter}: &${letter} [${Array(10)
      .fill(previous === undefined ? "x" : `*${previous}`)
      .join(", ")}]`;
  });
  // Of this process alone: how busy the machine is does not count.
  const started = process.cpuUsage();
  expect(problems(bomb.join("\n"))[0]?.message).toBe("the aliases of this file unfold to too much");
  expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
});

test("a network file reports its own lines", () => {
  const result = parse(
    "version: 1\nnetworks: { hq: { file: hq.txt } }\n",
    new Map([["hq.txt", "10.0.0.0/8\n10.0.0.1/8\n"]]),
  );
  expect(result.ok ? [] : result.error.map(({ at, message }) => [at?.file, at?.line, message])).toEqual([
    ["hq.txt", 2, "the address has bits set behind the prefix"],
  ]);
});

test("ports without a protocol mean every protocol, also the IP protocols that have the number", () => {
  const ports = policy(rule('    ports: [22, "250-300"]\n')).rules[0]?.ports?.set;
  expect((["tcp", "udp", "sctp", "protocol"] as const).map((protocol) => ports?.toText(protocol))).toEqual([
    "22,250-300",
    "22,250-300",
    "22,250-300",
    "22,250-255",
  ]);
});
