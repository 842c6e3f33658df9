// Which host runs sessions here: the one that holds them to their plans where this machine can, else the one that runs
// as the requester, with the reason. Found out once, before the first session; who cannot be root never loads the other.
import type { Held, SessionHost } from "../effects.ts";
import { createSessionHost } from "./host.ts";

export interface SessionsOptions {
  /** Absolute path of the state directory: private copies of nmap's data, and sessions as the requester. */
  readonly stateDir: string;
  /** Whether to try; undefined where this process is not root, so that nobody expects it. */
  readonly confine: boolean | undefined;
  /** The folder whose trail has these sessions on record. */
  readonly stateHome: string;
  /** A folder of root's alone, the same for all sessions of the machine; asked for only where they are confined. */
  readonly runDir: () => string;
  /** A session that is not confined has rights that the requester does not have. */
  readonly lendsRights: boolean;
}

export function createSessions({ stateDir, stateHome, confine, runDir, lendsRights }: SessionsOptions): SessionHost {
  const plain = createSessionHost({ stateDir, lendsRights });
  if (confine === undefined) return plain;
  let found: Promise<{ host: SessionHost; held: Held }> | undefined;
  const here = (): Promise<{ host: SessionHost; held: Held }> => (found ??= choose());
  const host = async (): Promise<SessionHost> => (await here()).host;

  async function choose(): Promise<{ host: SessionHost; held: Held }> {
    const { readCeiling } = await import("./ceiling-file.ts");
    const ceiling = readCeiling();
    if (confine === false) return { host: plain, held: { level: "advisory", ceiling } };
    const { findFacilities } = await import("./confined/facilities.ts");
    const folder = runDir();
    const facilities = findFacilities(folder);
    if (!facilities.ok) return { host: plain, held: { level: "advisory", because: facilities.error, ceiling } };
    const { createConfinedHost } = await import("./confined/host.ts");
    const { value } = facilities;
    const confined = createConfinedHost({ runDir: folder, home: stateHome, facilities: value, plain });
    return { host: confined, held: { level: "enforced", ceiling } };
  }

  return {
    level: async () => (await here()).held,
    prepare: async (session) => (await host()).prepare(session),
    putTargets: async (session, words) => (await host()).putTargets(session, words),
    putScripts: async (session, scripts) => (await host()).putScripts(session, scripts),
    data: async (hash) => (await host()).data(hash),
    stage: async (launch) => (await host()).stage(launch),
    tell: (argv, env) => plain.tell(argv, env),
    read: async (session, file) => (await host()).read(session, file),
    progress: async (session) => (await (await host()).progress(session)) ?? plain.progress(session),
    async discard(session) {
      const chosen = await host();
      await chosen.discard(session);
      if (chosen !== plain) await plain.discard(session);
    },
    async sweep(session) {
      const swept = await (await host()).sweep(session);
      // Of a time when sessions here were not confined, or are no longer.
      return swept === "not-here" ? plain.sweep(session) : swept;
    },
    async abandoned() {
      const chosen = await host();
      return chosen.abandoned();
    },
  };
}
