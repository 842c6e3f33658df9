// A message as a mail: plain text that reads like the card, and headers that keep its thread together. Pure; whatever
// others wrote is escaped here, so no line of theirs can become a header or steer a display.
import { hash } from "node:crypto";
import type { Delivery } from "../core/approval/delivery.ts";
import { messageText } from "../core/approval/message-text.ts";
import type { Request } from "../core/approval/request.ts";
import { escapeText } from "../core/escape.ts";
import { quoteWords } from "../core/plan/quote-words.ts";
import { time } from "../core/time.ts";

export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** With its angle brackets. */
  readonly messageId: string;
  /** The question that it is about. */
  readonly references?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the page shows it, if there is a page. */
export type About = { readonly request: Request; readonly delivery: Delivery; readonly link?: string };

const longestSubject = 180;

/** @param domain  of the sender's address: what makes the message's id ours. */
export function mailOf({ request, delivery, link }: About, domain: string): Mail {
  const { id } = request;
  const { headline, sentences, card } = messageText(request, delivery);
  const isQuestion = delivery.kind === "question" || delivery.kind === "reminder";
  const rows = card.rows.flatMap(({ label, values }) =>
    values.flatMap((value, index) =>
      wrap(escapeText(value), columns - labelWidth).map(
        (line, at) => (index === 0 && at === 0 ? label : "").padEnd(labelWidth) + line,
      ),
    ),
  );
  const text = [
    ...wrap(escapeText(headline), columns),
    ...sentences.flatMap((sentence) => wrap(escapeText(sentence), columns)),
    "",
    ...rows,
    "",
    "the whole command",
    ...commandLines(card.command),
    "",
    ...(isQuestion ? howToAnswer(request, link) : whereToLook(request, link)),
    "",
    "-- ",
    `request ${id}, version ${request.version}`,
    escapeText(request.digest),
    "Sent by jit-nmap. An answer to this mail reaches nobody.",
    "",
  ].join("\n");
  const subject = escapeText(headline);
  const thread = (kind: string): string => {
    const of = hash("sha256", [id, delivery.approver, delivery.to ?? "", kind].join("\0")).slice(0, 16);
    return `<${id}.${of}@${domain}>`;
  };
  // The same question to the same person always has the same id: what is sent twice is seen once.
  const question = thread(`question ${delivery.version}`);
  const isFirst = delivery.kind === "question" || delivery.kind === "alert";
  return {
    subject: `${Array.from(subject).slice(0, longestSubject).join("")} [${id}]`,
    text,
    messageId: delivery.kind === "question" ? question : thread(`${delivery.kind} ${delivery.number}`),
    ...(!isFirst && { references: question }),
    // RFC 3834: no vacation notice comes back.
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "X-Jit-Nmap-Request": id },
  };
}

const columns = 72;
const labelWidth = 13;

function howToAnswer({ id, answerBy }: Request, link: string | undefined): readonly string[] {
  const by = time(answerBy)
    .replace("T", " ")
    .replace(/:\d\d\.\d{3}Z$/, " UTC");
  return [
    `to answer, until ${by}`,
    ...(link === undefined
      ? []
      : [`  ${link}`, "  (opening it decides nothing; it is for you alone)", "or in a terminal"]),
    `  jit-nmap approve ${id}`,
    `  jit-nmap deny ${id}`,
  ];
}

const whereToLook = ({ id }: Request, link: string | undefined): readonly string[] => [
  ...(link === undefined ? [] : [`  ${link}`]),
  `  jit-nmap show ${id}`,
];

/** Continued with a backslash, so that it stays one command wherever it is pasted. */
function commandLines(command: readonly string[]): readonly string[] {
  const lines = wrapWords(
    command.map((word) => escapeText(quoteWords([word]))),
    columns - 4,
  );
  return lines.map((line, index) => `  ${line}${index < lines.length - 1 ? " \\" : ""}`);
}

const wrap = (text: string, width: number): readonly string[] => wrapWords(text.split(" "), width);

function wrapWords(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && longer.length > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
