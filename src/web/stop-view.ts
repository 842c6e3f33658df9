// Stopping something: what says that it is possible or has happened, and the two pages that do it. Pages of their own,
// because what leads to them looks again by itself, and nothing that is typed may be lost by that.
import type { Freeze } from "../core/approval/freeze.ts";
import type { Request } from "../core/approval/request.ts";
import { cardView } from "./card-view.ts";
import { html, type Html } from "./html.ts";
import { showPage } from "./layout.ts";
import { at, type PageContext } from "./serving.ts";
import { ago } from "./times.ts";

const endWords = (state: Request["state"]): string | undefined => {
  if (state === "approved") return "Take the approval back";
  return state === "claimed" || state === "running" ? "End this scan" : undefined;
};

/** Under the card of what may still run or does; undefined where there is nothing to end. */
export function revokeLink(c: PageContext, { id, state }: Request): Html | undefined {
  const words = endWords(state);
  if (words === undefined) return undefined;
  return html`<p class="stop no-print"><a class="button no" href="${at(c, `/r/${id}/revoke`)}">${words}…</a></p>`;
}

export function showRevoke(c: PageContext, request: Request): Response {
  const words = endWords(request.state) ?? "End it";
  const content = html`<form class="sheet narrow" method="post" action="${at(c, `/r/${request.id}/revoke`)}">
    <h1>${words}?</h1>
    <p class="state">${cardView(request).headline}</p>
    <label>Why (${request.requester.name} reads it)<input name="reason" maxlength="1000" autocomplete="off" /></label>
    <p class="stop"><button class="no">${words}</button> <a href="${at(c, `/r/${request.id}`)}">Leave it</a></p>
  </form>`;
  return showPage(c, { title: words, content });
}

/** What everybody should know first: nothing starts. */
export const frozenBox = (frozen: Freeze | undefined, now: number): Html | undefined =>
  frozen === undefined
    ? undefined
    : html`<div class="problem" role="status">
        <p><b>Frozen</b> by ${frozen.by} ${ago(frozen.since, now)}: ${frozen.because}</p>
        <p class="hint">No scan starts until it is lifted.</p>
      </div>`;

/** For leads, at the end of the list. */
export const freezeLink = (c: PageContext, frozen: Freeze | undefined): Html =>
  html`<p class="stop no-print">
    <a href="${at(c, "/freeze")}">${frozen === undefined ? "Freeze everything…" : "Lift the freeze…"}</a>
  </p>`;

export function showFreeze(c: PageContext, frozen: Freeze | undefined, now: number): Response {
  const [title, action, button] =
    frozen === undefined
      ? ["Freeze everything?", at(c, "/freeze"), html`<button class="no">Freeze</button>`]
      : ["Lift the freeze?", at(c, "/unfreeze"), html`<button>Lift the freeze</button>`];
  const content = html`<div class="narrow">
    ${frozenBox(frozen, now)}
    <form class="sheet" method="post" action="${action}">
      <h1>${title}</h1>
      <p class="state">
        ${frozen === undefined ? "Every running scan ends, and none begins until it is lifted." : "Scans may start again; what was ended stays ended."}
      </p>
      <label>Why (who is stopped reads it)<input name="reason" maxlength="1000" autocomplete="off" /></label>
      <p class="stop">${button} <a href="${at(c, "/")}">Leave it</a></p>
    </form>
  </div>`;
  return showPage(c, { title, content });
}
