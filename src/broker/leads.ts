// Who leads: whoever some ask rule of the policy asks. There is no list of leads in the language, and who is trusted to
// let a scan run is trusted to stop one.
import { isService } from "../core/policy/people.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Requirement } from "../core/policy/decision.ts";
import type { Effects } from "../effects.ts";
import { peopleOf } from "./people.ts";

/**
 * Whether this login is asked by at least one ask rule, or votes in the place of somebody who is. Services and accounts
 * without a name lead nothing; where a rule asks everyone, every account of this machine leads.
 */
export async function isLead(login: string, policy: Policy, fx: Pick<Effects, "facts" | "clock">): Promise<boolean> {
  if (login.startsWith("#") || isService(policy, login)) return false;
  const sets = new Set(policy.rules.flatMap((rule) => (rule.effect === "ask" ? [...rule.ask.votes.keys()] : [])));
  const votes = Object.fromEntries([...sets].map((set) => [set, 1]));
  const asked: Requirement = { rule: "any", votes, via: [], answerWithinSeconds: 1, startWithinSeconds: 1 };
  for (const members of (await peopleOf([asked], policy, fx)).values()) if (members.includes(login)) return true;
  return sets.has("everyone") && (await fx.facts.account(login)) !== undefined;
}
