// Trying a policy on a line: as whoever, whenever, under whichever policy. The answer is not a `Judged`: it holds no
// ask, so that no request can be opened from it and the tried identity never reaches a run (as sudo's `-h` once did,
// CVE-2025-32462). Records nothing.
import { buildPlan } from "../core/plan/build.ts";
import { factsNeeded } from "../core/plan/facts.ts";
import { readOptions } from "../core/plan/read-options.ts";
import type { ScanPlan } from "../core/plan/scan-plan.ts";
import type { Requester } from "../core/policy/decision.ts";
import type { Policy } from "../core/policy/policy.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Judged, Refusal, ScanAsk } from "../messages.ts";
import { judgeWhole } from "./judge.ts";

/** What would be said, and to whom. */
export interface Trial extends Omit<Judged, "kind" | "ask"> {
  readonly kind: "trial";
  readonly as: Requester;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly at: number;
}

export interface Supposed {
  readonly as: Requester;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly at: number;
  readonly policy: Policy;
}

/** What the policy would say; the explanation names every rule. */
export async function tryLine(
  line: Pick<ScanAsk, "words" | "cwd" | "files">,
  supposed: Supposed,
  fx: Effects,
): Promise<Trial | Refusal> {
  const { as, at, policy } = supposed;
  const world = { ...fx, clock: { now: () => at }, policy: { load: () => Promise.resolve(ok(policy)) } };
  const answer = await judgeWhole({ ...line, requester: as }, world);
  if (answer.kind !== "judged") return answer;
  const { plan, planDigest, decision, tryInstead, again, warnings } = answer;
  return {
    kind: "trial",
    as,
    at,
    plan,
    planDigest,
    decision,
    ...(tryInstead === undefined ? {} : { tryInstead }),
    ...(again === undefined ? {} : { again }),
    ...(warnings === undefined ? {} : { warnings }),
  };
}

/** What the line of a case means. With raw sockets, whoever tries it: a case is about the policy, not about its reader. */
export async function planOfCase(
  words: readonly string[],
  fx: Pick<Effects, "facts">,
): Promise<Result<ScanPlan, Problem>> {
  const options = readOptions(words);
  if (!options.ok) return options;
  const facts = await fx.facts.find(factsNeeded(options.value));
  return facts.ok ? buildPlan(options.value, { ...facts.value, privileged: true }) : err(facts.error);
}
