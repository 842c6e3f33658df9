// The policy on disk: which one is used, what is told when it can't be, and when the compiled form is believed.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { InterfaceAddress } from "../../src/core/policy/attached.ts";
import { policyFiles } from "../../src/facts/policy-files.ts";

let home: string;
let folder: string;
let cacheFile: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "jit-nmap-policy-"));
  folder = join(home, "policies");
  cacheFile = join(home, "cache/policy");
  mkdirSync(folder);
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

const allow = (name: string, targets: string): string =>
  `version: 1\nrules:\n  - { name: ${name}, effect: allow, targets: [${targets}] }\n`;

const write = (name: string, text: string): void => {
  writeFileSync(join(folder, name), text);
};

async function load(
  candidates: readonly string[] = [folder],
  interfaces: readonly InterfaceAddress[] = [],
  program = "1",
) {
  return policyFiles({ candidates, cacheFile, program }, () => interfaces).load();
}

async function told(...candidates: string[]): Promise<string> {
  const result = await load(candidates.length === 0 ? [folder] : candidates);
  if (result.ok) return `used ${result.value.files.join(", ")}`;
  return result.error
    .map(({ code, message, at }) => `${code}: ${at === undefined ? "" : `${at.file}:${at.line}: `}${message}`)
    .join("\n");
}

async function targetsOf(...args: Parameters<typeof load>): Promise<readonly string[]> {
  const result = await load(...args);
  return result.ok ? (result.value.rules[0]?.targets?.set.toText() ?? []) : result.error.map(({ message }) => message);
}

test("a folder of files is one policy; cases, hidden files and other files are none of it", async () => {
  write("20-b.yaml", allow("b", "10.0.0.2"));
  write("10-a.yml", allow("a", "10.0.0.1"));
  write("10-a.cases.yaml", "not: a policy");
  write(".hidden.yaml", "not: a policy");
  write("notes.txt", "not: a policy");
  const result = await load();
  expect(result.ok && [result.value.origin, result.value.files, result.value.rules.map(({ at }) => at)]).toEqual([
    folder,
    ["10-a.yml", "20-b.yaml"],
    [
      { file: "10-a.yml", line: 3 },
      { file: "20-b.yaml", line: 3 },
    ],
  ]);
});

test("the first place that exists is the policy, and one that exists is never skipped", async () => {
  write("a.yaml", allow("a", "10.0.0.1"));
  const missing = join(home, "missing");
  const empty = join(home, "empty");
  mkdirSync(empty);
  expect(await told(missing, folder)).toBe("used a.yaml");
  expect(await told(missing, join(folder, "a.yaml"))).toBe("used a.yaml");
  expect(await told(missing)).toBe("policy-missing: there is no policy: nothing is allowed");
  expect(await told(empty, folder)).toBe(`policy-missing: the folder ${empty} has no policy: nothing is allowed`);
  symlinkSync(missing, join(home, "dangling"));
  expect(await told(join(home, "dangling"), folder)).toMatch(
    /^policy-unreadable: the policy .*dangling can't be read: ENOENT/,
  );
});

test("what can't be read is told, with the whole path of the file", async () => {
  write("a.yaml", "ruls: []\n");
  expect(await told()).toContain(`policy-key: ${join(folder, "a.yaml")}:1: unknown key "ruls"`);
  writeFileSync(join(folder, "a.yaml"), Buffer.from([0xff, 0xfe, 0x00]));
  expect(await told()).toBe(`policy-unreadable: ${join(folder, "a.yaml")}:1: a.yaml is not UTF-8 text`);
  // What another editor saved, with its place, beside the mistakes of the other files.
  writeFileSync(join(folder, "a.yaml"), Buffer.from("version: 1\ncontact: \u00e4\nrules: # b\u00fcro\n", "latin1"));
  writeFileSync(join(folder, "b.yaml"), "version: 1\nruls: []\n");
  const answer = await load();
  expect(answer.ok ? [] : answer.error.map(({ at, message }) => [at?.line, at?.column, message])).toEqual([
    [2, 10, "a.yaml is not UTF-8 text"],
    [2, 1, 'unknown key "ruls"'],
  ]);
  rmSync(join(folder, "b.yaml"));
  rmSync(join(folder, "a.yaml"));
  execFileSync("mkfifo", [join(folder, "a.yaml")]);
  expect(await told()).toMatch(/^policy-unreadable: .* is not a file$/);
});

