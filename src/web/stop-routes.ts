// Stopping from the page: one approval or the scan under it, or everything. Judged and recorded by the broker as for the
// commands; only who signed in may.
import { Hono } from "hono";
import { freeze, revoke, unfreeze } from "../broker/revoke.ts";
import type { Requester } from "../core/policy/decision.ts";
import { askedFromElsewhere, showDoor } from "./door-page.ts";
import { fieldsOf, typed } from "./form.ts";
import { oops } from "./oops-page.ts";
import { noSuchRequest, requestNamed } from "./request-routes.ts";
import { at, type PageContext, type PageEnv, type Serving } from "./serving.ts";
import { showFreeze, showRevoke } from "./stop-view.ts";
import { sightOf } from "./visible.ts";

export function stopRoutes({ fx, looking }: Serving): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  /** Who signed in, as the operating system knows them; a login without an account has no uid that anybody has. */
  const whoIs = async (c: PageContext): Promise<Requester | undefined> => {
    const person = c.get("visit")?.person;
    if (person === undefined) return undefined;
    return (await fx.facts.account(person)) ?? { name: person, uid: -1, groups: [] };
  };
  const notSignedIn = (c: PageContext): Response =>
    showDoor(c, { then: "/", problem: { message: "You are not signed in; nothing was done." } });
  const reasonOf = async (c: PageContext): Promise<string | undefined> =>
    typed(await fieldsOf(c, ["reason"]), "reason");

  routes.get("/r/:id/revoke", async (c) => {
    const person = c.get("visit")?.person;
    if (person === undefined) return askedFromElsewhere(c) ?? showDoor(c, { then: `/r/${c.req.param("id")}` });
    const request = await requestNamed(c.req.param("id"), fx);
    if (request === undefined || !(await sightOf(person, request, looking)).sees) return noSuchRequest(c);
    return showRevoke(c, request);
  });

  routes.get("/freeze", async (c) => {
    if (c.get("visit") === undefined) return askedFromElsewhere(c) ?? showDoor(c, { then: "/" });
    return showFreeze(c, await fx.store.freeze(), fx.clock.now());
  });

  routes.post("/r/:id/revoke", async (c) => {
    const who = await whoIs(c);
    if (who === undefined) return notSignedIn(c);
    const request = await requestNamed(c.req.param("id"), fx);
    if (request === undefined || !(await sightOf(who.name, request, looking)).sees) return noSuchRequest(c);
    const revoked = await revoke(request.id, who, await reasonOf(c), fx);
    if (revoked.kind === "refused") return oops(c, 403, revoked.problem.message);
    if (revoked.kind === "too-late")
      return oops(c, 410, `There is nothing left to end: it is ${revoked.request.state}.`);
    return c.redirect(at(c, `/r/${request.id}`), 303);
  });

  routes.post("/freeze", async (c) => {
    const who = await whoIs(c);
    if (who === undefined) return notSignedIn(c);
    const frozen = await freeze((await reasonOf(c)) ?? "", who, fx);
    if (frozen.kind === "frozen") return c.redirect(at(c, "/"), 303);
    return oops(c, frozen.problem.code === "not-entitled" ? 403 : 409, frozen.problem.message);
  });

  routes.post("/unfreeze", async (c) => {
    const who = await whoIs(c);
    if (who === undefined) return notSignedIn(c);
    const problem = await unfreeze(await reasonOf(c), who, fx);
    if (problem === undefined) return c.redirect(at(c, "/"), 303);
    return oops(c, problem.code === "not-entitled" ? 403 : 409, problem.message);
  });

  return routes;
}
