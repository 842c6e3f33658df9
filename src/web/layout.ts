// The frame of every page, and the two files that pages refer to. Whatever is in a page was escaped by html.ts.
import { hash } from "node:crypto";
import { html, type Html } from "./html.ts";
import { passkeyScript } from "./passkey-script.ts";
import { at, type PageContext } from "./serving.ts";
import { style } from "./style.ts";

const nameOf = (text: string): string => hash("sha256", text).slice(0, 12);
/** Files by name; the name holds a hash of the content, so that a browser may keep them for ever. */
export const assets: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  [`style-${nameOf(style)}.css`, { type: "text/css; charset=utf-8", text: style }],
  [`page-${nameOf(passkeyScript)}.js`, { type: "text/javascript; charset=utf-8", text: passkeyScript }],
]);
const [styleName, scriptName] = [...assets.keys()];

export interface PageParts {
  readonly title: string;
  readonly content: Html;
  /** Seconds after which the page looks again by itself: only where nothing can be typed. */
  readonly refresh?: number;
  /** Whether its script is needed: only where a passkey can be touched. */
  readonly script?: boolean;
}

type Status = 200 | 400 | 403 | 404 | 405 | 409 | 410 | 413 | 421 | 422 | 429 | 500 | 503;

export function showPage(c: PageContext, parts: PageParts, status: Status = 200): Response {
  return c.html(documentOf(c, parts), status);
}

function documentOf(c: PageContext, { title, content, refresh, script }: PageParts): string {
  const visit = c.get("visit");
  const again = refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${refresh}" />`;
  const load = script === true ? html`<script src="${at(c, `/${scriptName ?? ""}`)}" defer></script>` : undefined;
  const who =
    visit === undefined
      ? undefined
      : html`<span class="who">
          <a href="${at(c, "/me")}">${visit.person}</a> ·
          <form method="post" action="${at(c, "/sign-out")}"><button class="plain">sign out</button></form>
        </span>`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        ${again}
        <title>${title} · jit-nmap</title>
        <link rel="stylesheet" href="${at(c, `/${styleName ?? ""}`)}" />
        ${load}
      </head>
      <body>
        <header class="top"><a class="name" href="${at(c, "/")}">jit-nmap</a>${who}</header>
        <main>${content}</main>
      </body>
    </html> `;
  return page.markup;
}

/** What went wrong or well, above everything else. */
export const problemBox = (message: string, hint?: string): Html =>
  html`<div class="problem" role="alert">
    <p>${message}</p>
    ${hint === undefined ? undefined : html`<p class="hint">${hint}</p>`}
  </div>`;
