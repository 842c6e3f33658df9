// What monitoring asks for, counted by SQLite: from indexes and narrow columns, no record is parsed.
import type { StoreFigures } from "../effects.ts";
import type { Prepare } from "./database.ts";

export function figures(statement: Prepare): StoreFigures {
  const byState = (table: "requests" | "deliveries"): unknown[] =>
    statement(`SELECT state, count(*) AS count FROM ${table} GROUP BY state`).all();
  const head = statement("SELECT seq FROM head WHERE one = 1").get() as { seq: number } | undefined;
  const sessions = statement(
    `SELECT count(*) - count(ended_at) AS open, count(ended_at) AS ended,
       coalesce(sum(ended_at - started_at), 0) / 1000.0 AS seconds FROM sessions`,
  ).get() as StoreFigures["sessions"];
  return {
    requests: byState("requests") as StoreFigures["requests"],
    events: head?.seq ?? 0,
    sessions,
    deliveries: byState("deliveries") as StoreFigures["deliveries"],
  };
}
