// The runner as a program of its own: root's, started by a broker of root's or by sudo for somebody else. It loads no
// policy, no store and no configuration but the ceiling, reads no file that its caller can write, and writes nowhere but
// in its folder below /run.
import { fstatSync, constants } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Ceiling } from "../core/confinement/ceiling.ts";
import type { Runner, SessionHost } from "../effects.ts";
import { err, ok, type Result } from "../core/result.ts";
import { runHere } from "../runner.ts";
import { CEILING_FILE, readCeiling } from "../session/ceiling-file.ts";
import { forCaller } from "../session/confined/callers.ts";
import { findFacilities, type Facilities } from "../session/confined/facilities.ts";
import { createConfinedHost } from "../session/confined/host.ts";
import { changeableByOthers } from "../session/root-owned.ts";
import { privateFolder, ROOTS_FOLDER } from "../session/run-folder.ts";
import { callerOf } from "./caller.ts";
import { notRoots, ownData } from "./own-data.ts";
import { serve, type ServiceFor } from "./serve.ts";

/** What it needs to run sessions for its caller. */
interface Office {
  readonly caller: number;
  readonly folder: string;
  readonly ceiling: Ceiling;
  readonly facilities: Facilities;
}

const FROM_OUTSIDE = [
  ...(["SIGINT", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGPIPE"] as const),
  ...(["SIGUSR1", "SIGUSR2", "SIGALRM"] as const),
];

/** Serves the broker on descriptor 0 until it is gone. Resolves with the exit code. */
export async function runProgram(): Promise<number> {
  process.chdir("/");
  // What is private is made so; what the session reads through a mount must be readable.
  process.umask(0o022);
  // Whoever may send these (sudo passes its caller's on) has other ways to end a session; they must not end the one who
  // has to clean up after it, nor open a debugger in it.
  for (const signal of FROM_OUTSIDE) process.on(signal, () => undefined);
  const ended = new AbortController();
  process.on("SIGTERM", () => {
    ended.abort();
  });
  if ((fstatSync(0).mode & constants.S_IFMT) !== constants.S_IFSOCK) {
    process.stderr.write("jit-nmap: error: this is jit-nmap's runner; jit-nmap starts it\n");
    return 64;
  }
  const office = openOffice();
  const serviceFor: ServiceFor = (home) =>
    office.ok ? { runner: runnerFor(office.value, home) } : { because: office.error };
  await serve(new Socket({ fd: 0 }), serviceFor, ended.signal);
  return 0;
}

/** Everything that must be so before anybody is served; else why nobody is. */
function openOffice(): Result<Office, string> {
  try {
    const caller = callerOf();
    if (!caller.ok) return caller;
    const ceiling = readCeiling();
    // Root's own broker judges for root; anybody else's judges for itself, and only the ceiling stands above it.
    if (caller.value !== 0 && ceiling === undefined) {
      return err(`for others than root the runner needs ${CEILING_FILE}, and there is none`);
    }
    const folder = privateFolder(ROOTS_FOLDER, 0);
    const facilities = findFacilities(folder, ceiling?.uids);
    if (!facilities.ok) return facilities;
    return ok({ caller: caller.value, folder, ceiling: ceiling ?? {}, facilities: facilities.value });
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function runnerFor({ caller, folder, ceiling, facilities }: Office, home: string): Runner {
  const tell: SessionHost["tell"] = () => Promise.reject(new Error("the broker asks nmap about itself"));
  const plain = { data: ownData(folder), tell };
  const confined = createConfinedHost({ runDir: folder, home, caller, facilities, plain });
  const host = caller === 0 ? confined : forCaller(confined, join(folder, "confined"), caller);
  return runHere({
    ...host,
    level: async () => ({ ...(await host.level()), by: caller === 0 ? "root" : "sudo", ceiling }),
    stage(launch) {
      const [nmap = ""] = launch.argv;
      const other = changeableByOthers(nmap);
      return other === undefined ? host.stage(launch) : Promise.resolve(err(notRoots(other)));
    },
  });
}
