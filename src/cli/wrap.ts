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

/** What a line of ours goes on under. */
const INDENT = " ".repeat("jit-nmap: ".length);

/**
 * A line of ours (output.ts, `ourLine`) as lines of at most `columns`; others, whose columns may mean something, stay as
 * they are. A command to paste at its end is one word: what the terminal itself breaks is still copied whole.
 */
export function wrapOurs(line: string, columns: number): string {
  if (!line.startsWith("jit-nmap: ") || displayWidth(line) <= columns) return line;
  const colon = line.lastIndexOf(": jit-nmap ");
  const said = colon < 0 ? line : line.slice(0, colon + 1);
  const words = [...said.slice(INDENT.length).split(" "), ...(colon < 0 ? [] : [line.slice(colon + 2)])];
  const broken = wrapWords(words, Math.max(1, columns - INDENT.length));
  return `jit-nmap: ${broken.join(`\n${INDENT}`)}`;
}
