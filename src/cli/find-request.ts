// Which request a command means: a prefix of its id, or, left out, the obvious one.
import type { Request, RequestId } from "../core/approval/request.ts";
import { err, ok, unreachable, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { lookerOf } from "../broker/sight.ts";
import { votersOf } from "../broker/votes.ts";

export type FindProblem = Problem<"no-request" | "ambiguous-id" | "id-needed">;

/** The request whose id begins with the words, letters in any case. */
export async function requestById(prefix: string, fx: Effects): Promise<Result<Request, FindProblem>> {
  const found = await fx.store.findRequest(prefix.toLowerCase());
  switch (found.kind) {
    case "found":
      // What somebody may not look at is not there.
      if (await lookerOf(fx.facts.requester().name, fx)(found.request)) return ok(found.request);
      return noRequest(prefix);
    case "none":
      return noRequest(prefix);
    case "ambiguous":
      return oneOf(prefix, found.ids, fx);
    default:
      return unreachable(found);
  }
}

/** How many the store names at most for a prefix: where it is as many, there may be more. */
const named = 20;

/** Of those with this prefix the one that may be looked at; the others are not there. */
async function oneOf(prefix: string, ids: readonly RequestId[], fx: Effects): Promise<Result<Request, FindProblem>> {
  const maySee = lookerOf(fx.facts.requester().name, fx);
  const seen: Request[] = [];
  for (const id of ids) {
    const one = await fx.store.findRequest(id);
    if (one.kind === "found" && (await maySee(one.request))) seen.push(one.request);
  }
  const [only, another] = seen;
  const isWhole = ids.length < named;
  if (isWhole && only === undefined) return noRequest(prefix);
  if (isWhole && only !== undefined && another === undefined) return ok(only);
  const some = seen.slice(0, 5).map(({ id }) => id);
  const list =
    some.length === 0 ? "more than one" : `any of ${some.join(", ")}${seen.length > 5 || !isWhole ? ", ..." : ""}`;
  return err({ code: "ambiguous-id", message: `${prefix} may be ${list}`, hint: "type some more of it" });
}

function noRequest(prefix: string): Result<Request, FindProblem> {
  const hint = "jit-nmap requests lists them";
  return err({ code: "no-request", message: `there is no request ${prefix}`, hint });
}

/** The request meant by `id`; without one, my latest. */
export async function myRequest(id: string | undefined, fx: Effects): Promise<Result<Request, FindProblem>> {
  if (id !== undefined) return requestById(id, fx);
  const me = fx.facts.requester().name;
  const [latest] = await fx.store.listRequests({ requester: me, limit: 1 });
  if (latest !== undefined) return ok(latest);
  return err({
    code: "no-request",
    message: `${me} has made no request yet`,
    hint: "jit-nmap requests lists those of others",
  });
}

/** The request meant by `id`; without one, the only one that waits for my vote, or else my latest. */
export async function requestToShow(id: string | undefined, fx: Effects): Promise<Result<Request, FindProblem>> {
  if (id !== undefined) return requestById(id, fx);
  const [only, another] = await waitingForMe(fx);
  return only !== undefined && another === undefined ? ok(only) : myRequest(undefined, fx);
}

/** The request meant by `id`; without one, the only one that waits for my vote. */
export async function requestForMyVote(id: string | undefined, fx: Effects): Promise<Result<Request, FindProblem>> {
  if (id !== undefined) return requestById(id, fx);
  const waiting = await waitingForMe(fx);
  const [only, another] = waiting;
  if (only === undefined) {
    return err({
      code: "no-request",
      message: "nothing waits for your vote",
      hint: "jit-nmap requests --state pending",
    });
  }
  if (another === undefined) return ok(only);
  return err({
    code: "id-needed",
    message: `${waiting.length} requests wait for your vote: ${waiting.map((request) => request.id).join(", ")}`,
    hint: "name one of them",
  });
}

async function waitingForMe(fx: Effects): Promise<readonly Request[]> {
  const me = fx.facts.requester().name;
  const now = fx.clock.now();
  const pending = (await fx.store.listRequests({ state: "pending" })).filter((request) => request.answerBy > now);
  const voters = await Promise.all(pending.map((request) => votersOf(request, fx)));
  return pending.filter((_, index) => voters[index]?.includes(me) === true);
}
