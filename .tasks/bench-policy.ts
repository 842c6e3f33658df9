// `node .tasks/bench-policy.ts`: how fast policy decides, and what ten thousand rules and a million networks cost at the
// start. Medians; ratios within one run hold where absolute times drift.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decide } from "../src/core/policy/decide.ts";
import type { Policy } from "../src/core/policy/policy.ts";
import { AddressSet, parseNetwork } from "../src/core/sets/address-set.ts";
import { PortSet } from "../src/core/sets/port-set.ts";
import type { ScanPlan } from "../src/core/plan/scan-plan.ts";
import { policyFiles } from "../src/facts/policy-files.ts";

const home = mkdtempSync(join(tmpdir(), "jit-nmap-bench-policy-"));
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function row(what: string, value: number, bar: string, holds: boolean): void {
  const shown = value >= 1000 ? Math.round(value).toLocaleString("en") : value.toFixed(2);
  console.log(`${what.padEnd(66)} ${shown.padStart(10)}   bar ${bar.padEnd(9)} ${holds ? "holds" : "MISSED"}`);
}

function write(name: string, rules: number, networks: number): string {
  const folder = join(home, name, "policies");
  mkdirSync(folder, { recursive: true });
  const lines = ["version: 1", "timezone: Europe/Berlin", 'windows: { work: { days: mon-fri, hours: "06:00-22:00" } }'];
  if (networks > 0) {
    lines.push("networks: { many: { file: many.txt } }");
    const list: string[] = [];
    // None joins its neighbour, and none has an address that ends in 1, 5 or 7: the longest walk there is.
    for (let at = 0; at < networks; at++) {
      const first = 0x0000_0040 + at * 3584;
      list.push(`${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}/26`);
    }
    writeFileSync(join(folder, "many.txt"), `${list.join("\n")}\n`);
  }
  lines.push("rules:");
  for (let at = 0; at < rules; at++) {
    lines.push(
      `  - { name: r${at}, effect: ${at % 10 === 9 ? "deny" : "allow"}, targets: [10.${at >> 8}.${at & 255}.0/24], ports: [22, "80-90", 443], ${at % 10 === 9 ? "" : "requesters: [alice], "}during: [work] }`,
    );
  }
  if (networks > 0) lines.push("  - { name: never, effect: deny, targets: [many] }");
  lines.push("  - { name: own, effect: allow, targets: [127.0.0.0/8] }");
  writeFileSync(join(folder, "p.yaml"), `${lines.join("\n")}\n`);
  return folder;
}

/** A hundred rules whose networks all hold the address that is asked, told apart by person, ports, time and effect. */
function writeOverlapping(name: string): string {
  const folder = join(home, name, "policies");
  mkdirSync(folder, { recursive: true });
  const lines = [
    "version: 1",
    "timezone: Europe/Berlin",
    'windows: { work: { days: mon-fri, hours: "06:00-22:00" }, night: { days: mon-sun, hours: "22:00-06:00" } }',
    "people: { leads: [carol] }",
    "rules:",
  ];
  const effects = ["allow", "allow", "confirm", "ask", "deny"];
  for (let at = 0; at < 100; at++) {
    const effect = effects[at % effects.length] ?? "";
    const who = effect === "deny" ? "mallory" : (["alice", "bob", "group:netops", "erin"][at % 4] ?? "");
    const ports = [`${1000 + at}, 22, 80`, `"${at}-200", 443`, `tcp/${at}, udp/53`][at % 3] ?? "";
    const ask = effect === "ask" ? ", ask: { votes: { leads: 1 } }" : "";
    lines.push(
      `  - { name: r${at}, effect: ${effect}, requesters: ["${who}"], targets: [10.0.0.0/${8 + (at % 13)}, 192.168.${at}.0/24], ports: [${ports}], during: [${at % 3 === 0 ? "night" : "work"}]${ask} }`,
    );
  }
  writeFileSync(join(folder, "p.yaml"), `${lines.join("\n")}\n`);
  return folder;
}

const source = (folder: string) =>
  policyFiles({ candidates: [folder], cacheFile: `${folder}.compiled`, program: "bench" }, () => []);

