// From a posted answer to a ballot, and from what the broker made of it to what the visitor is told. One for every way
// of voting on the page.
import { castVote } from "../broker/votes.ts";
import type { Narrowing } from "../core/approval/narrowing.ts";
import type { Proof } from "../core/approval/proof.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import { parseDuration } from "../core/time.ts";
import type { Effects } from "../effects.ts";
import type { Ballot, Counted } from "../messages.ts";
import { typed, type Fields } from "./form.ts";

/** What every way of voting takes from the form. */
export const answerFields = ["digest", "answer", "reason", "code", "only", "ttl", "max-rate"] as const;

/** As votes name the channel. */
export const via = "page";

export type Given = Pick<Ballot, "voter" | "strength"> & { readonly proof?: Proof };

/** The ballot that these fields are; a problem when they are none. */
export function ballotOf(id: RequestId, fields: Fields, given: Given): Result<Ballot, Problem> {
  const answer = fields.get("answer");
  if (answer !== "approve" && answer !== "deny" && answer !== "less") {
    return err({ code: "no-answer", message: "This is no answer: approve, less or deny." });
  }
  const narrow = answer === "less" ? narrowingOf(fields) : ok(undefined);
  if (!narrow.ok) return narrow;
  const [reason, code] = [typed(fields, "reason"), typed(fields, "code")];
  return ok({
    request: id,
    digest: fields.get("digest") ?? "",
    answer: answer === "deny" ? "deny" : "approve",
    via,
    ...given,
    ...(reason !== undefined && { reason }),
    ...(code !== undefined && { code: code.replaceAll(/[\s-]/g, "") }),
    ...(narrow.value !== undefined && { narrow: narrow.value }),
  });
}

function narrowingOf(fields: Fields): Result<Narrowing, Problem> {
  const [only, ttl, rate] = [typed(fields, "only"), typed(fields, "ttl"), typed(fields, "max-rate")];
  const seconds = ttl === undefined ? undefined : parseDuration(ttl);
  if (seconds?.ok === false) return seconds;
  if (rate !== undefined && !/^[1-9]\d{0,8}$/.test(rate)) {
    return err({ code: "rate-syntax", message: `${JSON.stringify(rate)} is no number of packets a second.` });
  }
  if (only === undefined && ttl === undefined && rate === undefined) {
    return err({ code: "nothing-less", message: "Say what to leave out: targets, time or speed." });
  }
  return ok({
    ...(only !== undefined && { only: only.split(/[\s,]+/) }),
    ...(seconds !== undefined && { ttlSeconds: seconds.value }),
    ...(rate !== undefined && { maxRate: Number(rate) }),
  });
}

export type StatusOfRefusal = 403 | 409 | 410 | 422 | 503;

/** What a vote did; where it was not counted, with the status that says how so. */
export type Voted =
  | { readonly kind: "counted"; readonly request: Request }
  | { readonly kind: "refused"; readonly problem: Problem; readonly status: StatusOfRefusal };

// What is not in here is a "no" to the voter.
const statuses: ReadonlyMap<string, StatusOfRefusal> = new Map([
  ["wrong-digest", 409],
  ["already-voted", 409],
  ["over-limit", 409],
  ["policy-unusable", 503],
  ["no-answer", 422],
  ["nothing-less", 422],
  ["rate-syntax", 422],
  ["duration-syntax", 422],
  ["not-narrower", 422],
  ["channel-closed", 410],
]);

export const refusal = (problem: Problem): Extract<Voted, { kind: "refused" }> => ({
  kind: "refused",
  problem,
  status: statuses.get(problem.code) ?? 403,
});

export async function vote(id: RequestId, fields: Fields, given: Given, fx: Effects): Promise<Voted> {
  const ballot = ballotOf(id, fields, given);
  if (!ballot.ok) return refusal(ballot.error);
  return told(await castVote(ballot.value, fx));
}

function told(counted: Counted): Voted {
  switch (counted.kind) {
    case "counted":
      return { kind: "counted", request: counted.request };
    case "refused":
      return refusal(counted.problem);
    case "too-late":
      return {
        kind: "refused",
        problem: { code: "too-late", message: `Too late: request ${counted.request.id} is ${counted.request.state}.` },
        status: 410,
      };
  }
}
