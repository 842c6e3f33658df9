// Services that answer later call here: Standard Webhooks, and Slack's buttons. What proves them and what their answer
// is worth is the broker's; this hands over the bytes as they came.
import { Hono } from "hono";
import { receiveCall } from "../broker/callback.ts";
import { callbackPath } from "./guards.ts";
import type { PageEnv, Serving } from "./serving.ts";

export function callbackRoutes({ fx }: Serving): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  routes.post(`${callbackPath}:service`, async (c) => {
    const body = await c.req.text();
    const answer = await receiveCall(c.req.param("service"), { header: (name) => c.req.header(name), body }, fx);
    return c.json(answer.body, answer.status);
  });
  return routes;
}
