// Plans for tests, built from command lines with the data files of the installed nmap and a few fixed names.
import { readFileSync } from "node:fs";
import { buildPlan } from "../../../src/core/plan/build.ts";
import { factsNeeded, type Facts, type ResolvedName } from "../../../src/core/plan/facts.ts";
import type { InputFile } from "../../../src/core/plan/input-files.ts";
import type { ParseProblem } from "../../../src/core/plan/parse-error.ts";
import { parseProtocolNumbers, parseServices } from "../../../src/core/plan/ports-services.ts";
import { readOptions } from "../../../src/core/plan/read-options.ts";
import type { ScanPlan } from "../../../src/core/plan/scan-plan.ts";
import { parseScriptDb } from "../../../src/core/plan/scripts.ts";
import type { Result } from "../../../src/core/result.ts";

const NAMES: ReadonlyMap<string, Readonly<Record<4 | 6, readonly string[]>>> = new Map([
  ["localhost", { 4: ["127.0.0.1"], 6: ["::1"] }],
  ["one.test", { 4: ["127.0.0.9"], 6: [] }],
  ["two.test", { 4: ["127.0.1.1", "127.0.2.1"], 6: [] }],
  ["dual.test", { 4: ["127.0.6.6"], 6: ["2001:db8::66"] }],
]);

export type Tables = Pick<Facts, "services" | "scripts" | "protocols">;

const scripts = parseScriptDb(readFileSync("/usr/share/nmap/scripts/script.db", "utf8"));
if (!scripts.ok) throw new Error(scripts.error.message);
export const installedScripts = scripts.value;
export const installedTables: Tables = {
  services: parseServices(readFileSync("/usr/share/nmap/nmap-services", "utf8")),
  protocols: parseProtocolNumbers(readFileSync("/usr/share/nmap/nmap-protocols", "utf8")),
  scripts: installedScripts,
};

export interface Machine {
  readonly privileged?: boolean;
  /** What other names resolve to, in both families. */
  readonly anyName?: Readonly<Record<4 | 6, string>>;
  readonly files?: readonly InputFile[];
  /** Those of the installed nmap, unless a test has others. */
  readonly tables?: Tables;
}

/** Gives only the facts that were asked for, as the real finder does. */
export function plan(words: readonly string[], machine: Machine = {}): Result<ScanPlan, ParseProblem> {
  const options = readOptions(words, machine.files);
  if (!options.ok) return options;
  const needed = factsNeeded(options.value);
  const { services, scripts, protocols } = machine.tables ?? installedTables;
  const facts: Facts = {
    nmap: { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` },
    privileged: machine.privileged ?? true,
    names: new Map<string, ResolvedName>(
      needed.names.map((name) => {
        const addresses = NAMES.get(name)?.[needed.family] ?? (machine.anyName ? [machine.anyName[needed.family]] : []);
        return [name, addresses.length > 0 ? { addresses } : { addresses, problem: "no such name" }];
      }),
    ),
    services: needed.services ? services : [],
    ...(needed.protocols === true && protocols !== undefined ? { protocols } : {}),
    scripts: needed.scripts ? scripts : [],
  };
  return buildPlan(options.value, facts);
}

/** For lines that must be accepted; words are separated by spaces. */
export function planOf(line: string, machine: Machine = {}): ScanPlan {
  const built = plan(line.split(" "), machine);
  if (!built.ok) throw new Error(`${line}: ${built.error.code}: ${built.error.message}`);
  return built.value;
}

/** The code of the refusal, or "accepted". */
export function refusalOf(line: string, machine: Machine = {}): string {
  const built = plan(line.split(" "), machine);
  return built.ok ? "accepted" : built.error.code;
}