test("a network file is read from the folder of the policy", async () => {
  write(
    "a.yaml",
    "version: 1\nnetworks: { hq: { file: hq.txt } }\nrules:\n  - { name: a, effect: allow, targets: [hq] }\n",
  );
  expect(await told()).toContain("the network file hq.txt can't be read");
  write("hq.txt", "10.7.0.0/24\n");
  expect(await targetsOf()).toEqual(["10.7.0.0-10.7.0.255"]);
  write("hq.txt", "10.8.0.0/24\n");
  expect(await targetsOf()).toEqual(["10.8.0.0-10.8.0.255"]);
});

test("`attached` is what the machine is attached to now: private, and 256 addresses at most", async () => {
  write("a.yaml", allow("a", "attached"));
  const lan = { address: "192.168.7.9", prefixLength: 16 };
  expect(await targetsOf([folder], [lan])).toEqual(["192.168.7.0-192.168.7.255"]);
  expect(await targetsOf([folder], [{ ...lan, prefixLength: 28 }])).toEqual(["192.168.7.0-192.168.7.15"]);
  expect(
    await targetsOf(
      [folder],
      [
        { address: "203.0.113.5", prefixLength: 24 },
        { address: "fd00::5", prefixLength: 64 },
      ],
    ),
  ).toEqual(["fd00::-fd00::ff"]);
});

test("the compiled form is this account's alone and gives the same policy", async () => {
  write("a.yaml", `${allow("a", "10.0.0.1")}people: { leads: { carol: { mail: carol@corp.example } } }\n`);
  const first = await load();
  expect(statSync(cacheFile).mode & 0o777).toBe(0o600);
  const second = await load();
  expect(second).toEqual(first);
});

/** Whether loading leaves the compiled form alone: one that is not believed is made anew. */
async function isCacheUsed(): Promise<boolean> {
  const before = lstatSync(cacheFile);
  await load();
  const after = lstatSync(cacheFile);
  return after.ino === before.ino && after.mtimeMs === before.mtimeMs;
}

test("the compiled form is used until a byte of what it was made from changes", async () => {
  write("a.yaml", allow("a", "10.0.0.1"));
  await load();
  expect(await isCacheUsed()).toBe(true);
  write("a.yaml", allow("a", "10.0.0.2"));
  expect(await isCacheUsed()).toBe(false);
  expect(await targetsOf()).toEqual(["10.0.0.2"]);
  write("b.yaml", "version: 1\n");
  expect(await isCacheUsed()).toBe(false);
  expect(await isCacheUsed()).toBe(true);
});

