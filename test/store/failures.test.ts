// What a machine can do to the store: each is named, and nothing is half written.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Change } from "../../src/core/approval/change.ts";
import { openStore } from "../../src/store/store.ts";
import { allow, open } from "../core/approval/scenario.ts";
import { freshDirectory, storeAt, worker } from "./crew.ts";

const asRoot = process.getuid?.() === 0;

const saying = (text: string): Change => ({
  events: [
    {
      type: "policy.loaded",
      time: "2026-11-22T14:00:00.000Z",
      request: null,
      actor: "a",
      data: { digest: text, files: [] },
    },
  ],
});

/** A file system of its own, so small that it can be filled, and writable or not as wished. */
function smallDisk(kilobytes: number): { directory: string; remount: (how: "ro" | "rw") => void } {
  const directory = freshDirectory();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k,mode=0700`, "tmpfs", directory]);
  onTestFinished(() => {
    execFileSync("umount", ["--lazy", directory]);
  });
  return {
    directory,
    remount: (how) => {
      execFileSync("mount", ["-o", `remount,${how}`, directory]);
    },
  };
}

async function storeWith(path: string, events: number): Promise<void> {
  const store = openStore(path);
  for (let index = 0; index < events; index += 1) await store.commit(saying(String(index)));
  await store.close();
}

const digestOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("a store that another process holds", () => {
  it("is tried again until the bound, then named locked, while this process goes on", async () => {
    const path = `${freshDirectory()}/store.db`;
    await storeWith(path, 1);
    const holder = new Sqlite(path);
    holder.exec("BEGIN IMMEDIATE");
    const store = storeAt(path, 150);
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    await expect(store.commit(saying("late"))).rejects.toMatchObject({ code: "store-locked" });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
    expect(await store.events({})).toHaveLength(1);
    holder.exec("ROLLBACK");
    holder.close();
    expect((await store.commit(saying("now"))).kind).toBe("committed");
  });

  it("is waited for when it comes free in time", async () => {
    const path = `${freshDirectory()}/store.db`;
    await storeWith(path, 1);
    const holder = new Sqlite(path);
    holder.exec("BEGIN IMMEDIATE");
    const committed = storeAt(path).commit(saying("patient"));
    setTimeout(() => holder.exec("ROLLBACK"), 60);
    expect((await committed).kind).toBe("committed");
    holder.close();
  });
});

describe("a file that is not ours to write", () => {
  it.each([
    ["from a newer version", "PRAGMA user_version = 99", "store-newer-version"],
    ["marked as another program's", "PRAGMA application_id = 7", "store-corrupt"],
  ])("%s is refused and left alone", async (_, sql, code) => {
    const path = `${freshDirectory()}/store.db`;
    await storeWith(path, 1);
    const file = new Sqlite(path);
    file.exec(sql);
    file.close();
    const before = digestOf(path);
    const store = storeAt(path);
    await expect(store.commit(saying("x"))).rejects.toMatchObject({ code });
    await expect(store.listRequests({})).rejects.toMatchObject({ code });
    await store.close();
    expect(digestOf(path)).toBe(before);
  });

  it("another program's database is refused and left alone", async () => {
    const path = `${freshDirectory()}/store.db`;
    const foreign = new Sqlite(path);
    foreign.exec("CREATE TABLE addresses (name TEXT)");
    foreign.close();
    const store = storeAt(path);
    await expect(store.commit(saying("x"))).rejects.toMatchObject({ code: "store-corrupt" });
    await store.close();
    const again = new Sqlite(path);
    expect(again.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["addresses"]);
    again.close();
  });

  it.each([
    [
      "text",
      (path: string) => {
        writeFileSync(path, "not a database, but longer than a header of one hundred bytes\n".repeat(99));
      },
    ],
    [
      "cut short",
      (path: string) => {
        truncateSync(path, 5000);
      },
    ],
    [
      "overwritten after its first page",
      (path: string) => {
        writeFileSync(
          path,
          Buffer.concat([readFileSync(path).subarray(0, 4096), Buffer.alloc(statSync(path).size - 4096, 0xff)]),
        );
      },
    ],
  ])("a file that is %s is damage", async (_, damage) => {
    const path = `${freshDirectory()}/store.db`;
    await storeWith(path, 3);
    damage(path);
    const store = storeAt(path);
    await expect(store.commit(open(allow).step)).rejects.toMatchObject({ code: "store-corrupt" });
  });

  it.each([
    [
      "a link",
      (path: string) => {
        symlinkSync("/etc/hostname", path);
      },
    ],
    [
      "a directory",
      (path: string) => {
        mkdirSync(path);
      },
    ],
    [
      "a pipe",
      (path: string) => {
        execFileSync("mkfifo", [path]);
      },
    ],
  ])("%s in its place is refused", async (_, make) => {
    const path = `${freshDirectory()}/store.db`;
    make(path);
    await expect(storeAt(path).commit(saying("x"))).rejects.toMatchObject({ code: "store-io" });
  });

  it("a state directory that is a file is an error of its own", async () => {
    const directory = freshDirectory();
    writeFileSync(`${directory}/state`, "");
    await expect(storeAt(`${directory}/state/store.db`).commit(saying("x"))).rejects.toMatchObject({
      code: "store-io",
    });
  });
});

describe.skipIf(!asRoot)("a disk that", () => {
  it("can't be written gives read-only, with nothing lost", async () => {
    const { directory, remount } = smallDisk(4096);
    const path = `${directory}/store.db`;
    await storeWith(path, 2);
    remount("ro");
    const store = storeAt(path, 100);
    await expect(store.commit(saying("x"))).rejects.toMatchObject({ code: "store-read-only" });
    await expect(storeAt(`${directory}/new/store.db`).commit(saying("x"))).rejects.toMatchObject({
      code: "store-read-only",
    });
    remount("rw");
    expect((await store.commit(saying("y"))).kind).toBe("committed");
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 3 });
  });

  it("was made read-only while the store was open gives read-only", async () => {
    const { directory, remount } = smallDisk(4096);
    const path = `${directory}/store.db`;
    const store = storeAt(path);
    await store.commit(saying("x"));
    await store.close();
    remount("ro");
    await expect(store.commit(saying("y"))).rejects.toMatchObject({ code: "store-read-only" });
    remount("rw");
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 1 });
  });

  it("is full at whatever point of a write gives full, and each write is whole or not there", async () => {
    const { directory } = smallDisk(1024);
    const path = `${directory}/store.db`;
    const store = storeAt(path);
    await store.commit(saying("first"));
    let kept = 1;
    for (const spare of [0, 4, 8, 16, 40, 100]) {
      const free = Number(execFileSync("df", ["--output=avail", directory], { encoding: "utf8" }).split("\n")[1]);
      writeFileSync(`${directory}/ballast`, Buffer.alloc(Math.max(0, free - spare) * 1024));
      let refused: unknown;
      for (let index = 0; refused === undefined && index < 1000; index += 1) {
        await store.commit(saying("x".repeat(500 + 97 * index))).then(
          () => (kept += 1),
          (error: unknown) => (refused = error),
        );
      }
      expect(refused).toMatchObject({ code: "store-full" });
      expect(await store.verify()).toMatchObject({ kind: "intact", events: kept });
      rmSync(`${directory}/ballast`);
      expect((await store.commit(saying("again"))).kind).toBe("committed");
      kept += 1;
    }
  });

  it("is full before the store exists, or before it is opened, gives full", async () => {
    const { directory } = smallDisk(512);
    const path = `${directory}/store.db`;
    writeFileSync(`${directory}/ballast`, Buffer.alloc(508 * 1024));
    await expect(storeAt(path).commit(saying("x"))).rejects.toMatchObject({ code: "store-full" });
    rmSync(`${directory}/ballast`);
    await storeWith(path, 2);
    const free = Number(execFileSync("df", ["--output=avail", directory], { encoding: "utf8" }).split("\n")[1]);
    writeFileSync(`${directory}/ballast`, Buffer.alloc(free * 1024));
    await expect(storeAt(path).commit(saying("x"))).rejects.toMatchObject({ code: "store-full" });
    rmSync(`${directory}/ballast`);
    expect(await storeAt(path).verify()).toMatchObject({ kind: "intact", events: 2 });
  });

  it("belongs to somebody else gives read-only to an account without rights", async () => {
    const directory = freshDirectory(0o755);
    const path = `${directory}/store.db`;
    await storeWith(path, 2);
    const stranger = await worker();
    await stranger.ask({ store: "", do: "become", uid: 65_534, gid: 65_534, groups: [] });
    await expect(stranger.ask({ store: path, do: "append", count: 1 })).rejects.toThrow("store-read-only");
    chmodSync(path, 0o644);
    await expect(stranger.ask({ store: path, do: "append", count: 1 })).rejects.toThrow("store-read-only");
    expect(await storeAt(path).verify()).toMatchObject({ kind: "intact", events: 2 });
    expect(readdirSync(directory).every((name) => statSync(`${directory}/${name}`).uid === 0)).toBe(true);
  });
});
