// The page that a person starts from: what waits for me, what I asked, what runs, what ended. Each a screenful.
import { isLead } from "../broker/leads.ts";
import type { Request } from "../core/approval/request.ts";
import type { Effects } from "../effects.ts";
import type { Looking } from "./looking.ts";
import { cardView } from "./card-view.ts";
import { whatOf } from "./history.ts";
import { html, type Html } from "./html.ts";
import { showPage } from "./layout.ts";
import { at, type PageContext } from "./serving.ts";
import { freezeLink, frozenBox } from "./stop-view.ts";
import { stateOf, stateWord } from "./story.ts";
import { ago } from "./times.ts";
import { sightOf } from "./visible.ts";

/** How many of the newest are looked through for what this person may see. */
const lookedAt = 200;
const shownEnded = 25;

export async function showList(c: PageContext, person: string, fx: Effects, looking: Looking): Promise<Response> {
  const now = fx.clock.now();
  const [pending, approved, claimed, running, newest, frozen] = await Promise.all([
    fx.store.listRequests({ state: "pending", limit: lookedAt }),
    fx.store.listRequests({ state: "approved", limit: 50 }),
    fx.store.listRequests({ state: "claimed", limit: 50 }),
    fx.store.listRequests({ state: "running", limit: 50 }),
    fx.store.listRequests({ limit: lookedAt }),
    fx.store.freeze(),
  ]);
  const policy = await looking.policy.load();
  const leads = policy.ok && (await isLead(person, policy.value, looking));
  const forMe: Request[] = [];
  const others: Request[] = [];
  for (const request of pending.filter(({ answerBy }) => answerBy > now)) {
    const sight = await sightOf(person, request, looking);
    if (sight.votes && !(await answeredBy(person, request, fx))) forMe.push(request);
    else if (sight.sees) others.push(request);
  }
  const seen = async (requests: readonly Request[], most: number): Promise<readonly Request[]> => {
    const found: Request[] = [];
    for (const request of requests) {
      if (found.length === most) break;
      if ((await sightOf(person, request, looking)).sees) found.push(request);
    }
    return found;
  };
  const active = await seen([...running, ...claimed, ...approved], 50);
  const ended = await seen(
    newest.filter((request) => "endedAt" in request || stateWord(request, now) === "expired"),
    shownEnded,
  );
  const content = html`
    ${frozenBox(frozen, now)}
    <section>
      <h1>${waitingTitle(forMe.length)}</h1>
      ${forMe.map((request) => waitingCard(c, request, now))}
    </section>
    ${table(c, "Waits for others", others, now)} ${table(c, "Approved and running", active, now)}
    ${table(c, "Ended", ended, now)} ${leads ? freezeLink(c, frozen) : undefined}
  `;
  return showPage(c, { title: waitingTitle(forMe.length), content, refresh: 15 });
}

async function answeredBy(person: string, request: Request, fx: Effects): Promise<boolean> {
  return (await fx.store.votes(request.id)).some((vote) => vote.voter === person && vote.version === request.version);
}

function waitingTitle(count: number): string {
  if (count === 0) return "Nothing waits for you";
  return count === 1 ? "One request waits for you" : `${count} requests wait for you`;
}

function waitingCard(c: PageContext, request: Request, now: number): Html {
  return html`<a class="sheet waiting" href="${at(c, `/r/${request.id}`)}">
    <h1>${cardView(request).headline}</h1>
    <p class="state">${stateOf(request, now)} · asked ${ago(request.openedAt, now)}</p>
  </a>`;
}

function table(c: PageContext, title: string, requests: readonly Request[], now: number): Html | undefined {
  if (requests.length === 0) return undefined;
  const rows = requests.map(
    (request) =>
      html`<tr>
        <td class="tight">${ago(request.openedAt, now)}</td>
        <td><b>${request.requester.name}</b> <a href="${at(c, `/r/${request.id}`)}">${whatOf(request)}</a></td>
        <td class="tight">${stateWord(request, now)}</td>
      </tr>`,
  );
  return html`<section class="sheet">
    <h2>${title}</h2>
    <table>
      ${rows}
    </table>
  </section>`;
}
