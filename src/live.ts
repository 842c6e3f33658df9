// The real effects, wired in one place: where the state lies, which policy is in force, who is asking. Each part opens
// its files when it is first used, so that the path of an allowed scan pays for nothing else.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { createRunner, type RunnerOptions } from "./apart/here-or-apart.ts";
import { createApprovers } from "./approvers/index.ts";
import { createProofs } from "./approvers/proofs/index.ts";
import { createTerminal } from "./cli/terminal.ts";
import { escapeText } from "./core/escape.ts";
import type { ConfigSource, Effects, Places, PolicyDrafts } from "./effects.ts";
import { askedFor } from "./facts/asked-for.ts";
import { createFactFinder } from "./facts/finder.ts";
import { policyFiles } from "./facts/policy-files.ts";
import { findIdentity, type Identity } from "./facts/requester.ts";
import { uptimeCentiseconds } from "./session/processes.ts";
import { privateFolder, ROOTS_FOLDER } from "./session/run-folder.ts";
import { asRequester, createOutputFiles } from "./session/outputs.ts";
import { openStore } from "./store/store.ts";

/** `JIT_NMAP_HOME` moves everything into one folder; under sudo the folders are those of the person who called it. */
function placesOf(identity: Identity, environment: NodeJS.ProcessEnv): Places {
  const home = environment["JIT_NMAP_HOME"];
  if (home !== undefined && home !== "") {
    if (!isAbsolute(home)) {
      throw misconfigured(`JIT_NMAP_HOME must be an absolute path, not ${escapeText(home)}`, "for example: $PWD/lab");
    }
    return { state: home, config: home };
  }
  const own = (variable: string, otherwise: string): string => {
    const value = identity.bySudo ? undefined : environment[variable];
    return join(value !== undefined && isAbsolute(value) ? value : join(identity.home, otherwise), "jit-nmap");
  };
  return { state: own("XDG_STATE_HOME", ".local/state"), config: own("XDG_CONFIG_HOME", ".config") };
}

/** What the installation or its settings are wrong about (78): told by main, by this code. */
function misconfigured(message: string, hint: string): Error {
  return Object.assign(new Error(message), { code: "misconfigured", hint });
}

/** What this process believes at its next start, and what its nmap opens: never where another account can write. */
function ownFolder(state: string, identity: Identity): string {
  if (identity.bySudo) return privateFolder(ROOTS_FOLDER, 0);
  return isShared(state, identity) ? accountFolder(state, identity) : state;
}

/** Whether other accounts can write there too. */
function isShared(state: string, identity: Identity): boolean {
  const { mode, uid } = statSync(state);
  return uid !== identity.uid || (mode & 0o022) !== 0;
}

const accountFolder = (state: string, { uid }: Identity): string => privateFolder(join(state, `account-${uid}`), uid);

/**
 * Who runs sessions. Root's are held by the kernel, but for `JIT_NMAP_HOME`, which is for trials that leave no rules in the
 * machine's network; root by hand can say otherwise, who calls sudo cannot. Who is not root can ask sudo for a runner that
 * is, and root can have everybody do so.
 */
function confinedBy(identity: Identity, environment: NodeJS.ProcessEnv): RunnerOptions["confined"] {
  const isRoot = process.geteuid?.() === 0;
  if (identity.bySudo) return "root";
  const said = environment["JIT_NMAP_SESSIONS"] ?? "";
  if (said === "advisory") return "no";
  if (said === "enforced") return isRoot ? "root" : "sudo";
  if (said !== "") throw misconfigured(`JIT_NMAP_SESSIONS is enforced or advisory, not ${escapeText(said)}`, "");
  if (!isRoot) return "as-root-says";
  return (environment["JIT_NMAP_HOME"] ?? "") === "" ? "root" : "no";
}

