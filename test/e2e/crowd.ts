// Many processes of the real program at one request at once: approving, denying, cancelling, revoking, running. What
// they leave must be one end, and at most one scan.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestId } from "../../src/core/approval/request.ts";
import type { OpenedStore } from "../../src/store/store.ts";
import { openStore } from "../../src/store/store.ts";

const program = join(import.meta.dirname, "../../bin/jit-nmap");

/** Accounts that every Debian has: nobody logs in as them, and here they vote. */
const voters = { games: 5, news: 9 } as const;
type Account = keyof typeof voters | "root";

const policy = `version: 1
people: { leads: [games, news] }
rules:
  - name: lab
    effect: ask
    targets: [127.0.0.0/8]
    ask: { votes: { leads: 1 }, answer-within: 10m, start-within: 10m }
    ttl: 1m
`;

export interface Crowd {
  readonly home: string;
  readonly store: OpenedStore;
  remove(): Promise<void>;
}

/** A state folder that three accounts share; as root only. */
export function gather(): Crowd {
  const home = mkdtempSync(join(tmpdir(), "jit-nmap-crowd-"));
  chmodSync(home, 0o777);
  mkdirSync(join(home, "policies"));
  writeFileSync(join(home, "policies", "lab.yaml"), policy);
  const store = openStore(join(home, "trail.db"));
  return {
    home,
    store,
    async remove() {
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const environment = (home: string): NodeJS.ProcessEnv => ({ PATH: "/usr/bin:/bin", JIT_NMAP_HOME: home, HOME: home });

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs the program as an account; what it says on standard error is not looked at. */
export function command(home: string, account: Account, words: readonly string[]): Promise<Ended> {
  const who = account === "root" ? {} : { uid: voters[account], gid: voters[account] };
  const child = spawn(program, words, {
    env: environment(home),
    cwd: "/",
    stdio: ["ignore", "pipe", "ignore"],
    ...who,
  });
  let stdout = "";
  child.stdout.on("data", (bytes: Buffer) => (stdout += bytes.toString()));
  return new Promise((resolve) => {
    child.once("close", (code) => {
      resolve({ code, stdout });
    });
  });
}

export function file(home: string, line: readonly string[]): RequestId {
  const filed = spawnSync(program, ["request", ...line], { env: environment(home), cwd: "/", encoding: "utf8" });
  if (filed.status !== 0) throw new Error(filed.stderr);
  return filed.stdout.trim() as RequestId;
}

/**
 * One request with everybody at it.
 *
 * @returns what is wrong with what they left; empty when nothing is.
 */
export async function round({ home, store }: Crowd, processes: number, onlyRuns: boolean): Promise<readonly string[]> {
  const id = file(home, ["-sL", "127.0.0.1"]);
  const found = await store.findRequest(id);
  if (found.kind !== "found") return [`${id} is not there`];
  const { digest } = found.request;
  const yes = (account: Account): Promise<Ended> => command(home, account, ["approve", id, "--digest", digest]);
  const tasks: readonly (() => Promise<Ended>)[] = [
    () => yes("games"),
    () => command(home, "root", ["run", id]),
    () => yes("news"),
    () => command(home, "root", ["run", id]),
    ...(onlyRuns
      ? []
      : [
          () => command(home, "games", ["deny", id, "--digest", digest]),
          () => command(home, "root", ["cancel", id]),
          () => command(home, "news", ["revoke", id]),
          () => command(home, "root", ["run", id]),
        ]),
  ];
  const begun = Array.from({ length: processes }, (_, at) => tasks[at % tasks.length]).flatMap((task) =>
    task === undefined ? [] : [task()],
  );
  return wrongWith(id, await Promise.all(begun), store);
}

const overOrApproved = ["approved", "denied", "cancelled", "revoked", "finished"];

async function wrongWith(id: RequestId, ends: readonly Ended[], store: OpenedStore): Promise<readonly string[]> {
  const found = await store.findRequest(id);
  if (found.kind !== "found") return [`${id} is not there`];
  const { state } = found.request;
  const types = (await store.events({ request: id })).map(({ type }) => type);
  const many = (...wanted: readonly string[]): number => types.filter((type) => wanted.includes(type)).length;
  const sessions = await store.sessions(id);
  const ran = ends.filter(({ stdout }) => stdout.includes("Nmap done")).length;
  const checks: readonly (readonly [boolean, string])[] = [
    [overOrApproved.includes(state), `it is ${state}`],
    [many("request.approved", "request.denied", "request.cancelled") === 1, "it was decided more or less than once"],
    [sessions.length <= 1, `it has ${sessions.length} sessions`],
    [many("session.started") === sessions.length, "sessions and their events differ"],
    [many("grant.redeemed") <= 1, "its grant was used twice"],
    [many("grant.issued") <= 1, "it has two grants"],
    [ran <= sessions.length, `${ran} scans were seen, and ${sessions.length} are on record`],
    [(state === "finished") <= (sessions.length === 1), "it is finished without a session"],
    [sessions.every(({ end }) => end !== undefined), "a session has no end"],
    [
      !ends.some(({ code }) => code === 70 || code === null),
      `somebody met a defect: ${ends.map(({ code }) => code).join()}`,
    ],
  ];
  return checks.flatMap(([right, what]) => (right ? [] : [`${id}: ${what} (${types.join(", ")})`]));
}
