// Turns the names in a rule's votes into the logins behind them, with the operating system's groups expanded.
import type { People } from "../core/approval/tally.ts";
import type { Requirement } from "../core/policy/decision.ts";
import { whoIs } from "../core/policy/people.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { FactFinder } from "../effects.ts";

/** The logins behind every set that these requirements name. Service accounts are nobody: their votes count for nothing. */
export async function peopleOf(
  requires: readonly Requirement[],
  policy: Policy,
  facts: Pick<FactFinder, "membersOf">,
): Promise<People> {
  const sets = new Set(
    requires.flatMap((requirement) => ("votes" in requirement ? Object.keys(requirement.votes) : [])),
  );
  const people = new Map<string, readonly string[]>();
  for (const set of sets) {
    const who = whoIs(policy, set);
    const members = await Promise.all([...who.groups].map((group) => facts.membersOf(group)));
    const logins = new Set([...who.logins, ...members.flat()].filter((login) => !who.services.has(login)));
    people.set(set, [...logins]);
  }
  return people;
}
