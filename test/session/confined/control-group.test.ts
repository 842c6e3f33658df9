// The control group of a session: what the kernel does with it where it may be made here, and when none is made.
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { confine } from "../../../src/core/confinement/confinement.ts";
import { findControlGroups, groupsClause, makeGroup } from "../../../src/session/confined/control-group.ts";
import { planOf } from "../../core/plan/plans.ts";
import { Lab, possible, started, type Runner } from "./lab.ts";

const { limits } = confine(planOf("-sS -p 22 10.0.0.1"), {});
const here = process.getuid?.() === 0 ? findControlGroups() : undefined;
const has = (controller: "memory" | "pids"): boolean =>
  here?.ok === true && here.value.controllers.includes(controller);

describe("control groups", () => {
  const folders: string[] = [];
  const mount = (controllers: string): string => {
    const folder = mkdtempSync(join(tmpdir(), "jit-groups-"));
    folders.push(folder);
    writeFileSync(join(folder, "cgroup.controllers"), controllers);
    writeFileSync(join(folder, "cgroup.subtree_control"), "");
    mkdirSync(join(folder, "jit-nmap"));
    writeFileSync(join(folder, "jit-nmap", "cgroup.kill"), "");
    writeFileSync(join(folder, "jit-nmap", "cgroup.subtree_control"), controllers);
    return folder;
  };
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  it("are not made beside systemd, nor where none are mounted, and it is said why", () => {
    const root = mount("memory pids");
    const beside = findControlGroups([root], root);
    expect(groupsClause(beside)).toMatch(/systemd manages them here$/);
    expect(groupsClause(findControlGroups([join(root, "none")], "/nowhere"))).toMatch(/cgroup v2 is not mounted$/);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "limit memory and tasks of a session together, each where its controller is there",
    () => {
      const both = findControlGroups([mount("cpu memory pids")], "/nowhere");
      const none = findControlGroups([mount("hugetlb")], "/nowhere");
      expect([groupsClause(both), groupsClause(none)]).toEqual([
        "each session has a control group, its memory and processes are limited together",
        "each session has a control group, but its memory and processes are limited one process at a time",
      ]);
      if (!both.ok || !none.ok) throw new Error("no groups");
      const group = makeGroup(both.value, "s0000000001", limits);
      const written = (file: string): string => readFileSync(join(group, file), "utf8");
      expect([written("memory.max"), written("memory.oom.group"), written("pids.max")]).toEqual([
        String(4 * 2 ** 30),
        "1",
        "72",
      ]);
      expect(readdirSync(makeGroup(none.value, "s0000000001", limits))).toEqual([]);
    },
  );
});

describe.skipIf(!possible || here?.ok !== true)("a confined session with a control group", () => {
  const folder = here?.ok === true ? here.value.folder : "";
  const lab = new Lab();
  let runner: Runner | undefined;
  beforeAll(async () => {
    await lab.up();
    runner = lab.runner();
  });
  afterAll(async () => {
    await runner?.end();
    lab.down();
  });
  const argv = ["/bin/sh", "-c", "setsid sleep 600 & echo >/out/up; sleep 600"];
  const plan = "-sS -p 22 10.99.1.2";

  /** Starts one and resolves with its id once it runs. */
  async function running(ttlSeconds: number): Promise<{ readonly session: string; readonly runner: Runner }> {
    const own = lab.runner("announce");
    own.child.stdin?.write(`${JSON.stringify([{ plan, argv, ttlSeconds }])}\n`);
    const { session } = (await own.next()) as { session: string };
    while (!existsSync(join(lab.folder, "run", "confined", session, "out", "up"))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { session, runner: own };
  }

  /** Uids of what is in the group. */
  const uidsIn = (session: string): readonly string[] =>
    readFileSync(join(folder, session, "cgroup.procs"), "latin1")
      .trim()
      .split("\n")
      .map((pid) => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "");

  it("has all that it starts in it, children of its own sessions too, and takes it away at its end", async () => {
    const { session, runner: own } = await running(2);
    const session19 = uidsIn(session).filter((uid) => uid.startsWith("19000"));
    expect(session19.length).toBeGreaterThanOrEqual(3);
    expect(new Set(session19).size).toBe(1);
    const [ran] = (await own.next()) as readonly { end: { revocation: object } }[];
    await own.end();
    expect(ran?.end.revocation).toMatchObject({
      revoked: expect.arrayContaining(["control group"]) as unknown,
      left: [],
    });
    expect(existsSync(join(folder, session))).toBe(false);
  });

  it("that crashed leaves none behind after the next session", async () => {
    const { session, runner: own } = await running(60);
    const { pid = 0 } = own.child;
    const inner = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1"));
    const gone = once(own.child, "exit");
    process.kill(inner, "SIGKILL");
    await gone;
    const [next] = await started(runner).run({ plan });
    expect(next?.end?.exitCode).toBe(0);
    expect(existsSync(join(folder, session))).toBe(false);
  });

  it.skipIf(!has("memory") || !has("pids"))("is held by the kernel to so much memory and so many tasks", async () => {
    const { session, runner: own } = await running(2);
    const limit = (file: string): string => readFileSync(join(folder, session, file), "latin1").trim();
    expect([limit("memory.max"), limit("memory.oom.group"), limit("pids.max")]).toEqual([
      String(limits.memoryBytes),
      "1",
      String(limits.tasks),
    ]);
    await own.next();
    await own.end();
  });
});
