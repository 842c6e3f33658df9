// Who may open the files: whoever may write the directory, with accounts that are really different.
import { chownSync, existsSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { crew, dismiss, freshDirectory, storeAt } from "./crew.ts";
import { open, confirm } from "../core/approval/scenario.ts";
import type { Worker } from "./crew.ts";

const asRoot = process.getuid?.() === 0;
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("the store's files", () => {
  it.each([
    [0o700, 0o600],
    [0o755, 0o600],
    [0o770, 0o660],
    [0o775, 0o660],
    [0o777, 0o666],
    [0o1777, 0o666],
  ])("in a directory of mode %o are of mode %o, whatever the umask", async (directoryMode, fileMode) => {
    const directory = freshDirectory(directoryMode);
    const store = storeAt(`${directory}/store.db`);
    await store.commit(open(confirm).step);
    for (const name of ["store.db", "store.db-wal", "store.db-shm"])
      expect(modeOf(`${directory}/${name}`)).toBe(fileMode);
  });

  it("lie in a private directory when none was there", async () => {
    const directory = `${freshDirectory(0o777)}/state/jit-nmap`;
    await storeAt(`${directory}/store.db`).commit(open(confirm).step);
    expect(modeOf(directory)).toBe(0o700);
    expect(modeOf(`${directory}/store.db`)).toBe(0o600);
  });
});

describe.skipIf(!asRoot)("two accounts", () => {
  const alice = { uid: 65_001, gid: 65_001 };
  const bob = { uid: 65_002, gid: 65_002 };

  async function asAliceAndBob(groups: readonly number[]): Promise<readonly [Worker, Worker]> {
    const workers = await crew(2);
    const [first, second] = workers;
    if (first === undefined || second === undefined) throw new Error("no workers");
    await first.ask({ store: "", do: "become", ...alice, groups });
    await second.ask({ store: "", do: "become", ...bob, groups });
    return [first, second];
  }

  it.each([
    ["that everybody may write", 0o1777, [], 0],
    ["that their group may write", 0o770, [65_100], 65_100],
    ["that hands its group on", 0o2770, [65_100], 65_100],
  ] as const)("take turns on a store in a directory %s", async (_, mode, groups, gid) => {
    const directory = freshDirectory(mode);
    chownSync(directory, 0, gid);
    const path = `${directory}/store.db`;
    const workers = await asAliceAndBob(groups);
    for (let turn = 0; turn < 4; turn += 1) {
      await workers[turn % 2 === 0 ? 0 : 1].ask({ store: path, do: "append", count: 2 });
      // Every other time the journal goes away with the last process and the next account has to make it.
      if (turn % 2 === 0) for (const each of workers) await each.ask({ store: "", do: "append", count: 0 });
    }
    await Promise.all(workers.map((each) => each.ask({ store: path, do: "append", count: 10 })));
    dismiss(workers);
    expect(await storeAt(path).verify()).toMatchObject({ kind: "intact", events: 28 });
  });

  it("who are not both meant stay apart", async () => {
    const directory = freshDirectory(0o700);
    chownSync(directory, alice.uid, alice.gid);
    const [first, second] = await asAliceAndBob([]);
    await first.ask({ store: `${directory}/store.db`, do: "append", count: 1 });
    await expect(second.ask({ store: `${directory}/store.db`, do: "append", count: 1 })).rejects.toThrow("store-");
    dismiss([first, second]);
  });

  it("leave no file of root's in a person's directory, so that sudo today does not lock them out tomorrow", async () => {
    const directory = freshDirectory(0o700);
    chownSync(directory, alice.uid, alice.gid);
    const path = `${directory}/state/deep/store.db`;
    const store = storeAt(path);
    await store.commit(open(confirm).step);
    for (const made of [`${directory}/state`, `${directory}/state/deep`, path, `${path}-wal`, `${path}-shm`]) {
      expect(existsSync(made) && statSync(made).uid).toBe(alice.uid);
    }
    const [first, second] = await asAliceAndBob([]);
    await first.ask({ store: path, do: "append", count: 1 });
    dismiss([first, second]);
    expect(await store.verify()).toMatchObject({ kind: "intact", events: 3 });
  });
});
