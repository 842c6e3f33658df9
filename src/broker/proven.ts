// How sure a vote is: what its proof carries when it is cast, and whether it still does when the grant is redeemed.
// Nothing that a channel merely says counts for more than a name.
import type { Proof } from "../core/approval/proof.ts";
import type { Request, Vote } from "../core/approval/request.ts";
import type { VoteStrength } from "../core/policy/decision.ts";
import type { Policy } from "../core/policy/policy.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Ballot } from "../messages.ts";

/** What is kept of how a vote was proved. */
export interface Proven {
  readonly strength: VoteStrength;
  readonly proof?: Proof;
}

/** What a ballot proves to this version of the request; refused when it claims or carries what it can't prove. */
export async function proven(
  ballot: Ballot,
  request: Request,
  policy: Policy,
  fx: Pick<Effects, "proofs">,
): Promise<Result<Proven, Problem>> {
  const { answer, proof, strength } = ballot;
  if (proof === undefined || answer === "confirm") {
    if (strength === "asserted" && proof === undefined) return ok({ strength });
    return err({ code: "proof-missing", message: `nothing proves that this vote is ${strength}` });
  }
  if (proof.kind === "code")
    return err({ code: "proof-wrong", message: "a code is typed, it is not a proof by itself" });
  const checked = await fx.proofs.check(proof, { request, vote: { ...ballot, answer }, policy });
  return checked.ok ? ok({ strength: checked.value, proof }) : checked;
}

/** The votes of the current version whose proofs still hold under the policy in force; what is older stays as it is. */
export async function stillProven(
  votes: readonly Vote[],
  request: Request,
  policy: Policy,
  fx: Pick<Effects, "proofs">,
): Promise<readonly Vote[]> {
  const held = await Promise.all(
    votes.map(async (vote) => {
      const { proof, strength, version } = vote;
      if (version !== request.version) return true;
      if (proof === undefined) return strength === "asserted";
      const checked = await fx.proofs.check(proof, { request, vote, policy });
      return checked.ok && checked.value === strength;
    }),
  );
  return votes.filter((_, index) => held[index]);
}
