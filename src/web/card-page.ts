// The page of one request: state, card, answers, history beside it, and the form where this visitor may answer.
import type { Request } from "../core/approval/request.ts";
import { isOver } from "../core/approval/transitions.ts";
import type { Effects } from "../effects.ts";
import type { Looking } from "./looking.ts";
import { answerForm, type AnswerForm, type Typed } from "./answer-form.ts";
import { cardView } from "./card-view.ts";
import type { History } from "./history.ts";
import { html, type Html } from "./html.ts";
import { problemBox, showPage } from "./layout.ts";
import { pastView } from "./past-view.ts";
import type { PageContext } from "./serving.ts";
import { frozenBox, revokeLink } from "./stop-view.ts";
import { stateOf, votesOf } from "./story.ts";
import { sightOf } from "./visible.ts";

export interface CardPage {
  readonly request: Request;
  /** Whose eyes: what of the history can be opened. */
  readonly person: string;
  /** How this visitor may answer; undefined when not at all. */
  readonly answer?: Pick<AnswerForm, "by" | "passkey">;
  readonly typed?: Typed;
  /** Signed in: whether the approval or the scan may be ended is the broker's to say. */
  readonly canEnd?: boolean;
  readonly problem?: { readonly message: string; readonly hint?: string };
  /** What stands above the card beside a problem. */
  readonly notice?: Html;
  readonly status?: Parameters<typeof showPage>[2];
}

export class CardPages {
  readonly #fx: Pick<Effects, "store" | "clock">;
  readonly #looking: Looking;
  readonly #history: History;

  constructor(fx: Pick<Effects, "store" | "clock">, looking: Looking, history: History) {
    this.#fx = fx;
    this.#looking = looking;
    this.#history = history;
  }

  async show(c: PageContext, page: CardPage): Promise<Response> {
    const { request, answer, problem, person } = page;
    const now = this.#fx.clock.now();
    const [votes, past, frozen] = await Promise.all([
      this.#fx.store.votes(request.id),
      this.#history.of(request),
      this.#fx.store.freeze(),
    ]);
    const sees = new Set<string>();
    for (const one of [...past.own, ...past.others]) {
      if ((await sightOf(person, one.request, this.#looking)).sees) sees.add(one.id);
    }
    const view = cardView(request);
    const mine = votes.some(
      (vote) => vote.voter === person && vote.version === request.version && vote.answer === "approve",
    );
    const waits = request.state === "pending" && now < request.answerBy;
    const answered = waits && mine;
    const form =
      answer === undefined || !waits || answered
        ? undefined
        : answerForm(c, { request, ...answer, typed: page.typed ?? new Map<string, string>() });
    const content = html`
      ${problem === undefined ? undefined : problemBox(problem.message, problem.hint)} ${page.notice}
      ${isOver(request.state) ? undefined : frozenBox(frozen, now)}
      ${answered ? html`<p class="said" role="status">You approved this; it needs others too.</p>` : undefined}
      <div class="two">
        <div>
          <article class="sheet">
            <h1>${view.headline}</h1>
            <p class="state">
              ${stateOf(request, now)} · ${request.id}${request.version > 1 ? ` · version ${request.version}` : ""}
            </p>
            ${view.markup}
          </article>
          ${votesOf(votes, request.version, now)} ${form} ${page.canEnd === true ? revokeLink(c, request) : undefined}
        </div>
        <aside>${pastView(c, past, request.requester.name, sees, now)}</aside>
      </div>
    `;
    // Nothing can be typed where there is no form: it may look again by itself.
    const parts = { title: view.headline, content, script: waits };
    return showPage(c, { ...parts, ...(form === undefined && !isOver(request.state) && { refresh: 10 }) }, page.status);
  }
}
