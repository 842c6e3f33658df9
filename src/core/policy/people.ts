// Who a name of the policy stands for: used for requesters when a plan is judged and for voters when votes are counted.
// Its own file because approval asks it without judging anything.
import type { Requester } from "./decision.ts";
import type { Policy, Who } from "./policy.ts";

export const everyone: Who = {
  everyone: true,
  logins: new Set(),
  services: new Set(),
  groups: new Set(),
  written: ["everyone"],
};

/**
 * Who is meant by a name: `everyone`, a set of people, `group:NAME`, `service:NAME`, or else a login.
 * A name that nothing defines is the login of that name: it then fits only an account so called.
 */
export function whoIs(policy: Pick<Policy, "people">, name: string): Who {
  if (name === "everyone") return everyone;
  return policy.people.get(name) ?? memberNamed(name);
}

/** One member as it is written in a set of people: a login, `group:NAME` or `service:NAME`. */
export function memberNamed(written: string): Who {
  const of = (key: "logins" | "services" | "groups", name: string): Who => ({
    everyone: false,
    logins: new Set(),
    services: new Set(),
    groups: new Set(),
    [key]: new Set([name]),
    written: [written],
  });
  if (written.startsWith("group:")) return of("groups", written.slice("group:".length));
  if (written.startsWith("service:")) return of("services", written.slice("service:".length));
  return of("logins", written);
}

/** Everybody that one of the parts includes. */
export function joinPeople(parts: readonly Who[], written: readonly string[]): Who {
  const all = (key: "logins" | "services" | "groups"): ReadonlySet<string> =>
    new Set(parts.flatMap((part) => [...part[key]]));
  return {
    everyone: parts.some((part) => part.everyone),
    logins: all("logins"),
    services: all("services"),
    groups: all("groups"),
    written,
  };
}

type Person = Pick<Requester, "name" | "groups" | "unknown">;

/** Whether somebody may ask as one of these people. */
export function includesRequester(who: Who, person: Person): boolean {
  return includesVoter(who, person) || who.everyone || who.services.has(person.name);
}

/** Whether somebody may be one of these people, for all that is known: what forbids must not hang on an answer that is missing. */
export function mayInclude(who: Who, person: Person): boolean {
  if (includesRequester(who, person)) return true;
  return person.unknown === "name" || (person.unknown === "groups" && who.groups.size > 0);
}

/** Whether somebody may vote as one of these people: as requesters, but service accounts are nobody. */
export function includesVoter(who: Who, person: Person): boolean {
  if (who.services.has(person.name)) return false;
  return who.everyone || who.logins.has(person.name) || person.groups.some((group) => who.groups.has(group));
}

/** Whether this account is named as a service account anywhere in the policy. */
export function isService(policy: Pick<Policy, "people">, login: string): boolean {
  return [...policy.people.values()].some((who) => who.services.has(login));
}
