// Running at once past those who would be asked, where every rule that asks lets it; and the reviews that are owed for
// it afterwards.
import { brokenBox, reviewWithinMs } from "../core/approval/standing.ts";
import { purposeOf } from "../core/approval/purpose.ts";
import type { RequestId } from "../core/approval/request.ts";
import { entitledVoters } from "../core/approval/tally.ts";
import { eventOf } from "../core/approval/transitions.ts";
import type { Requester } from "../core/policy/decision.ts";
import type { Problem } from "../core/result.ts";
import { formatDuration, time } from "../core/time.ts";
import type { Effects } from "../effects.ts";
import type { Judged, Outcome } from "../messages.ts";
import { isLead } from "./leads.ts";
import { peopleOf } from "./people.ts";
import { votersOf } from "./votes.ts";

/** The scan as one that runs without asking, in the shorter box; a line that nobody is asked about stays as it is. */
export async function breakGlass(judged: Judged, fx: Effects): Promise<Judged | Outcome> {
  const { ask, decision } = judged;
  if (decision.effect !== "ask") return judged;
  const box = brokenBox(decision.requires);
  if (typeof box !== "number") {
    return notAllowed("glass-not-breakable", `rule ${box.rule} can't be run without asking`);
  }
  const now = fx.clock.now();
  const [owed] = await fx.store.owedReviews(ask.requester.name);
  if (owed !== undefined && now >= owed.since + reviewWithinMs) {
    const message = `${owed.request} of ${time(owed.since)} still has to be reviewed before the glass is broken again`;
    return { kind: "not-allowed", problem: { code: "review-owed", message, hint: `jit-nmap review ${owed.request}` } };
  }
  if (ask.ttlSeconds !== undefined && ask.ttlSeconds > box) {
    return notAllowed("ttl-too-long", `in an emergency the rules grant ${formatDuration(box)}`);
  }
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
  const people = await peopleOf(decision.requires, policy.value, fx);
  const skipped = entitledVoters({ requester: ask.requester, requires: decision.requires }, people);
  const ttlSeconds = ask.ttlSeconds ?? Math.min(box, decision.obligations.ttlSeconds);
  return { ...judged, ask: { ...ask, ttlSeconds }, purpose: { kind: "break-glass", skipped } };
}

function notAllowed(code: string, message: string): Outcome {
  return { kind: "not-allowed", problem: { code, message } };
}

/** Records that another entitled person has looked at a run past the rules that ask. */
export async function review(
  id: RequestId,
  who: Requester,
  reason: string | undefined,
  fx: Pick<Effects, "store" | "clock" | "policy" | "facts">,
): Promise<Problem | undefined> {
  const found = await fx.store.findRequest(id);
  if (found.kind !== "found") throw new Error(`request ${id} is gone from the store`);
  const { request } = found;
  if (purposeOf(request, "break-glass") === undefined) {
    return { code: "nothing-to-review", message: `request ${id} did not break the glass` };
  }
  const policy = await fx.policy.load();
  if (!policy.ok) {
    return { code: "policy-unusable", message: "the policy can't be read", hint: "jit-nmap policy check" };
  }
  const mayVote = (await votersOf(request, fx)).includes(who.name);
  const isOwn = who.uid === request.requester.uid || who.name === request.requester.name;
  if (isOwn || !(mayVote || (await isLead(who.name, policy.value, fx)))) {
    const message = isOwn ? "nobody reviews what they ran themselves" : `${who.name} may not review request ${id}`;
    return { code: "not-entitled", message };
  }
  if (!(await fx.store.owedReviews(request.requester.name)).some((owed) => owed.request === id)) {
    return { code: "reviewed-already", message: `request ${id} has been reviewed` };
  }
  const data = { by: who.name, ...(reason !== undefined && { reason: reason.toWellFormed() }) };
  await fx.store.commit({ events: [eventOf(request, fx.clock.now(), who.name, "break-glass.reviewed", data)] });
  return undefined;
}
