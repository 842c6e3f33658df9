// One request: looking at it and answering it, signed in.
import { Hono } from "hono";
import type { Request } from "../core/approval/request.ts";
import type { Effects } from "../effects.ts";
import { answerFields, vote } from "./ballots.ts";
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
      ...(sight.votes && { answer: { by: { kind: "visit" }, passkey } }),
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
    const proof = { kind: "session", session: visit.hash, how: visit.by === "passkey" ? "passkey" : "link" } as const;
    const voted = await vote(request, fields, { voter: visit.person, strength: "account", proof }, fx);
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
      ...(sight.votes && { answer: { by: { kind: "visit" }, passkey } }),
    });
  });

  return routes;
}
