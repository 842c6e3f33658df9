// What programs ask for: the page's two files, whether all is well, and figures. No names of people.
import { Hono } from "hono";
import { forgetVisit } from "./cookie.ts";
import { signOut } from "../broker/sign-in.ts";
import { assets } from "./layout.ts";
import { mayScrape, metricLines } from "./metrics.ts";
import { at, type PageEnv, type Serving } from "./serving.ts";

export function serviceRoutes({ fx, figures }: Serving): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();

  for (const [name, { type, text }] of assets) {
    routes.get(`/${name}`, (c) =>
      c.body(text, 200, { "Content-Type": type, "Cache-Control": "public, max-age=31536000, immutable" }),
    );
  }

  /** Reads the trail's end and the policy: what a vote would need. */
  routes.get("/healthz", async (c) => {
    const [policy] = await Promise.all([fx.policy.load(), fx.store.listRequests({ limit: 1 })]);
    return policy.ok ? c.json({ ok: true }) : c.json({ ok: false, because: "the policy can't be read" }, 503);
  });

  routes.get("/metrics", async (c) => {
    const may = await mayScrape(c, fx);
    if (may === "no") return c.notFound();
    if (may === "wrong-token")
      return c.text("Bring the token of these figures.\n", 401, { "WWW-Authenticate": "Bearer" });
    return c.text([...(await metricLines(fx)), ...figures.lines(), ""].join("\n"), 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
    });
  });

  routes.post("/sign-out", async (c) => {
    const visit = c.get("visit");
    if (visit !== undefined) await signOut(visit, fx);
    forgetVisit(c);
    return c.redirect(at(c, "/"), 303);
  });

  return routes;
}
