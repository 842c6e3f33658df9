// Breaking text at its spaces, for what people read on a terminal. Apart from width.ts, which cuts and never breaks.
import { displayWidth } from "./width.ts";

/** Lines of at most `columns` columns, broken at spaces; a word that is longer stays whole on its own line. */
export function wrap(text: string, columns: number): readonly string[] {
  return wrapWords(text.split(" "), columns);
}

export function wrapWords(words: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  return lines;
}
