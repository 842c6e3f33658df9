// Teams: an Adaptive Card for a Workflows address. Others' words stand in text runs, where Teams reads no Markdown; the
// only action opens our page.
import { escapeText } from "../../../core/escape.ts";
import { quoteWords } from "../../../core/plan/quote-words.ts";
import { fitted, type Shape } from "./shape.ts";

/** Teams refuses a message of more than 28 KB. */
const mostRow = 1500;
const mostCommand = 6000;

export const teams: Shape = ({ request, text, link }) => {
  const run = (words: string, more: object = {}) => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text: escapeText(words), ...more }],
  });
  const rows = text.card.rows.map(({ label, values, alarming }) => ({
    type: "RichTextBlock",
    spacing: "Small",
    inlines: [
      { type: "TextRun", text: `${label}  `, weight: "Bolder" },
      {
        type: "TextRun",
        text: fitted(escapeText(values.join("; ")), mostRow).text,
        ...(alarming && { color: "Attention" }),
      },
    ],
  }));
  const command = fitted(escapeText(quoteWords(text.card.command)), mostCommand).text;
  return {
    body: {
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: {
            $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
            type: "AdaptiveCard",
            version: "1.4",
            body: [
              run(fitted(text.headline, mostRow).text, { weight: "Bolder", size: "Medium" }),
              ...text.sentences.map((sentence) => run(fitted(sentence, mostRow).text)),
              ...rows,
              run(command, { fontType: "Monospace" }),
              run(`request ${request.id} · jit-nmap approve ${request.id}`, { isSubtle: true, size: "Small" }),
            ],
            ...(link !== undefined && { actions: [{ type: "Action.OpenUrl", title: "Open the request", url: link }] }),
          },
        },
      ],
    },
  };
};
