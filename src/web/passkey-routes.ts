// Passkeys on the page: signing in, voting, adding and removing. Each in two steps, options and answer, as the page's
// script asks for them; answers are JSON.
import { Hono } from "hono";
import { lookAtLink, newSecret, signInWith } from "../broker/sign-in.ts";
import { addPasskey, isByMail, removePasskey } from "../core/approval/access.ts";
import { answerFields, prepare, refusal, vote } from "./ballots.ts";
import { Challenges } from "./challenges.ts";
import { keepVisit } from "./cookie.ts";
import { fieldsOf, typed, type Fields } from "./form.ts";
import { added, additionOptions, challengeOf, isNamed, touched, touchOptions } from "./passkeys.ts";
import { requestNamed } from "./request-routes.ts";
import { at, type PageContext, type PageEnv, type Serving } from "./serving.ts";
import { sightOf } from "./visible.ts";

const signIn = "sign in";
const needsMore = "A mail alone makes no keys: sign in by jit-nmap serve --link, or by a passkey that you have.";

export function passkeyRoutes({ fx, looking }: Serving): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const open = new Challenges();

  const no = (c: PageContext, status: 400 | 403 | 404 | 409 | 410 | 422 | 503, message: string): Response =>
    c.json({ message }, status);

  /** Who votes: signed in, or named by a one-time link that shows this very request. */
  const voterOf = async (c: PageContext, id: string, fields: Fields): Promise<string | undefined> => {
    const visit = c.get("visit");
    if (visit !== undefined) return visit.person;
    const secret = fields.get("link");
    const link = secret === undefined ? undefined : await lookAtLink(secret, fx);
    return link?.ok === true && link.value.request === id ? link.value.person : undefined;
  };

  /** What a touch would be for; the same whether it is asked or answered. */
  const votingOn = async (c: PageContext, fields: Fields) => {
    const door = c.get("door");
    const id = c.req.param("id") ?? "";
    const voter = await voterOf(c, id, fields);
    const request = voter === undefined ? undefined : await requestNamed(id, fx);
    if (!isNamed(door) || voter === undefined || request === undefined) return undefined;
    if (!(await sightOf(voter, request, looking)).sees) return undefined;
    return { door, voter, request };
  };

  routes.post("/r/:id/passkey/options", async (c) => {
    const fields = await fieldsOf(c, [...answerFields, "link"]);
    const voting = await votingOn(c, fields);
    if (voting === undefined) return no(c, 404, "There is no such request for you.");
    const { door, voter, request } = voting;
    if (request.state !== "pending") return no(c, 410, `Too late: request ${request.id} is ${request.state}.`);
    // What was on the screen is what is signed, or nothing is.
    if (fields.get("digest") !== request.digest) return no(c, 409, "The request has changed: look at it again.");
    const prepared = await prepare(request, fields, { voter, strength: "signed" }, fx);
    if (!prepared.ok) return no(c, refusal(prepared.error).status, prepared.error.message);
    const keys = await fx.store.access.passkeys(voter);
    if (keys.length === 0) return no(c, 403, "You have no passkey here.");
    return c.json(await touchOptions(door, challengeOf(prepared.value), keys));
  });

  routes.post("/r/:id/passkey", async (c) => {
    const fields = await fieldsOf(c, [...answerFields, "link"]);
    const voting = await votingOn(c, fields);
    if (voting === undefined) return no(c, 404, "There is no such request for you.");
    const { door, voter, request } = voting;
    const prepared = await prepare(request, fields, { voter, strength: "signed" }, fx);
    if (!prepared.ok) return no(c, refusal(prepared.error).status, prepared.error.message);
    const done = await touched(door, await responseOf(c), challengeOf(prepared.value), fx);
    if (!done.ok) return no(c, 403, done.error.message);
    if (done.value.passkey.person !== voter) return no(c, 403, "This passkey is somebody else's.");
    const voted = await vote(request, fields, { voter, strength: "signed", proof: done.value.proof }, fx);
    if (voted.kind === "refused") return no(c, voted.status, voted.problem.message);
    const link = c.get("visit") === undefined ? fields.get("link") : undefined;
    return c.json({ location: at(c, link === undefined ? `/r/${request.id}` : `/l/${link}`) });
  });

  routes.post("/sign-in/options", async (c) => {
    const door = c.get("door");
    if (!isNamed(door)) return no(c, 403, "Passkeys need a name, not an address.");
    const challenge = newSecret(fx);
    open.handOut(challenge, signIn, fx.clock.now());
    return c.json(await touchOptions(door, challenge, []));
  });

  routes.post("/sign-in", async (c) => {
    const door = c.get("door");
    if (!isNamed(door)) return no(c, 403, "Passkeys need a name, not an address.");
    const fields = await fieldsOf(c, ["then"]);
    const now = fx.clock.now();
    const done = await touched(door, await responseOf(c), (challenge) => open.take(challenge, signIn, now), fx);
    if (!done.ok) return no(c, 403, done.error.message);
    const { person, id } = done.value.passkey;
    keepVisit(c, await signInWith(person, id, fx));
    return c.json({ location: at(c, ownPath(fields.get("then"))) });
  });

  routes.post("/me/passkeys/options", async (c) => {
    const [visit, door] = [c.get("visit"), c.get("door")];
    if (visit === undefined || !isNamed(door)) return no(c, 403, "Sign in first, under this page's name.");
    if (isByMail(visit)) return no(c, 403, needsMore);
    const options = await additionOptions(door, visit.person, await fx.store.access.passkeys(visit.person));
    open.handOut(options.challenge, `add for ${visit.person}`, fx.clock.now());
    return c.json(options);
  });

  routes.post("/me/passkeys", async (c) => {
    const [visit, door] = [c.get("visit"), c.get("door")];
    if (visit === undefined || !isNamed(door)) return no(c, 403, "Sign in first, under this page's name.");
    if (isByMail(visit)) return no(c, 403, needsMore);
    const now = fx.clock.now();
    const isOurs = (challenge: string): boolean => open.take(challenge, `add for ${visit.person}`, now);
    const passkey = await added(door, visit.person, await responseOf(c), isOurs, now);
    if (!passkey.ok) return no(c, 403, passkey.error.message);
    const committed = await fx.store.commit(addPasskey(passkey.value, now));
    if (committed.kind !== "committed") return no(c, 409, "This passkey is known already.");
    return c.json({ location: at(c, "/me") });
  });

  routes.post("/me/passkeys/remove", async (c) => {
    const visit = c.get("visit");
    const id = typed(await fieldsOf(c, ["id"]), "id");
    if (visit === undefined || id === undefined) return no(c, 403, "Sign in first.");
    await fx.store.commit(removePasskey({ id, person: visit.person }, visit.person, fx.clock.now()));
    return c.redirect(at(c, "/me"), 303);
  });

  return routes;
}

/** What the script sends beside the fields. */
async function responseOf(c: PageContext): Promise<unknown> {
  const body: unknown = await c.req.json().catch(() => undefined);
  return typeof body === "object" && body !== null && "response" in body ? body.response : undefined;
}

/** A path of this page and nothing else: whatever stands in the field leads nowhere outside. */
function ownPath(then: string | undefined): string {
  return then !== undefined && /^\/(?:r\/[0-9a-z]{1,20})?$/.test(then) ? then : "/";
}
