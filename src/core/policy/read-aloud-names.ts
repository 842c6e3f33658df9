// What the names of a policy stand for, a sentence each: people and how they are reached, networks, windows, approvers,
// profiles, readers, delegates, checkpoints. Nothing is cut that somebody typed; only networks from files are summed up.
import { hash } from "node:crypto";
import { unreachable } from "../result.ts";
import type { AddressSet } from "../sets/address-set.ts";
import { attachedName } from "./attached.ts";
import type { Approver, Contact, Policy, Rule, Who } from "./policy.ts";
import { andList, plural } from "./sentence.ts";
import { rangeWords } from "./words.ts";

/** One line for every name, in the order in which a policy says them. */
export function nameLines(policy: Policy): readonly string[] {
  const { people, contacts, networks, windows, approvers, profiles, readers, delegates, checkpoints } = policy;
  return [
    ...[...people].map(([name, who]) => `${name} are ${andList(membersOf(who))}.`),
    ...[...contacts].flatMap(([login, contact]) => contactLine(login, contact)),
    ...[...networks].flatMap(([name, set]) => networkLine(name, set, policy)),
    ...[...windows].map(([name, { words }]) => `${name} is ${words} (${policy.timezone}).`),
    ...[...approvers.values()].map(approverLine),
    ...[...profiles].map(([name, words]) => `@${name} stands for nmap ${words.join(" ")}.`),
    ...(readers === undefined
      ? []
      : [`Results may be read by ${andList(readers.written)}, besides the requester and those who voted.`]),
    ...[...delegates].map(([login, { to, until }]) => `${to} votes in the place of ${login} until ${until}.`),
    ...(checkpoints.length === 0
      ? []
      : [`Checkpoints of the trail are meant to go to ${andList(checkpoints)}; this version sends none.`]),
  ];
}

function membersOf(who: Who): readonly string[] {
  return [
    ...(who.everyone ? ["everyone"] : []),
    ...who.logins,
    ...[...who.groups].map((group) => `the system's group ${group}`),
    ...[...who.services].map((service) => `the service account ${service}`),
  ];
}

function contactLine(login: string, { mail, keys }: Contact): readonly string[] {
  const ways = [
    ...(mail === undefined ? [] : [`is written to at ${mail}`]),
    ...(keys.length === 0 ? [] : [`signs votes with the key ${andList(keys.map(fingerprint), "or")}`]),
  ];
  return ways.length === 0 ? [] : [`${login} ${andList(ways)}.`];
}

/** As `ssh-keygen -l` shows it: a key itself can't be compared by eye. */
function fingerprint(key: string): string {
  const [type = "", body = ""] = key.split(" ");
  const digest = hash("sha256", Buffer.from(body, "base64"), "base64");
  return `SHA256:${digest.replace(/=+$/, "")} (${type})`;
}

/** The one that is built in is no news where no rule speaks of it, and differs from machine to machine. */
function networkLine(name: string, set: AddressSet, { rules }: Policy): readonly string[] {
  if (name !== attachedName) return [`${name} is ${networkWords(set)}.`];
  const speaks = (rule: Rule): boolean =>
    [rule.targets, rule.effect === "deny" || rule.effect === "ask" ? rule.unless?.targets : undefined].some(
      (targets) => targets?.written.includes(name) === true,
    ) ||
    (rule.effect !== "deny" && rule.egress?.written.includes(name) === true);
  return rules.some(speaks) ? [`${name}, the private networks of this machine, is ${networkWords(set)}.`] : [];
}

const mostRanges = 16;

function networkWords(set: AddressSet): string {
  const ranges: string[] = [];
  let more = 0;
  for (const range of set.ranges()) {
    if (ranges.length < mostRanges) ranges.push(rangeWords(range));
    else more += 1;
  }
  if (ranges.length === 0) return "no address";
  if (more === 0) return andList(ranges);
  const total = `${set.size.toString()} addresses in all`;
  return `${ranges.slice(0, 4).join(", ")} and ${plural(more + mostRanges - 4, "further range")}, ${total}`;
}

function approverLine({ name, type, service, voters = {}, speaksFor }: Approver): string {
  switch (type) {
    case "prompt":
      return `${name} asks at a terminal.`;
    case "email":
      return `${name} asks by mail.`;
    case "webhook": {
      const speakers = Object.entries(voters).map(([there, login]) => `${there} there is ${login}`);
      const people = speakers.length === 0 ? "" : `: ${andList(speakers)}`;
      const itself = speaksFor === undefined ? "" : "; it also answers for itself, with no person behind its votes";
      return `${name} asks the service ${service ?? ""}${people}${itself}.`;
    }
    default:
      return unreachable(type);
  }
}
