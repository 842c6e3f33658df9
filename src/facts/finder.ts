// The fact finder: what the broker sees of this folder. Finds what is asked for and nothing more; delegations are the
// store's, and joined to it in live.ts.
import type { Requester } from "../core/policy/decision.ts";
import type { FactFinder } from "../effects.ts";
import type { Account } from "./accounts.ts";
import type { Facts } from "../core/plan/facts.ts";
import { ok } from "../core/result.ts";
import { join } from "node:path";
import { findNmap } from "./nmap.ts";
import { mayOpenRawSockets } from "./raw-sockets.ts";
import { findIdentity } from "./requester.ts";
import type { Identity } from "./requester.ts";

export interface FactFinderOptions {
  /** Absolute path of the requester's state directory. */
  readonly stateDir: string;
  /** Where nmap is looked for instead of the system's directories; for tests and unusual installations. */
  readonly nmapDirectories?: readonly string[];
  /** Whether somebody else runs its scans who may open raw sockets; asked where this process may not. */
  readonly privileged?: () => Promise<boolean>;
}

export function createFactFinder(options: FactFinderOptions): Omit<FactFinder, "delegations"> {
  let identity: Identity | undefined;
  return {
    async find(needed) {
      const nmap = await findNmap({
        cacheDirectory: options.stateDir,
        ...(options.nmapDirectories === undefined ? {} : { directories: options.nmapDirectories }),
      });
      if (!nmap.ok) return nmap;
      const facts: Writable<Facts> = {
        nmap: nmap.value,
        privileged: mayOpenRawSockets() || ((await options.privileged?.()) ?? false),
        names: new Map(),
        services: [],
        scripts: [],
      };
      let data: string | undefined;
      if (needed.data !== undefined) {
        const { dataCopy } = await import("./data-copy.ts");
        const copy = dataCopy(nmap.value.path, needed.data, options.stateDir);
        if (!copy.ok) return copy;
        data = copy.value.directory;
        facts.nmap = { ...nmap.value, data: { level: needed.data, hash: copy.value.hash } };
      }
      if (needed.services || needed.scripts || needed.protocols === true) {
        const { installedTables, readProtocols, readScripts, readServices } = await import("./nmap-data.ts");
        const tables = data === undefined ? installedTables(nmap.value.path) : ok(data);
        if (!tables.ok) return tables;
        if (needed.services) {
          const services = await readServices(tables.value);
          if (!services.ok) return services;
          facts.services = services.value;
        }
        if (needed.protocols === true) {
          const protocols = await readProtocols(tables.value);
          if (!protocols.ok) return protocols;
          facts.protocols = protocols.value;
        }
        if (needed.scripts) {
          const scripts = await readScripts(tables.value);
          if (!scripts.ok) return scripts;
          facts.scripts = scripts.value;
          if (needed.scriptFiles !== undefined) {
            const { selectScripts } = await import("../core/plan/scripts.ts");
            const { readScriptFiles } = await import("./script-files.ts");
            const names = selectScripts(scripts.value, needed.scriptFiles).map((script) => script.name);
            const note = join(options.stateDir, "script-files.json");
            const files = readScriptFiles(join(tables.value, "scripts"), names, note);
            if (!files.ok) return files;
            facts.scriptFiles = files.value;
          }
        }
      }
      if (needed.names.length > 0) {
        const { resolveNames } = await import("./resolver.ts");
        facts.names = await resolveNames(needed.names, needed.family);
      }
      return ok(facts);
    },

    requester() {
      identity ??= findIdentity();
      return requesterOf(identity);
    },

    async account(login) {
      const { accountByName } = await import("./accounts.ts");
      const account = accountByName(login);
      return account === undefined ? undefined : requesterOf(account);
    },

    async membersOf(group) {
      const { membersOf } = await import("./accounts.ts");
      return membersOf(group);
    },
  };
}

function requesterOf({ name, uid, groups, unknown }: Account): Requester {
  return { name, uid, groups, ...(unknown !== undefined && { unknown }) };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
