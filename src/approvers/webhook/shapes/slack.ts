// Slack: Block Kit. Others' words stand only in plain text and preformatted text, which Slack does not interpret. There
// are buttons only where their press can be checked and everything fits: else the link alone.
import { escapeText } from "../../../core/escape.ts";
import { quoteWords } from "../../../core/plan/quote-words.ts";
import { slackValue } from "../answer.ts";
import { asks, fitted, type Shape } from "./shape.ts";

// Slack's own limits.
const mostHeader = 150;
const mostText = 3000;

export const slack: Shape = (telling) => {
  const { request, text, link, service } = telling;
  const headline = escapeText(text.headline);
  const header = fitted(headline, mostHeader);
  const rows = [
    ...(header.isWhole ? [] : [headline]),
    ...text.sentences,
    ...text.card.rows.map(({ label, values }) => `${label}: ${values.join("; ")}`),
  ];
  const card = fitted(rows.map((row) => escapeText(row)).join("\n"), mostText);
  const command = fitted(escapeText(quoteWords(text.card.command)), mostText);
  const canVote = asks(telling) && service.verify !== undefined && card.isWhole && command.isWhole;
  const button = (id: "approve" | "deny", label: string) => ({
    type: "button",
    action_id: id,
    text: { type: "plain_text", text: label },
    value: slackValue(request),
    ...(id === "approve" && {
      confirm: {
        title: { type: "plain_text", text: "Approve this scan?" },
        text: { type: "plain_text", text: fitted(headline, 300).text },
        confirm: { type: "plain_text", text: "Approve" },
        deny: { type: "plain_text", text: "Back" },
      },
    }),
  });
  const elements = [
    ...(canVote ? [button("deny", "Deny"), button("approve", "Approve")] : []),
    ...(link === undefined
      ? []
      : [{ type: "button", action_id: "open", text: { type: "plain_text", text: "Open the request" }, url: link }]),
  ];
  return {
    body: {
      // What a notification shows. Slack reads `&`, `<` and `>` here.
      text: forSlack(header.text),
      blocks: [
        { type: "header", text: { type: "plain_text", text: header.text, emoji: false } },
        { type: "section", text: { type: "plain_text", text: card.text, emoji: false } },
        {
          type: "rich_text",
          elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: command.text }] }],
        },
        ...(elements.length === 0 ? [] : [{ type: "actions", elements }]),
        {
          type: "context",
          elements: [
            { type: "plain_text", text: `request ${request.id} · jit-nmap approve ${request.id}`, emoji: false },
          ],
        },
      ],
    },
  };
};

const forSlack = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
