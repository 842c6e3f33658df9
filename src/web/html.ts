// HTML as values: whatever is put into a template is text and is escaped twice over, for what a browser interprets and
// for what only hides (bidi, controls). Its own file because every page is made of it, and nothing else makes markup.
import { escapeText } from "../core/escape.ts";

/** Markup that was made by `html`; anything else is text. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

type Part = Html | string | number | bigint | undefined | readonly Part[];

/** A template whose values are escaped; lists are joined, `undefined` is nothing. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  let markup = strings[0] ?? "";
  for (const [index, value] of values.entries()) markup += markupOf(value) + (strings[index + 1] ?? "");
  return new Html(markup);
}

export const nothing = html``;

function markupOf(value: Part): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(markupOf).join("");
  return asMarkup(String(value));
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Text as markup that shows it, in content and in quoted attributes. */
function asMarkup(text: string): string {
  return escapeText(text).replaceAll(/[&<>"']/g, (character) => meanings.get(character) ?? "");
}
