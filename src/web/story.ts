// What has become of a request, in sentences: its state, and who said what. Beside the card, which says what was asked.
import type { Request, Vote } from "../core/approval/request.ts";
import { unreachable } from "../core/result.ts";
import { html, type Html } from "./html.ts";
import { ago, left } from "./times.ts";

export function stateOf(request: Request, now: number): Html {
  const because = "because" in request && request.because !== "" ? `: ${request.because}` : "";
  switch (request.state) {
    case "pending": {
      // Nobody has written it down yet, and looking does not.
      if (now >= request.answerBy) return html`<b>expired</b> unanswered ${ago(request.answerBy, now)}`;
      const until = new Date(request.answerBy).toISOString();
      return html`<b>waits</b> ·
        <time data-until datetime="${until}" title="${until}">${left(request.answerBy, now)}</time> left to answer`;
    }
    case "approved":
      return html`<b>approved</b> ${ago(request.decidedAt, now)}; to be started within ${left(request.startBy, now)}`;
    case "claimed":
      return html`<b>starts</b>`;
    case "running":
      return html`<b>runs</b> since ${ago(request.startedAt, now)}`;
    case "denied":
      return html`<b>denied</b> by ${request.effect === "deny" ? "policy" : request.by}
        ${ago(request.endedAt, now)}${because}`;
    case "finished":
    case "failed":
    case "killed":
    case "revoked":
      return html`<b>${request.state}</b> ${ago(request.endedAt, now)}${because}`;
    case "cancelled":
      return html`<b>taken back</b> by ${request.requester.name} ${ago(request.endedAt, now)}`;
    case "expired":
      return html`<b>expired</b> unanswered ${ago(request.endedAt, now)}`;
    case "lapsed":
      return html`<b>lapsed</b>: approved, and not started in time`;
    default:
      return unreachable(request);
  }
}

/** In one word, as lists say it. */
export const stateWord = (request: Request, now: number): string =>
  request.state === "pending" && now >= request.answerBy ? "expired" : request.state;

const answers = { approve: "approved", deny: "denied", confirm: "confirmed" } as const;

const proofWords = {
  session: "signed in",
  passkey: "passkey",
  code: "code",
  sshsig: "SSH key",
  webhook: "service",
} as const satisfies Record<NonNullable<Vote["proof"]>["kind"], string>;

export function votesOf(votes: readonly Vote[], version: number, now: number): Html | undefined {
  if (votes.length === 0) return undefined;
  const lines = votes.map(({ voter, answer, strength, via, reason, castAt, version: of, proof }) => {
    const how = proof === undefined ? strength : `${strength}, ${proofWords[proof.kind]}`;
    const old = of === version ? "" : ` version ${of}`;
    const said = reason === undefined ? "" : `: ${reason}`;
    return html`<li>
      <b>${voter}</b> ${answers[answer]}${old} ${ago(castAt, now)}${said} <span class="hint">(${how}, by ${via})</span>
    </li>`;
  });
  return html`<section class="sheet">
    <h2>Answers</h2>
    <ul class="plain">
      ${lines}
    </ul>
  </section>`;
}
