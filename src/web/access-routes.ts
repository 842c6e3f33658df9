// What lets people in, looked at and taken away: one's own, and for leads that of others. Judged and recorded by the
// broker as for the command. A visit that a mail opened takes nothing from others.
import { Hono } from "hono";
import { mayNot, signOutEverywhere, takePasskey } from "../broker/take-access.ts";
import { isByMail } from "../core/approval/access.ts";
import type { Problem } from "../core/result.ts";
import { forgetVisit } from "./cookie.ts";
import { askedFromElsewhere, showDoor } from "./door-page.ts";
import { fieldsOf, typed } from "./form.ts";
import { showMe, showPerson } from "./me-page.ts";
import { oops } from "./oops-page.ts";
import { at, type PageContext, type PageEnv, type Serving } from "./serving.ts";

export function accessRoutes({ fx }: Serving): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  /** Who signed in, as somebody who may take from others; the page knows no root. */
  const keeperOf = (c: PageContext): { readonly name: string; readonly uid: number } | undefined => {
    const visit = c.get("visit");
    return visit === undefined || isByMail(visit) ? undefined : { name: visit.person, uid: -1 };
  };
  const notSignedIn = (c: PageContext): Response =>
    showDoor(c, { then: "/", problem: { message: "You are not signed in for this; nothing was done." }, status: 403 });
  const not = (c: PageContext, problem: Problem): Response =>
    oops(c, problem.code === "not-entitled" ? 403 : 404, problem.message);
  const personOf = (c: PageContext, person: string): string => at(c, `/people?person=${encodeURIComponent(person)}`);

  routes.get("/me", (c) => showMe(c, fx));

  routes.post("/me/sign-out-everywhere", async (c) => {
    const visit = c.get("visit");
    if (visit === undefined) return notSignedIn(c);
    await signOutEverywhere(visit.person, { name: visit.person, uid: -1 }, fx);
    forgetVisit(c);
    return c.redirect(at(c, "/"), 303);
  });

  routes.get("/people", async (c) => {
    const who = keeperOf(c);
    const person = (c.req.query("person") ?? "").trim();
    if (who === undefined) return askedFromElsewhere(c) ?? notSignedIn(c);
    if (person === "" || person === who.name) return c.redirect(at(c, "/me"), 303);
    const refused = await mayNot(person, who, fx);
    return refused === undefined ? showPerson(c, person, fx) : not(c, refused);
  });

  routes.post("/people/sign-out", async (c) => {
    const who = keeperOf(c);
    const person = typed(await fieldsOf(c, ["person"]), "person");
    if (who === undefined || person === undefined) return notSignedIn(c);
    const refused = await signOutEverywhere(person, who, fx);
    return refused === undefined ? c.redirect(personOf(c, person), 303) : not(c, refused);
  });

  routes.post("/people/passkeys/remove", async (c) => {
    const who = keeperOf(c);
    const id = typed(await fieldsOf(c, ["id"]), "id");
    if (who === undefined || id === undefined) return notSignedIn(c);
    const taken = await takePasskey(id, who, fx);
    return taken.ok ? c.redirect(personOf(c, taken.value.person), 303) : not(c, taken.error);
  });

  return routes;
}
