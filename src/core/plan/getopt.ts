// A command line cut into options, values and operands exactly as glibc's getopt_long_only does it over nmap's table.
// Nothing is judged here: what a person should rather not write is refused later, when it is known what it means.
import { err, ok, type Result } from "../result.ts";
import { longOptions, shortOptions } from "./options/index.ts";
import { writtenName, type OptionEntry } from "./options/option.ts";
import { quoted, type OptionProblem } from "./parse-error.ts";

/** One option as the C library hands it to nmap. */
export interface OptionToken {
  readonly entry: OptionEntry;
  /** Its exact name in the table, `--max-rate` or `-p`, however it was abbreviated. */
  readonly name: string;
  readonly argument: string | undefined;
  /** True when the argument is a word of its own. */
  readonly detached: boolean;
  /** The word in which the option stands. */
  readonly word: string;
}

export interface Tokens {
  readonly options: readonly OptionToken[];
  /** In their order, wherever they stood. */
  readonly operands: readonly string[];
}

interface LongMatch {
  readonly name: string;
  readonly entry: OptionEntry;
}

/**
 * Reads the words as the C library does: operands may stand anywhere, a long option may have one dash, may be cut to
 * any prefix that fits only one name, and takes its value after `=` or from the next word; letters may share a word.
 *
 * The first word that the C library refuses ends the reading: nmap runs nothing then.
 *
 * Source: glibc 2.36, posix/getopt.c, getopt_long_only without POSIXLY_CORRECT; checked against tokens of the running
 * binary in test/compliance/argvs.test.ts.
 */
export function tokenise(words: readonly string[]): Result<Tokens, OptionProblem> {
  const options: OptionToken[] = [];
  const operands: string[] = [];
  let next = 0;
  while (next < words.length) {
    const word = words[next++] ?? "";
    if (word === "--") {
      // One by one: a list of targets may be longer than a call may have arguments.
      while (next < words.length) operands.push(words[next++] ?? "");
      break;
    }
    if (word === "-" || !word.startsWith("-")) {
      operands.push(word);
      continue;
    }
    const long = readLong(word, words[next]);
    if (long !== undefined) {
      if (!long.ok) return long;
      options.push(long.value);
      if (long.value.detached) next++;
      continue;
    }
    const cluster = readCluster(word, words[next], options);
    if (!cluster.ok) return cluster;
    if (cluster.value.tookNext) next++;
  }
  return ok({ options, operands });
}

/** undefined when the word is to be read as short options after all. */
function readLong(word: string, following: string | undefined): Result<OptionToken, OptionProblem> | undefined {
  const doubleDash = word.startsWith("--");
  const letter = word.charAt(1);
  // A single letter that is an option is never an abbreviation; `-fu` is tried as one before it is -f with "u".
  if (!doubleDash && word.length === 2 && isShort(letter)) return undefined;
  const body = word.slice(doubleDash ? 2 : 1);
  const equals = body.indexOf("=");
  const prefix = equals < 0 ? body : body.slice(0, equals);
  const matches = findLong(prefix);
  const [match] = matches;
  if (match === undefined) {
    if (!doubleDash && isShort(letter)) return undefined;
    return err(unknownOption(word));
  }
  if (matches.length > 1) return err(ambiguousOption(word, matches));
  const { name, entry } = match;
  if (equals >= 0) {
    if (entry.argument === "none") {
      return err({
        code: "unexpected-argument",
        message: `${writtenName(name)} takes no value, so ${quoted(word)} is refused.`,
      });
    }
    return ok({ entry, name, argument: body.slice(equals + 1), detached: false, word });
  }
  if (entry.argument !== "required") return ok({ entry, name, argument: undefined, detached: false, word });
  if (following === undefined) return err(missingArgument(name));
  return ok({ entry, name, argument: following, detached: true, word });
}

/** All the letters of one word, pushed to `into`; the first that takes a value takes the rest. */
function readCluster(
  word: string,
  following: string | undefined,
  into: OptionToken[],
): Result<{ tookNext: boolean }, OptionProblem> {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const entry = shortOptions.get(letter);
    const name = `-${letter}`;
    if (entry === undefined) return err(unknownOption(word, letter));
    if (entry.argument === "none") {
      into.push({ entry, name, argument: undefined, detached: false, word });
      continue;
    }
    const rest = word.slice(at + 1);
    if (rest !== "" || entry.argument === "optional") {
      into.push({ entry, name, argument: rest === "" ? undefined : rest, detached: false, word });
      return ok({ tookNext: false });
    }
    if (following === undefined) return err(missingArgument(name));
    into.push({ entry, name, argument: following, detached: true, word });
    return ok({ tookNext: true });
  }
  return ok({ tookNext: false });
}

/** The option of exactly this name, else every option whose name begins so. */
function findLong(prefix: string): readonly LongMatch[] {
  const exact = longOptions.get(prefix);
  if (exact !== undefined) return [{ name: `--${prefix}`, entry: exact }];
  const found: LongMatch[] = [];
  // Two names of one entry are still ambiguous: getopt_long_only compares names, not meanings.
  for (const [name, entry] of longOptions) if (name.startsWith(prefix)) found.push({ name: `--${name}`, entry });
  return found;
}

// getopt looks the letter up in its option string, where `:` marks arguments; as a letter it is refused later anyway.
function isShort(letter: string): boolean {
  return letter === ":" || shortOptions.has(letter);
}

function unknownOption(word: string, letter?: string): OptionProblem {
  const what = letter === undefined || word.length === 2 ? quoted(word) : `${quoted(`-${letter}`)} in ${quoted(word)}`;
  const near = nearestName(word);
  return {
    code: "unknown-option",
    message: `${what} is no option of nmap.`,
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  };
}

function ambiguousOption(word: string, matches: readonly LongMatch[]): OptionProblem {
  const names = matches.slice(0, 6).map((match) => writtenName(match.name));
  const more = matches.length > names.length ? ", …" : "";
  return {
    code: "ambiguous-option",
    message: `${quoted(word)} could be ${names.join(", ")}${more}.`,
    hint: "write the name in full",
  };
}

function missingArgument(name: string): OptionProblem {
  return { code: "missing-argument", message: `${writtenName(name)} needs a value.` };
}

/** The long option that is nearest to a mistyped one: at most two changes, and `_` for `-` as nmap once allowed. */
function nearestName(word: string): string | undefined {
  if (!word.startsWith("--") || word.length > 40) return undefined;
  const typed = (word.slice(2).split("=")[0] ?? "").replaceAll("_", "-");
  let best: { name: string; changes: number } | undefined;
  for (const name of longOptions.keys()) {
    const changes = editDistance(typed, name);
    if (changes <= 2 && changes < name.length / 2 && changes < (best?.changes ?? Infinity))
      best = { name: `--${name}`, changes };
  }
  return best === undefined ? undefined : writtenName(best.name);
}

/** Levenshtein's distance. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = from[row - 1] === to[column - 1] ? 0 : 1;
      current.push(
        Math.min((previous[column - 1] ?? 0) + changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1),
      );
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
