// From a posted answer to a ballot, and from what the broker made of it to what the visitor is told. One for every way
// of voting on the page.
import { narrowedRequest } from "../broker/narrow.ts";
import { castVote } from "../broker/votes.ts";
import type { Narrowing } from "../core/approval/narrowing.ts";
import type { Proof } from "../core/approval/proof.ts";
import type { Request } from "../core/approval/request.ts";
import { err, ok, type Problem, type Result, unreachable } from "../core/result.ts";
import { parseDuration } from "../core/time.ts";
import type { Effects } from "../effects.ts";
import type { Ballot, Counted } from "../messages.ts";
import { typed, type Fields } from "./form.ts";

/** What every way of voting takes from the form. */
export const answerFields = ["digest", "answer", "reason", "code", "only", "ttl", "max-rate"] as const;

/** As votes name the channel. */
export const via = "page";

export type Given = Pick<Ballot, "voter" | "strength"> & { readonly proof?: Proof };

/** What is answered, and to what: less is the next version, which its vote makes. */
export interface Prepared {
  readonly ballot: Ballot;
  readonly asked: Request;
}

/** The ballot that these fields are for this request; a problem when they are none. */
export async function prepare(
  request: Request,
  fields: Fields,
  given: Given,
  fx: Effects,
): Promise<Result<Prepared, Problem>> {
  const answer = fields.get("answer");
  if (answer !== "approve" && answer !== "deny" && answer !== "less") {
    return err({ code: "no-answer", message: "This is no answer: approve, less or deny." });
  }
  const [reason, code] = [typed(fields, "reason"), typed(fields, "code")];
  const said = {
    request: request.id,
    digest: fields.get("digest") ?? "",
    via,
    ...given,
    ...(reason !== undefined && { reason }),
    ...(code !== undefined && { code }),
  };
  if (answer !== "less") return ok({ ballot: { ...said, answer }, asked: request });
  const narrow = narrowingOf(fields);
  if (!narrow.ok) return narrow;
  // Less than what was on the screen, and of nothing else.
  if (said.digest !== request.digest) {
    return err({ code: "wrong-digest", message: "The request has changed: look at it again." });
  }
  const policy = await fx.policy.load();
  if (!policy.ok) return err({ code: "policy-unusable", message: "The policy can't be read; nothing was done." });
  const less = await narrowedRequest(request, narrow.value, policy.value, fx);
  if (!less.ok) return less;
  const { digest } = less.value;
  return ok({ ballot: { ...said, digest, answer: "approve", narrow: narrow.value }, asked: less.value });
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
  ["code-closed", 410],
  ["code-needed", 422],
]);

export const refusal = (problem: Problem): Extract<Voted, { kind: "refused" }> => ({
  kind: "refused",
  problem,
  status: statuses.get(problem.code) ?? 403,
});

export async function vote(request: Request, fields: Fields, given: Given, fx: Effects): Promise<Voted> {
  const prepared = await prepare(request, fields, given, fx);
  if (!prepared.ok) return refusal(prepared.error);
  return told(await castVote(prepared.value.ballot, fx));
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
    default:
      return unreachable(counted);
  }
}
