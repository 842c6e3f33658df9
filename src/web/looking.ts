// Policy and people for looking at pages: asked of the disk and the name services every few seconds, not for every page
// of every visitor. Nothing that counts a vote goes through here.
import { peopleOf } from "../broker/people.ts";
import type { People } from "../core/approval/tally.ts";
import type { Requirement } from "../core/policy/decision.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Effects } from "../effects.ts";

export interface Looking extends Pick<Effects, "policy" | "facts" | "clock"> {
  /** The logins behind the sets that are asked. */
  people(requires: readonly Requirement[], policy: Policy): Promise<People>;
}

const policyMs = 1000;
const peopleMs = 10_000;

/** As it was a few seconds ago at most. */
export function lookingLately(fx: Pick<Effects, "policy" | "facts" | "clock">): Looking {
  const remember = remembering(() => fx.clock.now());
  const policy = remember(policyMs, () => fx.policy.load());
  const facts: Effects["facts"] = {
    ...fx.facts,
    account: remember(peopleMs, (name) => fx.facts.account(name)),
    membersOf: remember(peopleMs, (group) => fx.facts.membersOf(group)),
  };
  const { clock } = fx;
  const people = remember(policyMs, (_: string, requires: readonly Requirement[], of: Policy) =>
    peopleOf(requires, of, { facts, clock }),
  );
  return {
    clock,
    facts,
    policy: { load: () => policy("") },
    people: (requires, of) => people(setsOf(requires) + of.digest, requires, of),
  };
}

/** What decides who is meant: the names of the sets. */
const setsOf = (requires: readonly Requirement[]): string =>
  JSON.stringify(requires.map((requirement) => ("votes" in requirement ? Object.keys(requirement.votes) : [])));

type Ask<More extends readonly unknown[], T> = (about: string, ...more: More) => Promise<T>;

/** Keeps answers by what they are about; a question that failed is asked again. */
function remembering(now: () => number) {
  return <More extends readonly unknown[], T>(forMs: number, ask: Ask<More, T>): Ask<More, T> => {
    const known = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();
    return (about, ...more) => {
      const found = known.get(about);
      if (found !== undefined && now() < found.until) return found.answer;
      const answer = ask(about, ...more);
      // Names come from the policy and from sign-ins: few; a bound all the same.
      if (known.size >= 1000) known.clear();
      known.set(about, { answer, until: now() + forMs });
      answer.catch(() => known.delete(about));
      return answer;
    };
  };
}
