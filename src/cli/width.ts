// How many columns a text takes on a terminal, and cutting it to fit: for tables and for the waiting line, which must
// never wrap.

const zero = /^[\p{Mn}\p{Me}]$/u;
const two =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]$/u;

function columnsOf(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (zero.test(character)) return 0;
  return two.test(character) ? 2 : 1;
}

/** Columns of an escaped text without colour. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The text in at most `columns` columns; what was cut is shown by `...` at the end. */
export function fitTo(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 3) return ".".repeat(Math.max(0, columns));
  const room = columns - 3;
  let kept = "";
  let width = 0;
  for (const character of text) {
    width += columnsOf(character);
    if (width > room) break;
    kept += character;
  }
  return `${kept}...`;
}

/** The text with spaces behind it up to `columns`. */
export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}
