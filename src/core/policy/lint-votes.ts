// Votes that nobody can cast: sets with too few people, people who could only approve their own requests.
import type { Problem } from "../result.ts";
import { whoIs } from "./people.ts";
import type { Policy, RuleOf, Who } from "./policy.ts";
import { suspicion } from "./suspicion.ts";
import { listWords } from "./words.ts";

export function lintVotes(policy: Policy, rule: RuleOf<"ask">): readonly Problem[] {
  const seats: readonly Seat[] = [...rule.ask.votes].map(([name, count]) => ({
    name,
    count,
    who: whoIs(policy, name),
  }));
  const problems: Problem[] = [];
  for (const { name, count, who } of seats) {
    const people = countable(who);
    if (people === undefined) continue;
    const voters = [...people].filter((login) => !isEveryRequester(rule.requesters, login));
    if (voters.length < count) {
      const because = voters.length < people.size ? ", the requester not counted" : "";
      problems.push(
        suspicion(
          rule,
          "votes",
          `it needs ${count} of ${name}, who are ${voters.length}${because}: nobody can approve it`,
        ),
      );
    }
  }
  if (problems.length > 0) return problems;
  problems.push(...tooWeak(policy, rule, seats));
  const everybody = seats.map(({ who }) => countable(who));
  const together = new Set(everybody.flatMap((people) => [...(people ?? [])]));
  const needed = seats.reduce((sum, { count }) => sum + count, 0);
  if (!everybody.includes(undefined) && together.size < needed) {
    problems.push(
      suspicion(
        rule,
        "votes",
        `it needs ${needed} different people and its voters are ${together.size}: nobody can approve it`,
      ),
    );
  }
  return problems;
}

/** Keys that can check no vote, because the line was cut or changed on its way here. */
export function lintKeys({ contacts }: Policy): readonly Problem[] {
  return [...contacts].flatMap(([login, { keys }]) =>
    keys.filter(isDamaged).map((key): Problem => {
      const message = `people: a key of ${login} is damaged: ${key.slice(0, 40)}… is not what its type says`;
      return {
        code: "lint-key",
        message,
        hint: "copy the whole line of the .pub file; ssh-keygen -l -f FILE reads it",
      };
    }),
  );
}

/** RFC 4253, 6.6: a key begins with its own type, as text with its length before it, and goes on behind it. */
function isDamaged(line: string): boolean {
  const [type = "", body = ""] = line.split(" ");
  const blob = Buffer.from(body, "base64");
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return length !== type.length || blob.toString("latin1", 4, 4 + length) !== type || blob.length < 4 + length + 36;
}

interface Seat {
  readonly name: string;
  readonly count: number;
  readonly who: Who;
}

/**
 * Votes that have to be surer than the channels make them: mail and a prompt carry a name, no more, unless the voter
 * signs. A service may sign for itself, which its configuration says and not the policy.
 */
function tooWeak(policy: Policy, rule: RuleOf<"ask">, seats: readonly Seat[]): readonly Problem[] {
  const { strength, ask } = rule;
  if (strength === undefined || strength === "asserted") return [];
  const types = ask.via.map((name) => policy.approvers.get(name)?.type);
  if (types.includes("webhook")) return [];
  return seats.flatMap(({ name, count, who }) => {
    const people = countable(who);
    if (people === undefined) return [];
    const able = [...people].filter((login) => (policy.contacts.get(login)?.keys.length ?? 0) > 0);
    if (able.length >= count) return [];
    const keys = able.length === 0 ? "nobody" : `only ${listWords(able)}`;
    const through = ask.via.length === 0 ? "" : `, and asks through ${listWords(ask.via)}`;
    const message = `it counts votes that are at least ${strength}${through}; of ${name} ${keys} has a key to sign with`;
    const page = strength === "signed" ? "a passkey" : "a passkey or jit-nmap serve --link";
    const hint = `write their public keys under people; without one they answer at the page alone, by ${page}`;
    return [suspicion(rule, "strength", message, hint)];
  });
}

/** The logins of a set; undefined where a group may bring in others. */
function countable(who: Who): ReadonlySet<string> | undefined {
  return who.everyone || who.groups.size > 0 ? undefined : who.logins;
}

/** Whether a rule is for this one person: then their vote is never another's. */
function isEveryRequester(requesters: Who | undefined, login: string): boolean {
  if (requesters === undefined || requesters.everyone) return false;
  return (
    requesters.groups.size === 0 &&
    requesters.services.size === 0 &&
    requesters.logins.size === 1 &&
    requesters.logins.has(login)
  );
}
