// Lines that ask nmap something instead of scanning: its help, its version, the machine's interfaces. They contact
// nobody and read no file of the requester's, so they need neither policy nor grant; exactly one line is rendered for
// each.
import { refuseWords } from "./accept.ts";
import { tokenise } from "./getopt.ts";
import type { Information } from "./options/option.ts";

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
  return { about: first.about };
}

/** The words to execute, the program's path first. */
export function informationArgv(nmap: string, { about }: Information): readonly string[] {
  switch (about) {
    case "help":
      return [nmap, "--help"];
    case "version":
      return [nmap, "--version"];
    case "interfaces":
      return [nmap, "--unprivileged", "-n", "--noninteractive", "--iflist"];
  }
}
