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

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

/** A template whose values are escaped; lists are joined, `undefined` is nothing. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const fixed = withoutIndent(strings);
  let markup = fixed[0] ?? "";
  for (let index = 0; index < values.length; index++) markup += markupOf(values[index]) + (fixed[index + 1] ?? "");
  return new Html(markup);
}

/** The template's own text as the browser needs it: how it is indented here is no business of the reader's line. */
function withoutIndent(strings: TemplateStringsArray): readonly string[] {
  const found = known.get(strings);
  if (found !== undefined) return found;
  const fixed = strings.map((text) => text.replaceAll(/\s*\n\s*/g, "\n"));
  known.set(strings, fixed);
  return fixed;
}

function markupOf(value: Part): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(markupOf).join("");
  return asMarkup(String(value));
}

const harmless = /^[\w .,:;/()+=@%#-]*$/;
const meanings: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Text as markup that shows it, in content and in quoted attributes. */
function asMarkup(text: string): string {
  if (harmless.test(text)) return text;
  return escapeText(text).replaceAll(/[&<>"']/g, (character) => meanings.get(character) ?? "");
}
