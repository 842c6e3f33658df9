// Makes text that others wrote safe to show on a terminal, a page or in a mail: what steers a display or can't be seen
// is spelled out instead. In its own file because every part that shows anything needs it and nothing else.

// Controls, invisible formatting (bidi, zero width), line and paragraph separators, lone surrogates, private use and
// unassigned code points: none of them has an appearance that a reader can rely on.
const unshowable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
const plain = /^[\x20-\x7e]*$/;

export interface EscapeOptions {
  /** Characters that stay as they are, where the layout is known to cope with them. */
  readonly keep?: "tab" | "newline" | "tab-and-newline";
}

/**
 * The text with every character that a display would obey or hide written as `\u{hex}`.
 *
 * Total: any string gives a string; printable ASCII comes back unchanged. It is for showing, not for storing: a
 * backslash stays as it is, so the original can't be read back from it.
 *
 * Source: Unicode general categories (UAX #44); the danger is CVE-2021-42574 (bidi) and terminal escape sequences.
 */
export function escapeText(text: string, options: EscapeOptions = {}): string {
  if (plain.test(text)) return text;
  const { keep } = options;
  return text.replace(unshowable, (character) => {
    if (character === "\t" && (keep === "tab" || keep === "tab-and-newline")) return character;
    if (character === "\n" && (keep === "newline" || keep === "tab-and-newline")) return character;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
