// The `people` of all files: sets of logins, groups and service accounts, and how persons are reached.
import type { Report } from "./report.ts";
import { takeName } from "./report.ts";
import { joinPeople, memberNamed } from "./people.ts";
import type { Contact, Policy, Who } from "./policy.ts";
import type { Path } from "./read-yaml.ts";

export function buildPeople(reports: readonly Report[]): Pick<Policy, "people" | "contacts"> {
  const people = new Map<string, Who>();
  const contacts = new Map<string, Contact>();
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [name, members] of Object.entries(report.file.data.people ?? {})) {
      const path = ["people", name];
      if (name === "everyone") {
        report.add(path, "key", "policy-name", "everyone is built in: it can't be defined");
        continue;
      }
      if (!takeName(taken, name, "set of people", report, path)) continue;
      if (Array.isArray(members)) {
        people.set(name, joinPeople(members.map(memberNamed), [name]));
      } else {
        people.set(name, joinPeople(Object.keys(members).map(memberNamed), [name]));
        for (const [login, { mail, keys }] of Object.entries(members)) {
          const contact: Contact = { ...(mail === undefined ? {} : { mail }), keys: keys ?? [] };
          addContact(contacts, login, contact, report, [...path, login]);
        }
      }
    }
  }
  for (const report of reports) refuseClashes(report, people);
  return { people, contacts };
}

function addContact(contacts: Map<string, Contact>, login: string, contact: Contact, report: Report, path: Path): void {
  if (login.includes(":")) {
    report.add(path, "key", "policy-value", "only a person can be reached and vote by key: name a login here");
    return;
  }
  const before = contacts.get(login);
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(contact)) {
    report.add(path, "key", "policy-twice", `${login} is reached in another way elsewhere in the policy`);
  }
  contacts.set(login, contact);
}

/** A bare name is a set first, then a login: where both exist, a reader would not know who is meant. */
function refuseClashes(report: Report, people: ReadonlyMap<string, Who>): void {
  for (const [name, members] of Object.entries(report.file.data.people ?? {})) {
    const logins = Array.isArray(members) ? members : Object.keys(members);
    for (const [index, login] of logins.entries()) {
      if (!people.has(login) && login !== "everyone") continue;
      const path = ["people", name, Array.isArray(members) ? index : login];
      const message = `${login} is a set of people and can't be a login too`;
      report.add(
        path,
        Array.isArray(members) ? "value" : "key",
        "policy-name",
        message,
        "rename the set, or list its members",
      );
    }
  }
}
