// JSON as text that is safe to look at: for documents, and for streams of objects.

// Controls, invisible and unassigned characters: valid inside JSON strings, but a terminal would obey or hide them.
const unshowable = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** A value as JSON with a line feed; `compact` for streams of objects, one a line. What can't be seen is `\\uXXXX`. */
export function jsonText(value: unknown, layout: "indented" | "compact" = "indented"): string {
  return `${showableJson(JSON.stringify(value, undefined, layout === "indented" ? 2 : undefined))}\n`;
}

/** The same value in other letters: what can't be seen in strings is escaped. Line feeds stay. */
export function showableJson(text: string): string {
  return text.replace(unshowable, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
      return `\\u${unit}`;
    }).join(""),
  );
}
