// Points in time as the page says them: how far from now, with the whole time at hand.
import { formatDuration, time } from "../core/time.ts";
import { html, type Html } from "./html.ts";

/** The largest unit alone, rounded down: `29m`, `3d`. */
const roughly = (milliseconds: number): string =>
  /^\d+[dhms]/.exec(formatDuration(Math.floor(milliseconds / 1000)))?.[0] ?? "0s";

/** `4m ago`, `now`. */
export function ago(then: number, now: number): Html {
  const text = now - then < 1000 ? "now" : `${roughly(now - then)} ago`;
  return html`<time datetime="${time(then)}" title="${time(then)}">${text}</time>`;
}

/** `29m`: what is left until then. */
export function left(until: number, now: number): Html {
  return html`<time datetime="${time(until)}" title="${time(until)}">${roughly(Math.max(0, until - now))}</time>`;
}
