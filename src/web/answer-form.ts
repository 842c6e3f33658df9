// The form under a card: deny, less, approve, in this order; approve comes last and nothing has the focus. Who signed in
// just answers; who came by a link alone proves more.
import type { Request } from "../core/approval/request.ts";
import { formatDuration } from "../core/time.ts";
import { html, type Html } from "./html.ts";
import { at, type PageContext } from "./serving.ts";

/** What was typed before, when a form comes back with a problem. */
export type Typed = ReadonlyMap<string, string>;

export interface AnswerForm {
  readonly request: Request;
  /** `visit`: signed in, `byMail` with a mail's link; `link`: holds this unopened one-time link. */
  readonly by:
    { readonly kind: "visit"; readonly byMail: boolean } | { readonly kind: "link"; readonly secret: string };
  /** Whether this voter has a passkey that this door can use. */
  readonly passkey: boolean;
  readonly typed: Typed;
}

export function answerForm(c: PageContext, { request, by, passkey, typed }: AnswerForm): Html {
  const { id, digest } = request;
  const action = at(c, by.kind === "visit" ? `/r/${id}` : `/l/${by.secret}`);
  const value = (name: string): string => typed.get(name) ?? "";
  const signing = passkey ? html` data-passkey="${at(c, `/r/${id}/passkey`)}"` : undefined;
  const door =
    by.kind === "link"
      ? linkFields(request, by.secret, passkey, value)
      : by.byMail
        ? html`<div class="row">${codeField(request)}</div>`
        : undefined;
  return html`<form class="answer" method="post" action="${action}" data-how="touch" ${signing}>
    <button type="submit" disabled hidden></button>
    <input type="hidden" name="digest" value="${digest}" />
    ${door}
    <label
      >Why (${request.requester.name} reads it)<input
        name="reason"
        value="${value("reason")}"
        maxlength="1000"
        autocomplete="off"
    /></label>
    <p class="hint" role="status" hidden></p>
    <div class="buttons">
      ${denyButton(passkey && by.kind === "link")} ${by.kind === "visit" ? lessFields(request, value) : undefined}
      ${by.kind === "link" && !passkey ? signInButton : undefined} ${approveButtons(passkey)}
    </div>
  </form>`;
}

const signInButton = html`<button name="answer" value="sign-in">Sign in</button>`;

const denyButton = (touch: boolean): Html =>
  touch
    ? html`<button class="no" name="answer" value="deny" data-touch="Deny">Deny</button>`
    : html`<button class="no" name="answer" value="deny">Deny</button>`;

const codeField = ({ requester }: Request): Html =>
  html`<label
    >Code that ${requester.name} tells you<input
      class="code"
      name="code"
      inputmode="numeric"
      autocomplete="off"
      maxlength="7"
  /></label>`;

/** What a link asks for beside itself; out of the way where a passkey says more. */
function linkFields(request: Request, secret: string, passkey: boolean, value: (name: string) => string): Html {
  const fields = html`<div class="row">
    <label
      >Your login<input
        name="login"
        value="${value("login")}"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
    /></label>
    ${codeField(request)}
  </div>`;
  const hidden = html`<input type="hidden" name="link" value="${secret}" />`;
  if (!passkey) return html`${hidden}${fields}`;
  return html`${hidden}
    <details class="other">
      <summary>Without my passkey</summary>
      ${fields}${signInButton}
    </details>`;
}

/** Where a passkey can be touched, the script takes the last button over; a plain way is left for who has it elsewhere. */
function approveButtons(passkey: boolean): Html {
  if (!passkey) return html`<button class="yes" name="answer" value="approve">Approve</button>`;
  return html`<button name="answer" value="approve" data-after-failure hidden>Approve without</button>
    <button class="yes" name="answer" value="approve" data-touch="Approve with passkey">Approve</button>`;
}

function lessFields({ obligations }: Request, value: (name: string) => string): Html {
  const open = ["ttl", "max-rate", "only"].some((name) => value(name) !== "") ? html` open` : undefined;
  const box = formatDuration(obligations.ttlSeconds);
  const rate = obligations.enforce.maxRate;
  return html`<details class="less" ${open}>
    <summary>Less…</summary>
    <div class="panel">
      <div class="fields">
        <label class="wide"
          >Only these targets<input
            name="only"
            value="${value("only")}"
            placeholder="10.20.0.0/26 10.20.0.80"
            autocapitalize="none"
            spellcheck="false"
            autocomplete="off"
        /></label>
        <label
          >Time box, at most ${box}<input name="ttl" value="${value("ttl")}" placeholder="${box}" autocomplete="off"
        /></label>
        <label
          >Packets a second${rate === undefined ? "" : `, at most ${rate}`}<input
            name="max-rate"
            value="${value("max-rate")}"
            inputmode="numeric"
            autocomplete="off"
        /></label>
      </div>
      <button name="answer" value="less">Approve only this much</button>
    </div>
  </details>`;
}
