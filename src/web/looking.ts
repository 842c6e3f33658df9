// Policy and groups for looking at pages: asked of the disk and the name services every few seconds, not for every page
// of every visitor. Nothing that counts a vote goes through here.
import type { Effects } from "../effects.ts";

const policyMs = 1000;
const peopleMs = 10_000;

/** Remembers an answer for so long; a question that failed is asked again. */
function remembered<T>(
  ask: (about: string) => Promise<T>,
  forMs: number,
  now: () => number,
): (about: string) => Promise<T> {
  const known = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();
  return (about) => {
    const found = known.get(about);
    if (found !== undefined && now() < found.until) return found.answer;
    const answer = ask(about);
    // Names come from the policy and from sign-ins: few; a bound all the same.
    if (known.size >= 1000) known.clear();
    known.set(about, { answer, until: now() + forMs });
    answer.catch(() => known.delete(about));
    return answer;
  };
}

export function lookingWith(
  fx: Pick<Effects, "policy" | "facts" | "clock">,
): Pick<Effects, "policy" | "facts" | "clock"> {
  const now = (): number => fx.clock.now();
  const policy = remembered(() => fx.policy.load(), policyMs, now);
  return {
    clock: fx.clock,
    policy: { load: () => policy("") },
    facts: {
      ...fx.facts,
      account: remembered((name) => fx.facts.account(name), peopleMs, now),
      membersOf: remembered((group) => fx.facts.membersOf(group), peopleMs, now),
    },
  };
}
