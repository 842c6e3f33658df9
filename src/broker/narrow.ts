// A yes to less: what is left of a request under an approver's conditions, judged again. Whoever asks gets the whole
// next version to look at, before anything is recorded; a vote for it makes it again, and must name its digest.
import { narrowed } from "../core/approval/narrow.ts";
import type { Narrowing } from "../core/approval/narrowing.ts";
import type { Request } from "../core/approval/request.ts";
import { digestOf } from "../core/plan/digest.ts";
import { fromDocument, toDocument } from "../core/plan/document.ts";
import { narrowPlan } from "../core/plan/narrow.ts";
import { decide } from "../core/policy/decide.ts";
import type { Policy } from "../core/policy/policy.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { historyFor } from "./judge.ts";

/** What would be asked then: the next version, which exists once somebody has voted for it. */
export async function narrowedRequest(
  request: Request,
  narrowing: Narrowing,
  policy: Policy,
  fx: Pick<Effects, "clock" | "store">,
): Promise<Result<Request, Problem>> {
  const { only, maxRate } = narrowing;
  const less = { ...(only !== undefined && { only }), ...(maxRate !== undefined && { maxRate }) };
  const plan = narrowPlan(fromDocument(request.plan), less);
  if (!plan.ok) return plan;
  const next = narrowed(request, narrowing, { plan: toDocument(plan.value), planDigest: digestOf(plan.value) });
  if (!next.ok) return next;
  const now = fx.clock.now();
  const { held, profile, requester } = request;
  const decision = decide(policy, plan.value, {
    requester,
    now,
    // What the requester's sessions are held by: whoever votes may have others. It is looked at again when it starts.
    ...(held !== undefined && { level: held.level }),
    ...(await historyFor(policy, now, fx, request.id)),
    ...(profile !== undefined && { profile }),
  });
  if (decision.effect === "deny") {
    return err({ code: "not-narrower", message: "the policy denies what would be left" });
  }
  // Loaded here, so that a scan that nobody is asked about does not load it with the votes.
  const { backgroundOf } = await import("./background.ts");
  const background = await backgroundOf(next.value, plan.value, policy, fx);
  return ok({ ...next.value, ...(background !== undefined && { background }) });
}
