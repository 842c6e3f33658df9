// Turns the names in a rule's votes into the logins behind them, with the operating system's groups expanded and whoever
// votes in somebody's place beside them.
import type { People } from "../core/approval/tally.ts";
import type { Requirement } from "../core/policy/decision.ts";
import { delegatesAt } from "../core/policy/delegates.ts";
import { isService, whoIs } from "../core/policy/people.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Effects } from "../effects.ts";

/** The logins behind every set that these requirements name. Service accounts are nobody: their votes count for nothing. */
export async function peopleOf(
  requires: readonly Requirement[],
  policy: Policy,
  fx: Pick<Effects, "facts" | "clock">,
): Promise<People> {
  const sets = new Set(
    requires.flatMap((requirement) => ("votes" in requirement ? Object.keys(requirement.votes) : [])),
  );
  const people = new Map<string, readonly string[]>();
  if (sets.size === 0) return people;
  const now = fx.clock.now();
  const written = delegatesAt(policy, now);
  const said = (await fx.facts.delegations()).filter(({ until }) => now < until);
  // What somebody only said is no proof: where votes must be signed, the policy alone names who else may.
  const wantSigned = new Set(
    requires.flatMap((requirement) =>
      "votes" in requirement && requirement.strength === "signed" ? Object.keys(requirement.votes) : [],
    ),
  );
  for (const set of sets) {
    const who = whoIs(policy, set);
    const members = await Promise.all([...who.groups].map((group) => fx.facts.membersOf(group)));
    const entitled = new Set([...who.logins, ...members.flat()].filter((login) => !who.services.has(login)));
    // One step only: who votes in somebody's place passes that on to nobody.
    const byWord = wantSigned.has(set) ? [] : said.filter(({ from }) => entitled.has(from)).map(({ to }) => to);
    const delegates = [...[...entitled].flatMap((login) => written.get(login) ?? []), ...byWord];
    for (const service of itself(set, policy)) entitled.add(service);
    people.set(set, [...new Set([...entitled, ...delegates.filter((login) => !isService(policy, login))])]);
  }
  return people;
}

/**
 * A service that answers for itself is a voter where a rule asks for it by that very name, and nowhere else: never as a
 * member of a set.
 */
function itself(set: string, { approvers }: Policy): readonly string[] {
  const speaks = [...approvers.values()].some(
    ({ type, service, speaksFor }) =>
      type === "webhook" && speaksFor === "service" && set === `service:${service ?? ""}`,
  );
  return speaks ? [set] : [];
}
