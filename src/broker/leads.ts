// Who leads: whoever some ask rule of the policy asks. There is no list of leads in the language, and who is trusted to
// let a scan run is trusted to stop one.
import { personKey } from "../core/approval/person.ts";
import { isService, whoIs } from "../core/policy/people.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Effects } from "../effects.ts";

/** Whether this login is asked by at least one ask rule. Services and accounts without a name lead nothing. */
export async function isLead(login: string, policy: Policy, fx: Pick<Effects, "facts">): Promise<boolean> {
  if (login.startsWith("#") || isService(policy, login)) return false;
  const account = await fx.facts.account(login);
  const sets = new Set(policy.rules.flatMap((rule) => (rule.effect === "ask" ? [...rule.ask.votes.keys()] : [])));
  for (const set of sets) {
    const who = whoIs(policy, set);
    if (who.services.has(login)) continue;
    if (who.logins.has(login)) return true;
    if (account === undefined) continue;
    if (who.everyone) return true;
    for (const group of who.groups) if ((await fx.facts.membersOf(group)).includes(login)) return true;
  }
  return false;
}

/** Every lead that the policy lists by name or group, in the order of the rules; `everyone` adds nobody. */
export async function leadsOf(policy: Policy, fx: Pick<Effects, "facts">): Promise<readonly string[]> {
  const found = new Map<string, string>();
  const sets = new Set(policy.rules.flatMap((rule) => (rule.effect === "ask" ? [...rule.ask.votes.keys()] : [])));
  for (const set of sets) {
    const who = whoIs(policy, set);
    const members = await Promise.all([...who.groups].map((group) => fx.facts.membersOf(group)));
    for (const login of [...who.logins, ...members.flat()]) {
      if (!isService(policy, login) && !found.has(personKey(login))) found.set(personKey(login), login);
    }
  }
  return [...found.values()];
}
