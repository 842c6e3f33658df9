// nmap's script index, and which scripts a command line selects from it. A plan holds exact names: what "default"
// means must not change between the judgement and the run.
import { err, ok, unreachable, type Problem, type Result } from "../result.ts";
import type { ScriptEntry, ScriptFile } from "./facts.ts";
import { quoted } from "./parse-error.ts";
import type { PlannedScript } from "./scan-plan.ts";
import { selects, wordsOf, type ScriptPiece } from "./scripts-expression.ts";

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

/** What selects scripts. */
export type ScriptRule =
  /** Every script of a category: `default` for -sC and -A, `version` for -sV. No --script named them: implied. */
  | { readonly kind: "category"; readonly category: "default" | "version" }
  /** A piece of --script. */
  | { readonly kind: "piece"; readonly piece: ScriptPiece }
  /** Scripts of a plan that was made before. */
  | { readonly kind: "names"; readonly names: readonly string[] };

/** What a line selects: with --script, `default` has no part in it, as in nmap. */
export function scriptRules(options: {
  readonly scripts: readonly ScriptPiece[];
  readonly ownScriptPaths: readonly string[];
  readonly defaultScripts: boolean;
  readonly aggressive: boolean;
  readonly serviceVersion: boolean;
}): readonly ScriptRule[] {
  const rules: ScriptRule[] = options.scripts.map((piece) => ({ kind: "piece", piece }));
  const named = rules.length + options.ownScriptPaths.length > 0;
  if (!named && (options.defaultScripts || options.aggressive)) {
    rules.push({ kind: "category", category: "default" });
  }
  if (options.serviceVersion || options.aggressive) rules.push({ kind: "category", category: "version" });
  return rules;
}

/**
 * The scripts that at least one rule selects, each once, by name in the order of code units.
 *
 * @param files  what is known of their files; without it no script has a hash.
 */
export function selectScripts(
  entries: readonly ScriptEntry[],
  rules: readonly ScriptRule[],
  files: ReadonlyMap<string, ScriptFile> = new Map(),
): readonly PlannedScript[] {
  const selected: PlannedScript[] = [];
  for (const { name, categories } of entries) {
    const entry = { name, categories };
    const by = rules.filter((rule) => ruleSelects(rule, entry));
    if (by.length === 0) continue;
    const file = files.get(name);
    selected.push({
      name,
      categories: [...categories].sort(),
      implied: by.every((rule) => rule.kind === "category"),
      ...(file === undefined ? {} : { digest: file.digest }),
      ...(reachesOthers(entry, file) ? { contacts: "others" as const } : {}),
    });
  }
  return selected.sort((left, right) => (left.name < right.name ? -1 : 1));
}

function ruleSelects(rule: ScriptRule, entry: ScriptEntry): boolean {
  switch (rule.kind) {
    case "category":
      return entry.categories.includes(rule.category);
    case "piece":
      return selects(rule.piece.expression, entry);
    case "names":
      return rule.names.includes(entry.name);
    default:
      return unreachable(rule);
  }
}

/** Before any target is known a script can only speak to somebody else; what it adds is scanned without a judgement. */
function reachesOthers({ categories }: ScriptEntry, file: ScriptFile | undefined): boolean {
  return (
    categories.includes("broadcast") ||
    categories.includes("external") ||
    file?.beforeTargets === true ||
    file?.addsTargets === true
  );
}

/**
 * Why a piece of --script cannot be used: it selects nothing, or a word in it is neither a category nor the name of a
 * script, so that its `not` would select everything.
 */
export function refusePieces(
  entries: readonly ScriptEntry[],
  pieces: readonly ScriptPiece[],
): Problem<"script-unknown"> | undefined {
  for (const { text, expression } of pieces) {
    for (const word of wordsOf(expression)) {
      if (entries.some((entry) => selects({ kind: "word", word }, entry))) continue;
      const near = nearestScript(word, entries);
      return {
        code: "script-unknown",
        message: `--script: ${quoted(word)} is neither a category nor an installed script.`,
        hint: word.endsWith(".nse")
          ? `for a script of your own write ./${word}`
          : near === undefined
            ? "nmap --script-help all lists them"
            : `did you mean ${near}?`,
      };
    }
    if (!entries.some((entry) => selects(expression, entry))) {
      return { code: "script-unknown", message: `--script ${quoted(text)} selects no script.` };
    }
  }
  return undefined;
}

/** The name or category that differs in its case, in one letter left out, added or changed, or in two swapped. */
function nearestScript(word: string, entries: readonly ScriptEntry[]): string | undefined {
  const typed = word.toLowerCase().replace(/\.nse$/, "");
  if (typed.length > 60) return undefined;
  const known = new Set(entries.flatMap(({ name, categories }) => [name, ...categories]));
  for (const name of known) if (isNear(typed, name.toLowerCase())) return name;
  return undefined;
}

function isNear(typed: string, name: string): boolean {
  if (typed === name) return true;
  if (Math.abs(typed.length - name.length) > 1) return false;
  let at = 0;
  while (at < typed.length && typed[at] === name[at]) at++;
  const [left, right] = [typed.slice(at), name.slice(at)];
  return (
    left.slice(1) === right.slice(1) ||
    left === right.slice(1) ||
    left.slice(1) === right ||
    (left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2))
  );
}

/**
 * What to put behind nmap's --script: `default` for -sC, and the scripts that somebody chose. nmap reads `default` out
 * of the very script.db that the plan was made with (its copy is pinned by hash), and a script that is named talks more
 * than one that came with its category. What only -sV brings is left out, because -sV loads it by itself.
 */
export function scriptsToName(scripts: readonly PlannedScript[], defaultScripts: boolean): readonly string[] {
  const named = scripts.filter((script) => !script.implied && script.own !== true).map((script) => script.name);
  return defaultScripts ? ["default", ...named] : named;
}
