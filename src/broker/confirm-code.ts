// The confirm code as voters give it: who has to, whether it is the one, and the end of guessing. Apart from the vote,
// because a wrong code is counted although nothing else is.
import { isCode } from "../core/approval/confirm-code-digest.ts";
import type { Request } from "../core/approval/request.ts";
import { isAsStrong } from "../core/approval/tally.ts";
import type { Policy } from "../core/policy/policy.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Ballot } from "../messages.ts";

/** So many wrong codes close this way of voting on a request: a guesser had five chances in a million. */
const wrongCodesAllowed = 5;

/** Ways of asking whose voters come through something that only people can who were meant: no code is asked there. */
const withoutCode: ReadonlySet<string> = new Set(["prompt"]);

/** Whether this ballot comes through a channel that proves nothing: a mail that was forwarded, a link that was found. */
export function needsCode({ answer, via, proof, reason }: Ballot, policy: Policy): boolean {
  if (answer === "confirm" || proof !== undefined || via === "command") return false;
  if (withoutCode.has(policy.approvers.get(via)?.type ?? via)) return false;
  // A no lets nothing run: a reason in words will do, which no crawler types.
  return answer === "approve" || (reason ?? "").trim() === "";
}

/** Whether any of these ways to ask may need the code, for a vote that then counts: else it is not even shown. */
export function mayNeedCode({ requires }: Pick<Request, "requires">, policy: Policy): boolean {
  return requires.some(
    (requirement) =>
      "via" in requirement &&
      isAsStrong("asserted", requirement.strength) &&
      requirement.via.some((name) => !withoutCode.has(policy.approvers.get(name)?.type ?? name)),
  );
}

export type CodeProblem = Problem<"code-needed" | "code-closed" | "wrong-code">;

/**
 * Whether the ballot's code is the request's.
 *
 * @returns how many answers to the request were refused so far: what a vote that rests on the code is compared with,
 * so that guesses made at one moment count one after the other.
 */
export async function codeOf(
  ballot: Ballot,
  request: Request,
  fx: Pick<Effects, "store">,
): Promise<Result<{ readonly refusals: number }, CodeProblem & { readonly refusals: number }>> {
  const refused = (await fx.store.events({ request: request.id })).flatMap((event) =>
    event.type === "vote.refused" ? [event.data] : [],
  );
  const refusals = refused.length;
  const says = (
    code: CodeProblem["code"],
    message: string,
    hint?: string,
  ): ReturnType<typeof err<CodeProblem & { refusals: number }>> =>
    err({ code, message, refusals, ...(hint !== undefined && { hint }) });
  const wrong = refused.filter(({ because }) => because === "wrong-code").length;
  if (wrong >= wrongCodesAllowed) {
    const hint = `by a passkey, or at a terminal: jit-nmap approve ${request.id}`;
    return says("code-closed", "too many wrong codes were typed: this request takes none any more", hint);
  }
  const typed = (ballot.code ?? "").replaceAll(/[\s-]/g, "");
  if (!/^[0-9]{6}$/.test(typed)) {
    const hint = `${request.requester.name} has it on the terminal`;
    return says("code-needed", "the six digits are needed that the requester can read out", hint);
  }
  const stored = await fx.store.codeHash(request.id);
  if (stored === undefined || !isCode(request.id, typed, stored)) {
    const left = wrongCodesAllowed - wrong - 1;
    const more = left === 0 ? "it takes none any more" : `${left} more ${left === 1 ? "try" : "tries"}`;
    return says("wrong-code", `that is not the code of this request; ${more}`);
  }
  return ok({ refusals });
}
