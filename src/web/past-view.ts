// The history beside a card, as markup.
import { html, type Html } from "./html.ts";
import { lookedAt, type Past, type PastRequest } from "./history.ts";
import { at, type PageContext } from "./serving.ts";
import { stateWord } from "./story.ts";
import { ago } from "./times.ts";

/** `sees`: which of them this visitor may open. */
export function pastView(c: PageContext, past: Past, requester: string, sees: ReadonlySet<string>, now: number): Html {
  const line = (one: PastRequest, withName: boolean): Html => {
    const what = sees.has(one.id) ? html`<a href="${at(c, `/r/${one.id}`)}">${one.what}</a>` : html`${one.what}`;
    const same = one.touches && !withName ? " · same addresses" : "";
    const name = withName ? html`<b>${one.requester}</b> ` : undefined;
    return html`<li>
      ${name}${what}<br /><span class="when">${stateWord(one.request, now)} · ${ago(one.openedAt, now)}${same}</span>
    </li>`;
  };
  const own =
    past.own.length === 0
      ? html`<p class="hint">This is the first request.</p>`
      : html`<ul class="past">
          ${past.own.map((one) => line(one, false))}
        </ul>`;
  const shown = past.others.filter((one) => sees.has(one.id));
  const others =
    shown.length === 0
      ? undefined
      : html`<section class="sheet">
          <h2>These addresses, by others</h2>
          <p class="hint">Among the newest ${lookedAt} requests of all.</p>
          <ul class="past">
            ${shown.map((one) => line(one, true))}
          </ul>
        </section>`;
  return html`<section class="sheet">
      <h2>Earlier, by ${requester}</h2>
      ${own}
    </section>
    ${others}`;
}