/** Makes the folder and those above it. By hand: Node's own loops for ever below /proc. */
function makeFolders(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST" && statSync(folder).isDirectory()) return;
    if (code !== "ENOENT" || dirname(folder) === folder || existsSync(dirname(folder))) throw error;
    makeFolders(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

/** The built program carries SQLite's compiled part beside it; from source, the package finds its own. */
function nativeBinding(): { readonly nativeBinding?: string } {
  const path = join(import.meta.dirname, `better-sqlite3-${process.platform}-${process.arch}.node`);
  return existsSync(path) ? { nativeBinding: path } : {};
}

export function liveEffects(): Effects {
  const identity = findIdentity();
  const places = placesOf(identity, process.env);
  // Under sudo this process is root, and the files are still the caller's: whatever of theirs is made, opened or
  // written, is so with their rights, wherever a link of theirs may lead.
  const rights = identity.bySudo ? identity : undefined;
  const asOwner = <T>(work: () => T): T => asRequester(rights, work);
  asOwner(() => {
    makeFolders(places.state);
  });
  const own = ownFolder(places.state, identity);
  const shipped = join(import.meta.dirname, "..", "policies", "default.yaml");
  const ownFolders = [places.state, places.config, own, dirname(shipped), import.meta.dirname];
  const config = configOf(join(places.config, "config.yaml"), asOwner);
  const terminal = createTerminal({ environment: process.env, now: () => Date.now() });
  const store = openStore(join(places.state, "trail.db"), {
    ...nativeBinding(),
    ...(rights !== undefined && { asOwner }),
  });
  const proofs = createProofs({
    ssh: { environment: process.env, home: identity.bySudo ? undefined : identity.home },
    config,
    passkey: (id) => store.access.passkey(id),
  });
  const runner = createRunner({
    stateDir: own,
    stateHome: places.state,
    confined: confinedBy(identity, process.env),
    lendsRights: identity.bySudo,
  });
  // What sudo's runner may do for this account is what its scans may do.
  const privileged = async (): Promise<boolean> => (await runner.level()).level === "enforced";
  return {
    places,
    clock: { now: () => Date.now() },
    uptime: () => uptimeCentiseconds() / 100,
    random: { bytes: (count) => randomBytes(count) },
    facts: { ...createFactFinder({ stateDir: own, privileged }), delegations: () => store.delegations() },
    policy: policyFiles({
      candidates: [join(places.config, "policies"), shipped],
      asOwner,
      cacheFile: join(own, `policy-${identity.uid}.compiled`),
      program: String(statSync(import.meta.filename).mtimeMs),
    }),
    drafts: {
      load: async (path, attached) => (await draftsOf(asOwner)).load(path, attached),
      cases: async (path) => (await draftsOf(asOwner)).cases(path),
    },
    config,
    callbacks: {
      async read(service, call, now) {
        const { createCallbacks } = await import("./approvers/webhook/read-call.ts");
        return createCallbacks(config).read(service, call, now);
      },
    },
    store,
    runner,
    inputs: {
      async read(path) {
        const { createInputFiles } = await import("./facts/input-files.ts");
        return createInputFiles({ asRequester: asOwner }).read(path);
      },
    },
    outputs: createOutputFiles(rights, ownFolders),
    asked: askedFor(
      isShared(places.state, identity) ? () => accountFolder(places.state, identity) : undefined,
      asOwner,
    ),
    person: terminal,
    approver: createApprovers({
      terminal,
      config,
      clock: { now: () => Date.now() },
      sign: (...asked) => proofs.sign(...asked),
    }),
    proofs,
  };
}

/** Its reader, with YAML and schema, is loaded when somebody wants to know. */
function configOf(path: string, asOwner: <T>(work: () => T) => T): ConfigSource {
  let source: Promise<ConfigSource> | undefined;
  const opened = (): Promise<ConfigSource> =>
    (source ??= import("./facts/config-file.ts").then(({ configFile }) => configFile(path, asOwner)));
  return {
    load: async () => (await opened()).load(),
    secret: async (file) => (await opened()).secret(file),
  };
}

async function draftsOf(asOwner: <T>(work: () => T) => T): Promise<PolicyDrafts> {
  const { createPolicyDrafts } = await import("./facts/policy-drafts.ts");
  return createPolicyDrafts(asOwner);
}
