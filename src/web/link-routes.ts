// One-time links. Looking at one changes nothing, whoever or whatever looks; a sign-in or an answer is posted, and wants
// the login, which neither the mail nor the page says: what follows links and fills forms in by itself does not vote.
import { Hono } from "hono";
import { lookAtLink, signInBy } from "../broker/sign-in.ts";
import { hashSecret, wrongLogins, type SignInLink } from "../core/approval/access.ts";
import { answerFields, vote } from "./ballots.ts";
import type { CardPages } from "./card-page.ts";
import { keepVisit } from "./cookie.ts";
import { askedFromElsewhere, showDoor, showSignIn } from "./door-page.ts";
import { fieldsOf, typed, type Fields } from "./form.ts";
import { hasPasskey } from "./passkeys.ts";
import { noSuchRequest, requestNamed } from "./request-routes.ts";
import { at, type PageContext, type PageEnv, type Serving } from "./serving.ts";
import { sightOf } from "./visible.ts";

const placeOf = (link: SignInLink): string => (link.request === undefined ? "/" : `/r/${link.request}`);

export function linkRoutes({ fx, looking }: Serving, cards: CardPages): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  /** The card with what is left to do; `problem` where something was tried. */
  const showLink = async (
    c: PageContext,
    secret: string,
    link: SignInLink,
    tried?: { readonly typed: Fields; readonly problem: { readonly message: string; readonly hint?: string } },
    status: 200 | 403 | 409 | 410 | 422 | 503 = 200,
  ): Promise<Response> => {
    if (link.request === undefined) return showSignIn(c, secret, link.person);
    const request = await requestNamed(link.request, fx);
    const sight = request && (await sightOf(link.person, request, looking));
    if (request === undefined || sight?.sees !== true) return noSuchRequest(c);
    const passkey = await hasPasskey(c, link.person, fx);
    return cards.show(c, {
      request,
      person: link.person,
      ...(sight.votes && { answer: { by: { kind: "link", secret }, passkey } }),
      ...tried,
      status,
    });
  };

  routes.get("/l/:secret", async (c) => {
    const secret = c.req.param("secret");
    const elsewhere = askedFromElsewhere(c);
    if (elsewhere !== undefined) return elsewhere;
    const found = await lookAtLink(secret, fx);
    const known = found.ok ? found.value : await fx.store.access.link(hashSecret(secret));
    // Who is signed in already needs no link, and keeps it.
    if (known !== undefined && c.get("visit")?.person === known.person) return c.redirect(at(c, placeOf(known)), 303);
    if (!found.ok)
      return showDoor(c, { then: known === undefined ? "/" : placeOf(known), problem: found.error, status: 410 });
    return showLink(c, secret, found.value);
  });

  routes.post("/l/:secret", async (c) => {
    const secret = c.req.param("secret");
    const found = await lookAtLink(secret, fx);
    if (!found.ok) return showDoor(c, { then: "/", problem: found.error, status: 410 });
    const link = found.value;
    const fields = await fieldsOf(c, [...answerFields, "login"]);
    if (link.request !== undefined && typed(fields, "login") === undefined) {
      return showLink(
        c,
        secret,
        link,
        { typed: fields, problem: { message: "Type your login; nothing was done." } },
        422,
      );
    }
    if (link.request !== undefined && typed(fields, "login") !== link.person) {
      await fx.store.access.wrongLogin(link.hash);
      const left = wrongLogins - link.wrong - 1;
      const message = `Nothing was done: this link is for another login. ${left < 1 ? "It is closed now." : `${left} more ${left === 1 ? "try" : "tries"}.`}`;
      return left < 1
        ? showDoor(c, { then: placeOf(link), problem: { message }, status: 403 })
        : showLink(
            c,
            secret,
            link,
            { typed: fields, problem: { message, hint: "Type the login that you have on that machine." } },
            403,
          );
    }
    if (fields.get("answer") === "sign-in") {
      const signedIn = await signInBy(link, fx);
      if (!signedIn.ok) return showDoor(c, { then: placeOf(link), problem: signedIn.error, status: 410 });
      keepVisit(c, signedIn.value);
      return c.redirect(at(c, placeOf(link)), 303);
    }
    if (link.request === undefined) return showSignIn(c, secret, link.person);
    const request = await requestNamed(link.request, fx);
    if (request === undefined) return noSuchRequest(c);
    const voted = await vote(request, fields, { voter: link.person, strength: "asserted" }, fx);
    if (voted.kind === "refused")
      return showLink(c, secret, link, { typed: fields, problem: voted.problem }, voted.status);
    return c.redirect(at(c, `/l/${secret}`), 303);
  });

  return routes;
}
