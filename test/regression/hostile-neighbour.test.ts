// Two accounts that do not trust each other share one state folder. Each can spoil what lies there for the other, and is
// told so by `doctor`; neither may make the other's program believe, overwrite or open up anything beyond it.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { privateDirectory } from "../session/scene.ts";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
/** Accounts that every Debian has; group 60 is one that they share here. */
const [bob, mallory] = [9, 5];
const shared = 60;

const policy = "version: 1\nrules:\n  - { name: near, effect: allow, targets: [127.0.0.0/8], ttl: 5m }\n";

const as = (uid: number, home: string, ...words: readonly string[]) => by(uid, home, program, ...words);

function by(uid: number, home: string, ...line: readonly string[]) {
  // The right to read a checkout that is closed to others stays; nothing else of root does.
  const drop = [`--reuid=${uid}`, `--regid=${uid}`, `--groups=${shared}`];
  const reads = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  const env = { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home, HOME: "/nonexistent" };
  return spawnSync("setpriv", [...drop, ...reads, ...line], { encoding: "utf8", env, cwd: "/" });
}

/** A folder of root's that the group may write, as the README makes it, with a policy of root's. */
function home(mode = 0o2770): string {
  const folder = privateDirectory();
  chownSync(folder, 0, shared);
  chmodSync(folder, mode);
  mkdirSync(join(folder, "policies"), { mode: 0o755 });
  writeFileSync(join(folder, "policies", "p.yaml"), policy);
  return folder;
}

function give(path: string, uid: number): void {
  chownSync(path, uid, shared);
}

/** Something of bob's outside, that only bob's own program could change. */
function precious(): { readonly path: string; readonly untouched: () => void } {
  const path = join(privateDirectory(), "precious");
  writeFileSync(path, "bob's\n", { mode: 0o600 });
  chmodSync(join(path, ".."), 0o755);
  chownSync(path, bob, bob);
  const before = statSync(path);
  return {
    path,
    untouched() {
      const { uid, gid, mode } = statSync(path);
      expect({ text: readFileSync(path, "utf8"), uid, gid, mode }).toEqual({
        text: "bob's\n",
        uid: before.uid,
        gid: before.gid,
        mode: before.mode,
      });
    },
  };
}

describe.runIf(process.geteuid?.() === 0)("in a folder shared with somebody hostile", () => {
  test("both scan", () => {
    const folder = home();
    for (const uid of [bob, mallory])
      expect(as(uid, folder, "-sL", "127.0.0.1")).toMatchObject({ status: 0, stderr: "" });
  });

  test.each(["trail.db", "trail.db-wal", "trail.db-shm", "trail.db-journal"])(
    "%s that leads out of it is not followed",
    (name) => {
      const folder = home();
      const mine = precious();
      expect(as(mallory, folder, "requests").status).toBe(0);
      rmSync(join(folder, name), { force: true });
      symlinkSync(mine.path, join(folder, name));
      as(bob, folder, "-sL", "127.0.0.1");
      mine.untouched();
    },
  );

  test.each([
    ["their own file in the folder of policies", "p2.yaml"],
    ["their own file in the place of the policy", "p.yaml"],
  ])("%s is no policy", (_, name) => {
    const folder = home();
    chownSync(join(folder, "policies"), 0, shared);
    chmodSync(join(folder, "policies"), 0o2775);
    const planted = join(folder, "policies", name);
    writeFileSync(planted, policy.replace("near", "far").replace("127.0.0.0/8", "10.0.0.0/8"));
    give(planted, mallory);
    const { status, stderr } = as(bob, folder, "-sL", "10.0.0.1");
    expect({ status, stderr }).toMatchObject({
      status: 78,
      stderr: expect.stringContaining("belongs to another account") as string,
    });
    // Who wrote it may be ruled by it.
    expect(as(mallory, folder, "check", "-sL", "10.0.0.1").status).toBe(0);
  });

  test("a folder of policies that they made is none", () => {
    const folder = home();
    rmSync(join(folder, "policies"), { recursive: true });
    mkdirSync(join(folder, "policies"));
    writeFileSync(join(folder, "policies", "p.yaml"), policy);
    give(join(folder, "policies"), mallory);
    const said = as(bob, folder, "-sL", "127.0.0.1");
    expect(said).toMatchObject({ status: 78, stderr: expect.stringContaining("another account") as string });
  });

  test("a policy that everybody can write is none", () => {
    const folder = home();
    chmodSync(join(folder, "policies", "p.yaml"), 0o666);
    const said = as(bob, folder, "-sL", "127.0.0.1");
    expect(said).toMatchObject({
      status: 78,
      stderr: expect.stringContaining("can be changed by everybody") as string,
    });
  });

  test("a config.yaml of theirs is not used", () => {
    const folder = home();
    const planted = join(folder, "config.yaml");
    writeFileSync(planted, "listen: 127.0.0.1:8421\n", { mode: 0o644 });
    give(planted, mallory);
    const said = as(bob, folder, "serve", "--link");
    expect(said).toMatchObject({ status: 78, stderr: expect.stringContaining("belongs to another account") as string });
  });

  test("a private folder that they made for bob is not used, nor one that leads elsewhere", () => {
    const folder = home();
    mkdirSync(join(folder, `account-${bob}`), { mode: 0o777 });
    give(join(folder, `account-${bob}`), mallory);
    expect(as(bob, folder, "-sL", "127.0.0.1").status).toBe(78);
    rmSync(join(folder, `account-${bob}`), { recursive: true });
    symlinkSync("/tmp", join(folder, `account-${bob}`));
    expect(as(bob, folder, "-sL", "127.0.0.1").status).toBe(78);
    expect(existsSync("/tmp/sessions")).toBe(false);
  });

  test("a request that they wrote in bob's name does not run, whatever the policy says of it", () => {
    const folder = home();
    const mine = precious();
    expect(as(bob, folder, "-sL", "127.0.0.1").status).toBe(0);
    const target = JSON.stringify(mine.path);
    const forge = `
      const { liveEffects } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/live.ts"))});
      const { file } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/pipeline.ts"))});
      const fx = liveEffects();
      const requester = { name: "news", uid: ${bob}, groups: [] };
      const forged = { ...fx, facts: { ...fx.facts, requester: () => requester }, outputs: { ...fx.outputs, check: async () => undefined } };
      const filed = await file({ words: ["-sL", "127.0.0.1", "-oN", ${target}], requester, cwd: "/" }, forged);
      console.log(filed.request.id);`;
    const wrote = by(mallory, folder, process.execPath, "--input-type=module", "-e", forge);
    expect(wrote).toMatchObject({ status: 0, stderr: "" });
    const said = as(bob, folder, "run", wrote.stdout.trim());
    expect(said).toMatchObject({ status: 79, stderr: expect.stringContaining("this account has not asked") as string });
    mine.untouched();
    // What bob asked for himself runs.
    const asked = as(bob, folder, "request", "-sL", "127.0.0.1").stdout.trim();
    expect(as(bob, folder, "run", asked).status).toBe(0);
  });
});
