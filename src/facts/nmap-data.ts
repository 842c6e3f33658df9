// The tables of the nmap that will run: which ports are common, which scripts there are. Read only when a plan needs
// them; parsing is the plan's business (core/plan).
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FactsProblem } from "../effects.ts";
import type { ScriptEntry, ServiceEntry } from "../core/plan/facts.ts";
import { err, ok } from "../core/result.ts";
import type { Result } from "../core/result.ts";

/** Where the installed nmap has its tables: beside its own executable, links followed. */
export function installedTables(nmap: string): Result<string, FactsProblem> {
  try {
    return ok(join(dirname(realpathSync(nmap)), "..", "share", "nmap"));
  } catch (error) {
    return err(unreadable(nmap, (error as NodeJS.ErrnoException).code ?? "unknown error"));
  }
}

/** nmap-services in this directory. */
export async function readServices(directory: string): Promise<Result<readonly ServiceEntry[], FactsProblem>> {
  const text = readTable(directory, "nmap-services");
  if (!text.ok) return text;
  const { parseServices } = await import("../core/plan/ports-services.ts");
  return ok(parseServices(text.value));
}

/** nmap-protocols in this directory. */
export async function readProtocols(directory: string): Promise<Result<readonly number[], FactsProblem>> {
  const text = readTable(directory, "nmap-protocols");
  if (!text.ok) return text;
  const { parseProtocolNumbers } = await import("../core/plan/ports-services.ts");
  return ok(parseProtocolNumbers(text.value));
}

/** script.db in this directory. */
export async function readScripts(directory: string): Promise<Result<readonly ScriptEntry[], FactsProblem>> {
  const name = join("scripts", "script.db");
  const text = readTable(directory, name);
  if (!text.ok) return text;
  const { parseScriptDb } = await import("../core/plan/scripts.ts");
  const parsed = parseScriptDb(text.value);
  return parsed.ok ? parsed : err(unreadable(name, parsed.error.message));
}

function readTable(directory: string, name: string): Result<string, FactsProblem> {
  const path = join(directory, name);
  try {
    return ok(readFileSync(path, "latin1"));
  } catch (error) {
    return err(unreadable(path, (error as NodeJS.ErrnoException).code ?? "unknown error"));
  }
}

function unreadable(what: string, because: string): FactsProblem {
  return {
    code: "nmap-data-unreadable",
    message: `nmap's own table ${what} can't be read (${because}).`,
    hint: "reinstall nmap",
  };
}
