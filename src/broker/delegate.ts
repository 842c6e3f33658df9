// Handing one's vote on, and taking it back: only who votes by some rule has one to give, and never to a service.
import { delegate, undelegate, type Delegation } from "../core/approval/delegation.ts";
import type { Requester } from "../core/policy/decision.ts";
import { isService } from "../core/policy/people.ts";
import type { Problem } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { isLead } from "./leads.ts";

/** @returns why it was not done. `given` undefined takes it back. */
export async function setDelegation(
  who: Requester,
  given: Pick<Delegation, "to" | "until"> | undefined,
  fx: Pick<Effects, "store" | "clock" | "policy" | "facts">,
): Promise<Problem | undefined> {
  const policy = await fx.policy.load();
  if (!policy.ok) {
    const message = "the policy can't be read, so nobody is known to vote";
    return { code: "policy-unusable", message, hint: "jit-nmap policy check" };
  }
  const now = fx.clock.now();
  if (given === undefined) {
    const current = (await fx.store.delegations()).find(({ from, until }) => from === who.name && until > now);
    const change = undelegate(current, now);
    if (!change.ok) return change.error;
    await fx.store.commit(change.value);
    return undefined;
  }
  const { to } = given;
  if (!(await isLead(who.name, policy.value, fx))) {
    return {
      code: "not-entitled",
      message: `${who.name} is asked by no rule of the policy: there is no vote to hand on`,
    };
  }
  const isSomebody = policy.value.contacts.has(to) || (await fx.facts.account(to)) !== undefined;
  if (!isSomebody || isService(policy.value, to) || to.startsWith("#")) {
    return { code: "no-such-person", message: `${to} is nobody who could vote`, hint: "name a login" };
  }
  const change = delegate({ from: who.name, to, until: given.until }, now);
  if (!change.ok) return change.error;
  await fx.store.commit(change.value);
  return undefined;
}
