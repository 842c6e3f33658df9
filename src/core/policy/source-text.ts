// A policy file's text with its lines: turns offsets into positions with a marked excerpt.
import { escapeText } from "../escape.ts";
import type { Position } from "../result.ts";

const widestLine = 120;

export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** Counts from 1. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Where the text from `start` up to `end` stands, with its line and a caret under every character of it in that line. */
  position(start: number, end: number): Position {
    const line = this.lineOf(start);
    const lineStart = this.#lineStarts[line - 1] ?? 0;
    const nextLine = this.#lineStarts[line] ?? this.text.length + 1;
    const column = start - lineStart + 1;
    const whole = this.text.slice(lineStart, nextLine - 1).replace(/\r$/, "");
    // A long line is shown around the place that is meant.
    const from = column > widestLine - 20 ? column - 1 - 20 : 0;
    const before = escapeText(whole.slice(from, column - 1).replaceAll("\t", " "));
    const marked = escapeText(
      whole.slice(column - 1, Math.min(end - lineStart, from + widestLine)).replaceAll("\t", " "),
    );
    const after = escapeText(
      whole.slice(Math.max(column - 1, end - lineStart), from + widestLine).replaceAll("\t", " "),
    );
    const margin = `${line} | `;
    const carets = " ".repeat(margin.length + before.length) + "^".repeat(Math.max(1, marked.trimEnd().length));
    return { file: this.file, line, column, excerpt: `${margin}${before}${marked}${after}\n${carets}` };
  }
}
