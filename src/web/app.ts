// The page as one function from request to answer: guards first, then routes, and what is thrown ends closed. Without a
// socket, so that tests ask it directly.
import { Hono } from "hono";
import { isTrailFailure } from "../core/audit/trail-failure.ts";
import { accessRoutes } from "./access-routes.ts";
import { callbackRoutes } from "./callback-routes.ts";
import { CardPages } from "./card-page.ts";
import { answerSafely, fromItself, knowWho, notTooMuch, notTooOften, throughADoor } from "./guards.ts";
import { History } from "./history.ts";
import { linkRoutes } from "./link-routes.ts";
import { oops } from "./oops-page.ts";
import { passkeyRoutes } from "./passkey-routes.ts";
import { requestRoutes } from "./request-routes.ts";
import { serviceRoutes } from "./service-routes.ts";
import { stopRoutes } from "./stop-routes.ts";
import type { PageContext, PageEnv, Serving } from "./serving.ts";

export function pageApp(serving: Serving): Hono<PageEnv> {
  const { fx, looking, log } = serving;
  const cards = new CardPages(fx, looking, new History(fx));
  const base = serving.doors.main.base;
  const app = new Hono<PageEnv>({
    // A proxy may or may not take off what stands before our paths.
    getPath: (request) => {
      const { pathname } = new URL(request.url);
      return base !== "" && (pathname === base || pathname.startsWith(`${base}/`))
        ? pathname.slice(base.length) || "/"
        : pathname;
    },
  });
  app.use(throughADoor(serving), answerSafely(serving), fromItself, notTooMuch, knowWho(serving), notTooOften(serving));
  app.route("/", serviceRoutes(serving));
  app.route("/", callbackRoutes(serving));
  app.route("/", passkeyRoutes(serving));
  app.route("/", accessRoutes(serving));
  app.route("/", linkRoutes(serving, cards));
  app.route("/", stopRoutes(serving));
  app.route("/", requestRoutes(serving, cards));
  app.notFound((c) => oops(c as PageContext, 404, "There is no such page."));
  app.onError((thrown, c) => {
    const context = c as PageContext;
    // Before it is known where this is, there is no page to show.
    if ((c.get("door") as PageContext["var"]["door"] | undefined) === undefined)
      return c.text("Something is wrong here.\n", 500);
    if (isTrailFailure(thrown)) {
      log({ level: "error", event: "store", code: thrown.code });
      c.header("Retry-After", "5");
      return oops(
        context,
        503,
        "The records can't be read or written just now; nothing was done.",
        "Try again in a moment.",
      );
    }
    log({ level: "error", event: "defect", message: thrown.message });
    return oops(context, 500, "Something is wrong here; nothing was done.");
  });
  return app;
}
