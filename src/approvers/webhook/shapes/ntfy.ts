// ntfy: a notification on a phone, as plain text with the page behind it. Published as JSON to the server itself, so that
// nothing of others' stands in a header.
import { escapeText } from "../../../core/escape.ts";
import { asks, fitted, type Shape } from "./shape.ts";

const mostTitle = 200;
/** A longer message becomes an attachment. Bytes, of which a character takes up to four. */
const mostMessage = 900;

export const ntfy: Shape = (telling, url) => {
  const { request, text, link } = telling;
  const rows = [
    ...text.sentences,
    ...text.card.rows
      .filter(({ label }) => label !== "rules" && label !== "fingerprint")
      .map(({ label, values }) => `${label}: ${values.join("; ")}`),
  ];
  const path = url.pathname.replace(/\/+$/, "");
  const slash = path.lastIndexOf("/");
  return {
    url: new URL(`${path.slice(0, slash)}/`, url),
    body: {
      topic: decodeURIComponent(path.slice(slash + 1)),
      title: fitted(escapeText(text.headline), mostTitle).text,
      message: fitted([...rows.map((row) => escapeText(row)), `jit-nmap show ${request.id}`].join("\n"), mostMessage)
        .text,
      priority: asks(telling) ? 4 : 3,
      ...(link !== undefined && { click: link }),
    },
  };
};
