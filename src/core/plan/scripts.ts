// nmap's script index, and which scripts a command line selects from it. A plan holds exact names: what "default"
// means must not change between the judgement and the run.
import { err, ok, type Problem, type Result } from "../result.ts";
import type { ScriptEntry } from "./facts.ts";
import type { PlannedScript } from "./scan-plan.ts";

const ENTRY = /^Entry \{ filename = "([^"\\/]+)\.nse", categories = \{ ((?:"[a-z]+", )*(?:"[a-z]+",? )?)\} \}$/;

/**
 * The entries of a script.db, in its order.
 *
 * A line that is no plain entry is a problem: nmap runs the file as a Lua program, so an entry that this reader
 * skipped would be a script that runs without having been judged.
 */
export function parseScriptDb(text: string): Result<readonly ScriptEntry[], Problem<"script-db-syntax">> {
  const entries: ScriptEntry[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const match = ENTRY.exec(line);
    const name = match?.[1];
    const categories = match?.[2];
    if (name === undefined || categories === undefined) {
      return err({
        code: "script-db-syntax",
        message: `Line ${index + 1} of script.db is not an entry that nmap writes.`,
        hint: "nmap --script-updatedb, run by the administrator, writes the file anew",
      });
    }
    entries.push({ name, categories: categories.match(/[a-z]+/g) ?? [] });
  }
  return ok(entries);
}

/** What selects scripts. The expressions of --script are to become a kind of their own. */
export type ScriptRule =
  /** Every script of a category: `default` for -sC and -A, `version` for -sV. No --script named them: implied. */
  { readonly kind: "category"; readonly category: "default" | "version" };

/** The scripts that at least one rule selects, each once, by name in the order of code units. */
export function selectScripts(entries: readonly ScriptEntry[], rules: readonly ScriptRule[]): readonly PlannedScript[] {
  return entries
    .filter((entry) => rules.some((rule) => entry.categories.includes(rule.category)))
    .map((entry) => ({ name: entry.name, categories: [...entry.categories].sort(), implied: true }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/**
 * What to put behind nmap's --script: `default` for -sC, and the scripts that somebody chose. nmap reads `default` out
 * of the very script.db that the plan was made with (its copy is pinned by hash), and a script that is named talks more
 * than one that came with its category. What only -sV brings is left out, because -sV loads it by itself.
 */
export function scriptsToName(scripts: readonly PlannedScript[], defaultScripts: boolean): readonly string[] {
  const named = scripts.filter((script) => !script.implied).map((script) => script.name);
  return defaultScripts ? ["default", ...named] : named;
}
