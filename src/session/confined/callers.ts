// Sessions of one caller: who started the runner by sudo sees, reads, sweeps and ends its own, and those of nobody else.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionId } from "../../core/audit/event.ts";
import type { SessionHost } from "../../effects.ts";
import { isSessionId } from "../session-id.ts";

/** Whose a session is: written beside its lease when its folder is made. */
export const CALLER = "caller";

/** So many sessions of one caller at once: each takes an account, and memory in /run. */
const MOST_OF_ONE_CALLER = 32;

/**
 * The host as one caller may use it. Sessions of others are not there for it; a session of an id that is taken can't be
 * made.
 *
 * @param folder  where each session of the machine has its folder.
 * @param uid  the caller's, as the kernel says it.
 */
export function forCaller(host: SessionHost, folder: string, uid: number): SessionHost {
  const isOurs = (session: string): boolean => {
    if (!isSessionId(session)) return false;
    try {
      return readFileSync(join(folder, session, CALLER), "utf8") === String(uid);
    } catch {
      return false;
    }
  };
  const must = (session: SessionId): void => {
    if (!isOurs(session)) throw new Error(`session ${session} is none of this caller's`);
  };
  const own = (): number => {
    try {
      return readdirSync(folder).filter(isOurs).length;
    } catch {
      return 0; // the first session of this machine
    }
  };
  // Each by its name: what a host can do more some day does not compile until it is said here whose it is.
  return {
    level: () => host.level(),
    data: (wanted, nmap) => host.data(wanted, nmap),
    tell: (argv, env) => host.tell(argv, env),
    async prepare(session) {
      if (own() >= MOST_OF_ONE_CALLER) throw tooMany();
      const files = await host.prepare(session);
      // Another runner of the same caller may have counted in the same moment.
      if (own() <= MOST_OF_ONE_CALLER) return files;
      await host.discard(session);
      throw tooMany();
    },
    async putTargets(session, words) {
      must(session);
      await host.putTargets(session, words);
    },
    async putScripts(session, scripts) {
      must(session);
      return host.putScripts(session, scripts);
    },
    async stage(launch) {
      must(launch.session);
      return host.stage(launch);
    },
    async read(session, file) {
      must(session);
      return host.read(session, file);
    },
    progress: (session) => (isOurs(session) ? host.progress(session) : Promise.resolve(undefined)),
    async discard(session) {
      if (isOurs(session)) await host.discard(session);
    },
    sweep: (session) => (isOurs(session) ? host.sweep(session) : Promise.resolve({ kind: "not-here" })),
    abandoned: async () => (await host.abandoned()).filter(isOurs),
  };
}

const tooMany = (): Error =>
  Object.assign(new Error(`${MOST_OF_ONE_CALLER} sessions of one account at once are the most`), { code: "EDQUOT" });
