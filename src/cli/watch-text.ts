// A snapshot as text for `watch`: a block of lines that a terminal draws again and again, and one JSON object for each
// difference. Pure, so that its width can be tested.
import { time } from "../core/time.ts";
import { escapeText } from "../core/escape.ts";
import { unreachable } from "../core/result.ts";
import type { Request } from "../core/approval/request.ts";
import type { Row, Snapshot } from "../monitor/snapshot.ts";
import type { Difference } from "../monitor/watch.ts";
import { counted } from "./counted.ts";
import { headlineOf } from "./request-headline.ts";
import { ago, clock } from "./show-time.ts";
import { tableText } from "./table.ts";
import { fitTo } from "./width.ts";

/** At most `lines` lines of at most `columns` columns; what does not fit is counted in the last. */
export function blockOf({ at, frozen, rows }: Snapshot, columns: number, lines: number): readonly string[] {
  const count = (states: readonly Request["state"][]): number =>
    rows.filter(({ request }) => states.includes(request.state)).length;
  const head = [
    `${count(["running", "claimed"])} running, ${count(["pending"])} waiting, ${count(["approved"])} approved; q ends`,
    ...(frozen === undefined ? [] : [`${frozen}; nothing starts`]),
  ].map((line) => fitTo(escapeText(line), columns));
  if (rows.length === 0) return [...head, "nothing was asked yet"].slice(0, lines);
  const table = tableText(
    ["ID", "STATE", "WHO", "WHEN", "WHAT"],
    rows.map((row) => cellsOf(row, at)),
    columns,
  );
  const block = [...head, "", ...table.trimEnd().split("\n")];
  if (block.length <= lines) return block;
  const kept = block.slice(0, Math.max(0, lines - 1));
  return [...kept, `${block.length - kept.length} more: jit-nmap requests`].slice(0, lines);
}

function cellsOf({ request, until, violations, progress }: Row, now: number): readonly string[] {
  const left = until === undefined ? "" : `${clock((until - now) / 1000).replace(/^0:0?/, "")} left`;
  const hosts = progress === undefined ? [] : [hostsDone(progress.hosts)];
  const task = progress?.task;
  const at = task === undefined ? [] : [`${task.name}${task.percent === undefined ? "" : ` ${task.percent}%`}`];
  const what = headlineOf(request).filter((part) => part !== "");
  const when = "endedAt" in request ? ago(request.endedAt, now) : left;
  const refused = violations === undefined ? [] : ["PACKETS REFUSED"];
  return [request.id, request.state, request.requester.name, when, [...refused, ...hosts, ...at, ...what].join(", ")];
}

/** One difference, as a program reads it: durations in seconds, times RFC 3339 in UTC. */
export function differenceJson(difference: Difference, at: number) {
  const head = { schema: 1, time: time(at) };
  switch (difference.kind) {
    case "freeze":
      return { ...head, frozen: difference.frozen ?? null };
    case "over":
      return { ...head, ...summaryJson(difference.request), over: true };
    case "row": {
      const { request, until, violations, progress } = difference.row;
      return {
        ...head,
        ...summaryJson(request),
        ...(until !== undefined && { until: time(until) }),
        ...(violations !== undefined && { violations }),
        ...(progress !== undefined && { progress }),
      };
    }
    default:
      return unreachable(difference);
  }
}

function summaryJson(request: Request) {
  const [what, reason] = headlineOf(request);
  const { id, state, version, requester } = request;
  return { request: id, state, version, requester: requester.name, what, ...(reason !== "" && { reason }) };
}

/** One difference as cells of a line: when, which, how it stands, whose, how far, what, why. */
export function differenceCells(difference: Difference, at: number): readonly string[] {
  switch (difference.kind) {
    case "freeze":
      return [time(at), "", difference.frozen === undefined ? "unfrozen" : "frozen", "", "", difference.frozen ?? ""];
    case "over":
      return cellsOfRequest(difference.request, "over", "", at);
    case "row": {
      const { request, progress } = difference.row;
      return cellsOfRequest(request, request.state, progress === undefined ? "" : hostsDone(progress.hosts), at);
    }
    default:
      return unreachable(difference);
  }
}

function cellsOfRequest(request: Request, state: string, hosts: string, at: number): readonly string[] {
  return [time(at), request.id, state, request.requester.name, hosts, ...headlineOf(request)];
}

const hostsDone = (hosts: number): string => `${counted(hosts, "host")} done`;
