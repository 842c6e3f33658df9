// The records as figures for Prometheus, and who may have them. Counted by the store, so that a scrape reads no request.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Effects } from "../effects.ts";
import type { PageContext } from "./serving.ts";

/** What proxies add when they pass a request on. A bare one adds nothing: then its public-url must be in config.yaml. */
const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/**
 * Figures of a house are not for everybody who can reach its page: they are for who brings the configured token, and
 * without one for this machine alone. Where a proxy is configured nobody can say what comes from here: it may rewrite
 * the name that was asked for.
 */
export async function mayScrape(c: PageContext, fx: Pick<Effects, "config">): Promise<"yes" | "no" | "wrong-token"> {
  const configuration = await fx.config.load();
  if (!configuration.ok) return "no";
  const { metricsTokenFile, publicUrl, trustedProxy } = configuration.value;
  if (metricsTokenFile === undefined) {
    const isForwarded = FORWARDED.some((name) => c.req.header(name) !== undefined);
    return c.get("door").isPublic || publicUrl !== undefined || trustedProxy.length > 0 || isForwarded ? "no" : "yes";
  }
  const secret = await fx.config.secret(metricsTokenFile);
  const token = secret.ok ? new TextDecoder().decode(secret.value).trim() : "";
  // An empty file would let in who brings nothing.
  if (token === "") return "no";
  const [, brought = ""] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  const [wanted, given] = [token, brought].map((one) => createHash("sha256").update(one).digest());
  return wanted !== undefined && given !== undefined && timingSafeEqual(wanted, given) ? "yes" : "wrong-token";
}

export async function metricLines(fx: Pick<Effects, "store">): Promise<readonly string[]> {
  const { requests, events, sessions, deliveries } = await fx.store.figures();
  return [
    "# HELP jit_nmap_requests Requests on record, by state.",
    "# TYPE jit_nmap_requests gauge",
    ...requests.map(({ state, count }) => `jit_nmap_requests{state="${state}"} ${count}`),
    "# HELP jit_nmap_trail_events Number of the trail's last event.",
    "# TYPE jit_nmap_trail_events counter",
    `jit_nmap_trail_events ${events}`,
    "# HELP jit_nmap_sessions_open Scans that have no end on record.",
    "# TYPE jit_nmap_sessions_open gauge",
    `jit_nmap_sessions_open ${sessions.open}`,
    "# HELP jit_nmap_session_seconds How long scans ran that have ended.",
    "# TYPE jit_nmap_session_seconds summary",
    `jit_nmap_session_seconds_sum ${sessions.seconds}`,
    `jit_nmap_session_seconds_count ${sessions.ended}`,
    "# HELP jit_nmap_deliveries Messages of the outbox, by state.",
    "# TYPE jit_nmap_deliveries gauge",
    ...deliveries.map(({ state, count }) => `jit_nmap_deliveries{state="${state}"} ${count}`),
  ];
}
