// A card as text for a terminal: wrapped, escaped, coloured where wanted. Off the path of an allowed scan.
import { Chalk } from "chalk";
import type { Card } from "../core/approval/card.ts";
import { escapeText } from "../core/escape.ts";
import { quoteWords } from "../core/plan/quote-words.ts";
import { displayWidth, padTo } from "./width.ts";

export interface TextLayout {
  readonly colour: boolean;
  readonly columns: number;
}

const LABEL_WIDTH = 13;

export function renderCard(card: Card, { colour, columns }: TextLayout): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const width = Math.max(40, Math.min(columns, 100));
  const rows = card.rows.flatMap(({ label, values, alarming }) =>
    values.flatMap((value, index) =>
      wrap(escapeText(value), width - LABEL_WIDTH).map((text, line) => {
        const shown = index === 0 && line === 0 ? label : "";
        const left = chalk.dim(padTo(shown, LABEL_WIDTH));
        return left + (alarming === true ? chalk.red(text) : text);
      }),
    ),
  );
  const command = wrapWords(
    card.command.map((word) => escapeText(quoteWords([word]))),
    width - 4,
  );
  return [
    ...wrap(escapeText(card.headline), width).map((line) => chalk.bold(line)),
    "",
    ...rows,
    "",
    // Continued with a backslash, so that it stays one command wherever it is pasted.
    ...command.map((line, index) => `  ${line}${index < command.length - 1 ? " \\" : ""}`),
  ].join("\n");
}

/** Lines of at most `columns` columns, broken at spaces; a word that is longer stays whole on its own line. */
export function wrap(text: string, columns: number): readonly string[] {
  return wrapWords(text.split(" "), columns);
}

function wrapWords(words: readonly string[], columns: number): readonly string[] {
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
