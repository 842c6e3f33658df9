// The real effects, wired in one place: where the state lies, which policy is in force, who is asking. Each part opens
// its files when it is first used, so that the path of an allowed scan pays for nothing else.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { createApprovers } from "./approvers/index.ts";
import { createTerminal } from "./cli/terminal.ts";
import type { Effects } from "./effects.ts";
import { createFactFinder } from "./facts/finder.ts";
import { policyFiles } from "./facts/policy-files.ts";
import { findIdentity, type Identity } from "./facts/requester.ts";
import { createSessionHost } from "./session/host.ts";
import { asRequester, createOutputFiles } from "./session/outputs.ts";
import { openStore } from "./store/store.ts";

/** Folders of one person's installation (interface.md, Files). */
interface Places {
  readonly state: string;
  readonly config: string;
}

/** `JIT_NMAP_HOME` moves everything into one folder; under sudo the folders are those of the person who called it. */
function placesOf(identity: Identity, environment: NodeJS.ProcessEnv): Places {
  const home = environment["JIT_NMAP_HOME"];
  if (home !== undefined && home !== "") {
    if (!isAbsolute(home)) throw new Error(`JIT_NMAP_HOME must be an absolute path, not ${home}`);
    return { state: home, config: home };
  }
  const own = (variable: string, otherwise: string): string => {
    const value = identity.bySudo ? undefined : environment[variable];
    return join(value !== undefined && isAbsolute(value) ? value : join(identity.home, otherwise), "jit-nmap");
  };
  return { state: own("XDG_STATE_HOME", ".local/state"), config: own("XDG_CONFIG_HOME", ".config") };
}

/** The built program carries SQLite's compiled part beside it; from source, the package finds its own. */
function nativeBinding(): { readonly nativeBinding?: string } {
  const path = join(import.meta.dirname, `better-sqlite3-${process.platform}-${process.arch}.node`);
  return existsSync(path) ? { nativeBinding: path } : {};
}

export function liveEffects(): Effects {
  const identity = findIdentity();
  const places = placesOf(identity, process.env);
  // Under sudo this process is root, and the files are still the caller's.
  const rights = identity.bySudo ? identity : undefined;
  mkdirSync(places.state, { recursive: true, mode: 0o700 });
  const shipped = join(import.meta.dirname, "..", "policies", "default.yaml");
  // Root's nmap opens files there: under sudo not in a folder whose owner could swap it for a link.
  const sessions = identity.bySudo ? "/run/jit-nmap" : places.state;
  const terminal = createTerminal({ environment: process.env, now: () => Date.now() });
  return {
    clock: { now: () => Date.now() },
    random: { bytes: (count) => randomBytes(count) },
    facts: createFactFinder({ stateDir: places.state }),
    policy: policyFiles({
      candidates: [join(places.config, "policies"), shipped],
      cacheFile: join(places.state, `policy-${identity.uid}.compiled`),
      program: String(statSync(import.meta.filename).mtimeMs),
    }),
    drafts: {
      load: async (path, attached) => (await import("./facts/policy-drafts.ts")).policyDrafts.load(path, attached),
      cases: async (path) => (await import("./facts/policy-drafts.ts")).policyDrafts.cases(path),
    },
    store: openStore(join(places.state, "trail.db"), nativeBinding()),
    sessions: createSessionHost({ stateDir: sessions }),
    inputs: {
      async read(path) {
        const { createInputFiles } = await import("./facts/input-files.ts");
        return createInputFiles({ asRequester: (work) => asRequester(rights, work) }).read(path);
      },
    },
    outputs: createOutputFiles(rights, [places.state, places.config, sessions, dirname(shipped), import.meta.dirname]),
    person: terminal,
    approver: createApprovers({ terminal }),
  };
}
