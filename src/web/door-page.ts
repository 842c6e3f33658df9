// What somebody sees who is not signed in: how to come in, and no request.
import { html, type Html } from "./html.ts";
import { problemBox, showPage } from "./layout.ts";
import { at, type PageContext } from "./serving.ts";

export interface DoorPage {
  /** Where to go once signed in: a path of this page. */
  readonly then: string;
  readonly problem?: { readonly message: string; readonly hint?: string };
  readonly status?: Parameters<typeof showPage>[2];
}

/** Passkey first, since it is the quick way for who has one; then how everybody gets a link. */
export function showDoor(c: PageContext, { then, problem, status }: DoorPage): Response {
  const touch =
    c.get("door").rpId === undefined
      ? undefined
      : html`<form
          method="post"
          action="${at(c, "/sign-in")}"
          data-passkey="${at(c, "/sign-in")}"
          data-how="touch"
          hidden
        >
          <input type="hidden" name="then" value="${then}" />
          <button class="yes" data-touch="">Sign in with a passkey</button>
          <p class="hint" role="status" hidden></p>
        </form>`;
  const content = html`<div class="narrow">
    ${problem === undefined ? undefined : problemBox(problem.message, problem.hint)}
    <section class="sheet">
      <h1>Sign in</h1>
      <p class="state">Requests are shown to those they concern.</p>
      ${touch}
      <p class="hint">
        Without a passkey: open the link in your mail, or type <code>jit-nmap serve --link</code> on the machine.
      </p>
    </section>
  </div>`;
  return showPage(c, { title: "Sign in", content, script: true }, status ?? 403);
}

/**
 * A strict cookie does not come along from another site's link (a mail read in the browser): the page asks itself once
 * more, and then it does. @returns undefined when that would change nothing.
 */
export function askedFromElsewhere(c: PageContext): Response | undefined {
  if (c.get("visit") !== undefined || c.req.header("sec-fetch-site") !== "cross-site") return undefined;
  return showPage(c, { title: "One moment", content: html`<p><a href="">Go on</a></p>`, refresh: 0 });
}

/** The link of a person at a terminal: it shows no request, so it only signs in. */
export function showSignIn(c: PageContext, secret: string, person: string): Response {
  const content: Html = html`<div class="narrow">
    <section class="sheet">
      <h1>Sign in as ${person}</h1>
      <p class="state">This link opens once. You stay signed in here for twelve hours.</p>
      <form method="post" action="${at(c, `/l/${secret}`)}">
        <button class="yes" name="answer" value="sign-in">Sign in as ${person}</button>
      </form>
    </section>
  </div>`;
  return showPage(c, { title: "Sign in", content });
}
