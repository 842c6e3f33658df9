// A card as markup: the same rows as at the terminal, with what is new and what is dangerous marked. What is made of a
// version of a request never changes, so it is kept for the next visitor.
import { cardOfRequest } from "../core/approval/card-of-request.ts";
import type { CardRow } from "../core/approval/card.ts";
import type { Request } from "../core/approval/request.ts";
import { quoteWords } from "../core/plan/quote-words.ts";
import { html, type Html } from "./html.ts";

export interface CardView {
  readonly headline: string;
  readonly markup: Html;
}

const keptCards = 200;
const kept = new Map<string, CardView>();

export function cardView(request: Request): CardView {
  const key = `${request.id} ${request.digest}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const view = makeView(request);
  if (kept.size >= keptCards) kept.delete(kept.keys().next().value ?? "");
  kept.set(key, view);
  return view;
}

function makeView(request: Request): CardView {
  const card = cardOfRequest(request);
  // Word by word, so that a line breaks between words and never inside an option.
  const command = card.command.map((word) => html`<span>${quoteWords([word])}</span> `);
  const markup = html`<dl class="card">${card.rows.map(rowOf)}</dl>
    <pre class="command" tabindex="0" aria-label="the command that would run">${command}</pre>`;
  return { headline: card.headline, markup };
}

function rowOf({ label, values, alarming, fresh }: CardRow): Html {
  const kind = alarming === true ? "alarm" : fresh === true ? "new" : "";
  const shown =
    label === "fingerprint"
      ? html`<span class="fingerprint">${values.join(" ")}</span>`
      : values.map((value) => html`<p>${alarming === true ? "⚠ " : ""}${value}</p>`);
  return html`<dt class="${kind}">${label}</dt>
    <dd class="${kind}">${shown}</dd>`;
}
