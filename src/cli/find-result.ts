// Which stored result a command means: that of a request, or my latest.
import type { Request } from "../core/approval/request.ts";
import type { AuditEvent, SessionId } from "../core/audit/event.ts";
import type { SessionRecord, StoredResult } from "../core/grant/session-record.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { myRequest, type FindProblem } from "./find-request.ts";

export interface FoundResult {
  readonly request: Request;
  readonly session: SessionRecord;
  readonly stored: StoredResult;
  /** What the session did that its plan does not say; empty where the result can be relied on. */
  readonly violations: readonly string[];
}

/** The result of the request whose id begins so. */
export async function resultOf(
  id: string,
  fx: Effects,
): Promise<Result<FoundResult, FindProblem | Problem<"no-result">>> {
  const found = await myRequest(id, fx);
  if (!found.ok) return found;
  const result = await storedResult(found.value, fx);
  if (result !== undefined) return ok(result);
  const { id: whole, state } = found.value;
  return err({
    code: "no-result",
    message: `request ${whole} has no result: it is ${state}`,
    hint: `jit-nmap show ${whole}`,
  });
}

/** How many of my requests are looked through for one with a result. */
const LOOKED_THROUGH = 100;

export async function myLatestResult(fx: Effects): Promise<Result<FoundResult, Problem<"no-result">>> {
  const me = fx.facts.requester().name;
  for (const request of await fx.store.listRequests({ requester: me, limit: LOOKED_THROUGH })) {
    const result = await storedResult(request, fx);
    if (result !== undefined) return ok(result);
  }
  return err({ code: "no-result", message: `no scan of ${me} has left a result yet`, hint: "jit-nmap requests" });
}

/** A request runs once; the last session that left a result, should a crash have left more. */
async function storedResult(request: Request, fx: Effects): Promise<FoundResult | undefined> {
  const sessions = await fx.store.sessions(request.id);
  for (const session of [...sessions].sort((a, b) => b.startedAt - a.startedAt)) {
    const stored = await fx.store.result(session.id);
    if (stored === undefined) continue;
    const events = await fx.store.events({ request: request.id });
    return { request, session, stored, violations: notAsPlanned(session.id, events) };
  }
  return undefined;
}

/** What a session did that its plan does not say, in the order in which it was seen. */
export function notAsPlanned(session: SessionId, events: readonly AuditEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === "session.violation" && event.data.session === session ? [event.data.because] : [],
  );
}
