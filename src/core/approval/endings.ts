// The ways a request ends without having run: taken back, not answered, not started, revoked. Separate from the run
// because these need no session, and because the clock alone can cause two of them.
import type { Grant, GrantState } from "../grant/grant.ts";
import { err, ok } from "../result.ts";
import type { Problem, Result } from "../result.ts";
import type { Step } from "./change.ts";
import { isRequester } from "./person.ts";
import type { Voter } from "./person.ts";
import { purposeOf } from "./purpose.ts";
import type { Request } from "./request.ts";
import { eventOf, itself, step } from "./transitions.ts";

export type CancelProblem = Problem<"not-yours" | "too-late">;

/** The requester takes a pending request back. An approved one is revoked instead: it has a grant to end. */
export function cancel(request: Request, by: Voter, now: number, because?: string): Result<Step, CancelProblem> {
  if (!isRequester(request.requester, by)) {
    return err({
      code: "not-yours",
      message: `Request ${request.id} is ${request.requester.name}'s, who alone can take it back.`,
    });
  }
  if (request.state !== "pending") {
    const approved = request.state === "approved";
    return err({
      code: "too-late",
      message: `Request ${request.id} is no longer waiting: it is ${request.state}.`,
      ...(approved && { hint: `End its permission: jit-nmap cancel ${request.id}` }),
    });
  }
  return ok({
    request: step(request, { state: "cancelled", endedAt: now }),
    events: [eventOf(request, now, by.name, "request.cancelled", { ...(because !== undefined && { because }) })],
  });
}

/**
 * What the clock has done to a request: a pending one expires at `answerBy`, an approved one lapses at `startBy`.
 *
 * @param grant  the grant of an approved request, and nothing otherwise.
 * @returns undefined when it is not time yet, or when the request is past waiting.
 */
export function overdue(request: Request, grant: Grant | undefined, now: number): Step | undefined {
  if (request.state === "pending" && now >= request.answerBy) {
    return {
      request: step(request, { state: "expired", endedAt: now }),
      events: [eventOf(request, now, itself, "request.expired", {})],
    };
  }
  if (request.state === "approved" && grant !== undefined && now >= request.startBy) {
    return {
      request: step(request, { state: "lapsed", endedAt: now }),
      grant: { expect: "issued", grant, next: "lapsed" },
      events: [
        eventOf(request, now, itself, "grant.lapsed", { grant: grant.id }),
        ...standingEnded(request, itself, "its time is over", now),
      ],
    };
  }
  return undefined;
}

/**
 * Ends a grant. Before the scan has started this ends the request; while it runs, the request goes on until whoever
 * runs it has seen the revocation, ended nmap, and said so (`end` with `revoked`).
 *
 * Who may revoke is the caller's to check.
 */
export function revoke(
  request: Request,
  { grant, state }: { readonly grant: Grant; readonly state: GrantState },
  by: string,
  because: string,
  now: number,
): Result<Step, Problem<"too-late">> {
  const events = [
    eventOf(request, now, by, "grant.revoked", { grant: grant.id, because }),
    ...standingEnded(request, by, because, now),
  ];
  const swap = { expect: state, grant, next: "revoked" } as const;
  if ((request.state === "approved" && state === "issued") || (request.state === "claimed" && state === "redeemed")) {
    return ok({ request: step(request, { state: "revoked", endedAt: now, because }), grant: swap, events });
  }
  if (request.state === "running" && state === "redeemed") {
    const { decidedAt, startedAt } = request;
    return ok({ request: step(request, { state: "running", decidedAt, startedAt }), grant: swap, events });
  }
  return err({
    code: "too-late",
    message: `Request ${request.id} has nothing left to revoke: it is ${request.state}.`,
  });
}

function standingEnded(request: Request, by: string, because: string, now: number): readonly Step["events"][number][] {
  return purposeOf(request, "standing") === undefined ? [] : [eventOf(request, now, by, "standing.ended", { because })];
}
