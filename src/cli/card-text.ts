// A card as text for a terminal: wrapped, escaped, coloured where wanted. Off the path of an allowed scan.
import { Chalk } from "chalk";
import type { Card } from "../core/approval/card.ts";
import { escapeText } from "../core/escape.ts";
import { quoteWords } from "../core/plan/quote-words.ts";
import { fitTo, padTo } from "./width.ts";
import { wrap, wrapWords } from "./wrap.ts";

export interface TextLayout {
  readonly colour: boolean;
  readonly columns: number;
}

const LABEL_WIDTH = 13;
/** Of a command that stands above a question: more would push what matters out of sight. */
const COMMAND_LINES = 8;

/**
 * @param wholeAt  the command that shows all of it: where a question follows, a long command is cut, and this is said.
 */
export function renderCard(card: Card, { colour, columns }: TextLayout, wholeAt?: string): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const width = Math.max(40, Math.min(columns, 100));
  const rows = card.rows.flatMap(({ label, values, alarming, fresh }) =>
    values.flatMap((value, index) =>
      wrap(escapeText(value), width - LABEL_WIDTH).map((text, line) => {
        const shown = index === 0 && line === 0 ? label : "";
        const left = chalk.dim(padTo(shown, LABEL_WIDTH));
        return left + (alarming === true ? chalk.red(text) : fresh === true ? chalk.yellow(text) : text);
      }),
    ),
  );
  const words = card.command.map((word) => escapeText(quoteWords([word])));
  const command = wrapWords(words, width - 4);
  const brief = wholeAt === undefined ? command : cut(words, width - 4);
  // Continued with a backslash, so that it stays one command wherever it is pasted.
  const continued = brief.map((line, index) => `  ${line}${index < brief.length - 1 ? " \\" : ""}`);
  const isCut = brief.join("\n") !== command.join("\n");
  return [
    ...wrap(escapeText(card.headline), width).map((line) => chalk.bold(line)),
    "",
    ...rows,
    "",
    ...continued,
    ...(isCut ? [chalk.dim(`  cut at each "..."; the whole: ${wholeAt ?? ""}`)] : []),
  ].join("\n");
}

/** Each word on one line at most, and of many lines the first and the last. */
function cut(words: readonly string[], columns: number): readonly string[] {
  const lines = wrapWords(
    words.map((word) => fitTo(word, columns)),
    columns,
  );
  return lines.length <= COMMAND_LINES ? lines : [...lines.slice(0, COMMAND_LINES - 3), "...", ...lines.slice(-2)];
}
