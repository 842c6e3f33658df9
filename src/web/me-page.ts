// The pages about what lets people in: one's own passkeys, one more, and the way out everywhere; and for leads those of
// somebody whose device is lost.
import { isByMail, type Passkey } from "../core/approval/access.ts";
import type { Effects } from "../effects.ts";
import { askedFromElsewhere, showDoor } from "./door-page.ts";
import { html, type Html } from "./html.ts";
import { showPage } from "./layout.ts";
import { isNamed } from "./passkeys.ts";
import { at, type PageContext } from "./serving.ts";
import { ago } from "./times.ts";

export async function showMe(c: PageContext, fx: Pick<Effects, "store" | "clock">): Promise<Response> {
  const visit = c.get("visit");
  if (visit === undefined) return askedFromElsewhere(c) ?? showDoor(c, { then: "/" });
  const now = fx.clock.now();
  const passkeys = await fx.store.access.passkeys(visit.person);
  const content = html`<div class="narrow">
    <section class="sheet">
      <h1>${visit.person}</h1>
      <p class="state">Signed in by ${visit.by} ${ago(visit.openedAt, now)}.</p>
    </section>
    <section class="sheet">
      <h2>Passkeys</h2>
      ${
        passkeys.length === 0
          ? html`<p>None yet. With one, a yes takes a touch, and anybody can check later that it was yours.</p>`
          : tableOf(passkeys, at(c, "/me/passkeys/remove"), now)
      }
      ${isByMail(visit) ? html`<p class="hint">To add one, sign in by <code>jit-nmap serve --link</code> on the machine: a mail alone makes no keys.</p>` : addition(c)}
    </section>
    <section class="sheet">
      <h2>A device is lost?</h2>
      <form method="post" action="${at(c, "/me/sign-out-everywhere")}">
        <p class="hint">Ends this visit too, and closes the links in mails to you. Remove its passkey first.</p>
        <button>Sign out everywhere</button>
      </form>
    </section>
    <section class="sheet">
      <h2>Somebody else's is lost? For leads</h2>
      <form method="get" action="${at(c, "/people")}">
        <label for="person">Whose</label>
        <p>
          <input id="person" name="person" placeholder="login" autocapitalize="none" autocomplete="off" />
          <button>Look</button>
        </p>
      </form>
    </section>
  </div>`;
  return showPage(c, { title: visit.person, content, script: true });
}

/** What lets another person in, for who may take it away. */
export async function showPerson(
  c: PageContext,
  person: string,
  fx: Pick<Effects, "store" | "clock">,
): Promise<Response> {
  const passkeys = await fx.store.access.passkeys(person);
  const content = html`<div class="narrow">
    <section class="sheet">
      <h1>${person}</h1>
      <h2>Passkeys</h2>
      ${passkeys.length === 0 ? html`<p>None.</p>` : tableOf(passkeys, at(c, "/people/passkeys/remove"), fx.clock.now())}
      <form method="post" action="${at(c, "/people/sign-out")}">
        <p class="hint">
          Ends every visit of ${person}, and closes the links in mails to them; who that is signs in again.
        </p>
        <input type="hidden" name="person" value="${person}" /><button>Sign ${person} out everywhere</button>
      </form>
    </section>
  </div>`;
  return showPage(c, { title: person, content });
}

function tableOf(passkeys: readonly Passkey[], remove: string, now: number): Html {
  return html`<table>
    ${passkeys.map(
      ({ id, addedAt, transports }) =>
        html`<tr>
          <td>
            ${transports.includes("internal") ? "this kind of device" : "security key"}, added ${ago(addedAt, now)}
            <span class="hint">${id.slice(0, 12)}…</span>
          </td>
          <td class="tight">
            <form method="post" action="${remove}">
              <input type="hidden" name="id" value="${id}" /><button class="plain">remove</button>
            </form>
          </td>
        </tr>`,
    )}
  </table>`;
}

function addition(c: PageContext): Html {
  const door = c.get("door");
  if (!isNamed(door)) {
    return html`<p class="hint">
      Passkeys need the page's name: not this address${door.isPublic ? "" : ", but http://localhost or the public one"}.
    </p>`;
  }
  const path = at(c, "/me/passkeys");
  return html`<form method="post" action="${path}" data-passkey="${path}" data-how="add" hidden>
      <p class="hint" role="status" hidden></p>
      <button data-touch="">Add a passkey</button>
    </form>
    <noscript><p class="hint">Adding one needs this page's script.</p></noscript>`;
}
