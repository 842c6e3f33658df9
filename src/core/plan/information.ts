// Lines that ask nmap something instead of scanning: its help, its version, the machine's interfaces. They contact
// nobody and read no file of the requester's, so they need neither policy nor grant; exactly one line is rendered for
// each.
import { refuseWords } from "./accept.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import type { ScriptEntry } from "./facts.ts";
import { tokenise } from "./getopt.ts";
import type { Information } from "./options/option.ts";
import { quoted, type ParseProblem } from "./parse-error.ts";
import { parseScripts, splitOwnScripts } from "./scripts-expression.ts";
import { refusePieces, selectScripts } from "./scripts.ts";

export type { Information } from "./options/option.ts";

/**
 * What a line asks, when it asks that and nothing else; undefined for every other line, also for one that names such an
 * option among others: that is refused when it is read as a scan.
 */
export function informationOf(words: readonly string[]): Information | undefined {
  if (words.length === 0 || refuseWords(words) !== undefined) return undefined;
  const tokens = tokenise(words);
  if (!tokens.ok || tokens.value.operands.length > 0) return undefined;
  const [first, ...others] = tokens.value.options.map(({ entry }) => entry.meaning);
  if (first?.kind !== "information") return undefined;
  if (others.some((meaning) => meaning.kind !== "information" || meaning.about !== first.about)) return undefined;
  if (first.about !== "script-help") return { about: first.about };
  return { about: first.about, scripts: tokens.value.options.map(({ argument }) => argument ?? "").join(",") };
}

/** The names of the scripts that somebody asks about: as exact as those that a plan holds. */
export function scriptsAskedAbout(
  scripts: string,
  installed: readonly ScriptEntry[],
): Result<readonly string[], ParseProblem> {
  const [own] = splitOwnScripts(scripts).own;
  if (own !== undefined) {
    const message = `nmap would run ${quoted(own)} to tell about it.`;
    return err({ code: "script-file", message, hint: "--script-help is for installed scripts" });
  }
  const pieces = parseScripts(scripts);
  if (!pieces.ok) return pieces;
  const unknown = refusePieces(installed, pieces.value);
  if (unknown !== undefined) return err(unknown);
  const rules = pieces.value.map((piece) => ({ kind: "piece", piece }) as const);
  return ok(selectScripts(installed, rules).map(({ name }) => name));
}

/**
 * The words to execute, the program's path first.
 *
 * @param scripts  names, for help about scripts.
 */
export function informationArgv(
  nmap: string,
  about: Information["about"],
  scripts: readonly string[] = [],
): readonly string[] {
  switch (about) {
    case "help":
      return [nmap, "--help"];
    case "version":
      return [nmap, "--version"];
    case "interfaces":
      return [nmap, "--unprivileged", "-n", "--noninteractive", "--iflist"];
    case "script-help":
      return [nmap, "--unprivileged", "-n", "--noninteractive", `--script-help=${scripts.join(",")}`];
    default:
      return unreachable(about);
  }
}