async function load(folder: string): Promise<Policy> {
  const result = await source(folder).load();
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function network(text: string): AddressSet {
  const parsed = parseNetwork(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const plan = (targets: AddressSet): ScanPlan => ({
  nmap: { path: "/usr/bin/nmap", version: "7.93", binary: "" },
  family: 4,
  privileged: true,
  targets,
  names: [],
  techniques: ["syn"],
  ports: PortSet.of({
    tcp: [
      [22, 22],
      [80, 80],
    ],
  }),
  otherPorts: [],
  discovery: [],
  features: [],
  scripts: [],
  timing: { template: 3 },
  display: { verbosity: 0, debugging: 0, open: false, reason: false },
  outputs: [],
  estimate: { probes: 1, seconds: 1 },
});
const situation = { requester: { name: "alice", uid: 1, groups: [] }, now: Date.parse("2026-11-23T11:00Z") };

/** By the processor's time, garbage collection included: how busy the machine is with others does not count. */
function perSecond(body: () => void): number {
  for (let at = 0; at < 20_000; at++) body();
  const rates: number[] = [];
  for (let round = 0; round < 9; round++) {
    const start = process.cpuUsage();
    for (let at = 0; at < 5000; at++) body();
    const { user, system } = process.cpuUsage(start);
    rates.push(5e9 / (user + system));
  }
  return median(rates);
}

/** Milliseconds of the processor's time that a whole start of the built program takes, from the prompt to the answer. */
function startMs(folder: string): number {
  const program = join(import.meta.dirname, "../bin/jit-nmap");
  const line = `TIMEFORMAT='%3U %3S'; time '${program}' check -n -sL 127.0.0.1 >/dev/null`;
  const env = { PATH: "/usr/bin:/bin:/usr/sbin", JIT_NMAP_HOME: join(folder, ".."), LC_ALL: "C" };
  const done = spawnSync("bash", ["-c", line], { env, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`npm run build comes first: ${done.stderr}`);
  const [user = Number.NaN, system = Number.NaN] = (done.stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return (user + system) * 1000;
}

try {
  const asked = plan(network("10.0.3.0/28"));
  for (const [what, folder] of [
    ["100 rules with subnets, ports and times", write("hundred", 100, 0)],
    ["100 rules that all hold the address", writeOverlapping("overlapping")],
  ] as const) {
    const hundred = await load(folder);
    const rate = perSecond(() => decide(hundred, asked, situation));
    row(`decisions a second, ${what}`, rate, "100,000", rate >= 100_000);
    const told = perSecond(() => decide(hundred, asked, situation).explanation);
    row("the same with the explanation", told, "20,000", told >= 20_000);
  }

  const ten = write("ten", 10, 0);
  const large = write("large", 10_000, 1_000_000);
  for (const folder of [ten, large]) startMs(folder);
  const starts = { ten: [] as number[], large: [] as number[] };
  for (let round = 0; round < 15; round++) {
    starts.ten.push(startMs(ten));
    starts.large.push(startMs(large));
  }
  const ratio = median(starts.large.map((value, at) => value / (starts.ten[at] ?? Number.NaN)));
  row("start with 10,000 rules and 1,000,000 networks / with 10 rules", ratio, "1.2", ratio <= 1.2);

  const whole = await load(large);
  const octets = AddressSet.ofOctets([
    [[10, 10]],
    [[0, 255]],
    [[1, 254]],
    [
      [1, 1],
      [5, 5],
      [7, 7],
    ],
  ]);
  const many = whole.networks.get("many");
  if (many === undefined) throw new Error("no networks");
  const meets: number[] = [];
  for (let at = 0; at < 15; at++) {
    const start = performance.now();
    if (many.touches(octets) || many.includes(octets)) throw new Error("they share nothing");
    meets.push(performance.now() - start);
  }
  row("10.0-255.1-254.1,5,7 against 1,000,000 networks, ms", median(meets), "5", median(meets) <= 5);
  const rss = process.memoryUsage().arrayBuffers / 2 ** 20;
  row("memory in buffers at 1,000,000 networks, MB", rss, "200", rss <= 200);
} finally {
  rmSync(home, { recursive: true });
}
