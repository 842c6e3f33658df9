// The records as figures for Prometheus. Counted by the store, so that a scrape reads no request.
import type { Effects } from "../effects.ts";

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