test("within one start its files are read once, and every change of one is seen all the same", async () => {
  const list = (last: number): string => `${"10.0.0.1\n".repeat(100_000)}10.0.0.${last}\n`;
  write("a.yaml", "version: 1\nnetworks: { n: { file: n.txt } }\nrules: [{ name: a, effect: allow, targets: [n] }]\n");
  write("n.txt", list(1));
  await load();
  // A change within the second before can't be told from one that follows.
  await setTimeout(1100);
  const source = policyFiles({ candidates: [folder], cacheFile, program: "1" }, () => []);
  const look = async (): Promise<string> => {
    const result = await source.load();
    if (!result.ok) return String(result.error[0]?.code);
    return result.value.networks.get("n")?.toText().join(" ") ?? "no network";
  };
  const bytesRead = (): number => Number(/rchar: (\d+)/.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
  const cost = async (): Promise<number> => {
    const before = bytesRead();
    expect(await look()).toBe("10.0.0.1");
    return bytesRead() - before;
  };
  expect(await cost()).toBeGreaterThan(list(1).length);
  expect(await cost()).toBeLessThan(list(1).length / 10);

  const path = join(folder, "n.txt");
  const { atime, mtime } = statSync(path);
  write("n.txt", list(2));
  utimesSync(path, atime, mtime);
  expect(await look()).toBe("10.0.0.1-10.0.0.2");
  write("other.txt", list(3));
  renameSync(join(folder, "other.txt"), path);
  expect(await look()).toBe("10.0.0.1 10.0.0.3");
  write("b.yaml", allow("b", "10.9.0.1"));
  expect((await source.load()).ok && (await source.load())).toMatchObject({ value: { files: ["a.yaml", "b.yaml"] } });
  rmSync(path);
  expect(await look()).not.toContain("10.0.0");
});

test("another build, another machine's networks, or a policy elsewhere make their own", async () => {
  write("a.yaml", allow("a", "attached"));
  await load();
  const ino = () => statSync(cacheFile).ino;
  const before = ino();
  await load([folder], [], "2");
  const other = ino();
  expect(other).not.toBe(before);
  expect(await targetsOf([folder], [{ address: "10.1.1.1", prefixLength: 24 }], "2")).toEqual(["10.1.1.0-10.1.1.255"]);
});

test("a compiled form that is damaged, cut, writable by others, or a link is as if it were not there", async () => {
  write("a.yaml", allow("a", "10.0.0.1"));
  await load();
  const whole = readFileSync(cacheFile);
  for (let at = 0; at < whole.length; at += 7) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    writeFileSync(cacheFile, damaged);
    expect(await targetsOf()).toEqual(["10.0.0.1"]);
  }
  for (const length of [0, 10, whole.length - 1]) {
    writeFileSync(cacheFile, whole.subarray(0, length));
    expect(await targetsOf()).toEqual(["10.0.0.1"]);
  }
  appendFileSync(cacheFile, " ");
  expect(await isCacheUsed()).toBe(false);
  chmodSync(cacheFile, 0o666);
  expect(await isCacheUsed()).toBe(false);
  const elsewhere = join(home, "elsewhere");
  writeFileSync(elsewhere, readFileSync(cacheFile), { mode: 0o600 });
  rmSync(cacheFile);
  symlinkSync(elsewhere, cacheFile);
  expect(await isCacheUsed()).toBe(false);
});

test.runIf(process.getuid?.() === 0)("another account's compiled form is not believed", async () => {
  write("a.yaml", allow("a", "10.0.0.1"));
  await load();
  execFileSync("chown", ["65534", cacheFile]);
  expect(await isCacheUsed()).toBe(false);
});

test("a place that can't be written costs the compiled form, not the policy", async () => {
  write("a.yaml", allow("a", "10.0.0.1"));
  cacheFile = join(folder, "a.yaml/cache");
  expect(await targetsOf()).toEqual(["10.0.0.1"]);
  expect(existsSync(cacheFile)).toBe(false);
});

test("with the compiled form neither yaml nor zod is loaded", async () => {
  write("a.yaml", allow("a", "10.0.0.1"));
  await load();
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { policyFiles } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/facts/policy-files.ts"))});
    const places = { candidates: [${JSON.stringify(folder)}], cacheFile: ${JSON.stringify(cacheFile)}, program: "1" };
    const result = await policyFiles(places, () => []).load();
    console.log(JSON.stringify({ ok: result.ok, heavy: loaded.filter((url) => url.includes("node_modules")), count: loaded.length }));
  `;
  const run = (): unknown =>
    JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }));
  expect(run()).toMatchObject({ ok: true, heavy: [] });
  rmSync(cacheFile);
  expect(run()).toMatchObject({
    ok: true,
    heavy: expect.arrayContaining([expect.stringContaining("/yaml/")]) as unknown,
  });
});
