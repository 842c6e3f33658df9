// What is shown where there is no page to show: one sentence, and the way back.
import { html } from "./html.ts";
import { problemBox, showPage } from "./layout.ts";
import { at, type PageContext } from "./serving.ts";

export function oops(
  c: PageContext,
  status: NonNullable<Parameters<typeof showPage>[2]>,
  message: string,
  hint?: string,
): Response {
  const back = html`<p class="hint"><a href="${at(c, "/")}">What waits</a></p>`;
  return showPage(
    c,
    { title: "Not done", content: html`<div class="narrow">${problemBox(message, hint)}${back}</div>` },
    status,
  );
}
