// One request: looking at it and answering it, signed in.
import { Hono } from "hono";
import { isByMail, type Visit } from "../core/approval/access.ts";
import type { Request } from "../core/approval/request.ts";
import type { Effects } from "../effects.ts";
import type { AnswerForm } from "./answer-form.ts";
import { answerFields, vote, type Given } from "./ballots.ts";
import type { CardPages } from "./card-page.ts";
import { askedFromElsewhere, showDoor } from "./door-page.ts";
import { fieldsOf } from "./form.ts";
import { showList } from "./list-page.ts";
import { oops } from "./oops-page.ts";
import { hasPasskey } from "./passkeys.ts";
import { at, type PageContext, type PageEnv, type Serving } from "./serving.ts";
import { sightOf } from "./visible.ts";

/** The request of exactly this id: a page's address names one, never a beginning. */
export async function requestNamed(id: string, fx: Pick<Effects, "store">): Promise<Request | undefined> {
  const found = await fx.store.findRequest(id);
  return found.kind === "found" && found.request.id === id ? found.request : undefined;
}

/** The same words whether it is not there or not for this person. */
export const noSuchRequest = (c: PageContext): Response => oops(c, 404, "There is no such request for you.");

const visitor = (visit: Visit): AnswerForm["by"] => ({ kind: "visit", byMail: isByMail(visit) });

/** Whoever a mail was forwarded to could have opened it, the requester too: such a visit proves no more than the mail. */
function givenBy(visit: Visit): Given {
  if (isByMail(visit)) return { voter: visit.person, strength: "asserted" };
  const how = visit.by === "passkey" ? "passkey" : "link";
  return { voter: visit.person, strength: "account", proof: { kind: "session", session: visit.hash, how } };
}

export function requestRoutes(serving: Serving, cards: CardPages): Hono<PageEnv> {
  const { fx, looking } = serving;
  const routes = new Hono<PageEnv>();

  routes.get("/", (c) => {
    const visit = c.get("visit");
    if (visit === undefined) return askedFromElsewhere(c) ?? showDoor(c, { then: "/" });
    return showList(c, visit.person, fx, looking);
  });

  routes.get("/r/:id", async (c) => {
    const visit = c.get("visit");
    const id = c.req.param("id");
    if (visit === undefined) return askedFromElsewhere(c) ?? showDoor(c, { then: `/r/${id}` });
    const request = await requestNamed(id, fx);
    const sight = request && (await sightOf(visit.person, request, looking));
    if (request === undefined || sight?.sees !== true) return noSuchRequest(c);
    const passkey = await hasPasskey(c, visit.person, fx);
    return cards.show(c, {
      request,
      person: visit.person,
      canEnd: true,
      ...(sight.votes && { answer: { by: visitor(visit), passkey } }),
    });
  });

  routes.post("/r/:id", async (c) => {
    const visit = c.get("visit");
    const id = c.req.param("id");
    if (visit === undefined)
      return showDoor(c, { then: `/r/${id}`, problem: { message: "You are not signed in; nothing was done." } });
    const request = await requestNamed(id, fx);
    const sight = request && (await sightOf(visit.person, request, looking));
    if (request === undefined || sight?.sees !== true) return noSuchRequest(c);
    const fields = await fieldsOf(c, answerFields);
    const voted = await vote(request, fields, givenBy(visit), fx);
    if (voted.kind === "counted") return c.redirect(at(c, `/r/${request.id}`), 303);
    // As it stands now: another digest or state may be why it was refused.
    const current = (await requestNamed(id, fx)) ?? request;
    const passkey = await hasPasskey(c, visit.person, fx);
    return cards.show(c, {
      request: current,
      person: visit.person,
      canEnd: true,
      problem: voted.problem,
      status: voted.status,
      typed: fields,
      ...(sight.votes && { answer: { by: visitor(visit), passkey } }),
    });
  });

  return routes;
}
