// Counts votes: distinct people, never the requester, every rule's demand on its own. Separate because it runs twice:
// when a vote is cast and again when the grant is redeemed.
import type { Requester, Requirement, VoteStrength } from "../policy/decision.ts";
import { isRequester, personKey } from "./person.ts";
import type { RequestDigest, Vote } from "./request.ts";

/** Set of people to the logins in it, groups already expanded. A name that is no set is a login. */
export type People = ReadonlyMap<string, readonly string[]>;

/** The built-in set; whoever votes belongs to it. */
const everyone = "everyone";

/** What a rule still lacks: its confirmation, or so many more people per set; or that the requester accepts less. */
export type Missing =
  | { readonly accept: true }
  | { readonly rule: string; readonly confirm: true }
  | { readonly rule: string; readonly votes: Readonly<Record<string, number>> };

export type Tally =
  | { readonly kind: "denied"; readonly by: string; readonly because: string }
  /** `by`: the people whose approvals counted, empty when a confirmation was all that was asked. */
  | { readonly kind: "approved"; readonly by: readonly string[] }
  | { readonly kind: "waiting"; readonly missing: readonly Missing[] };

/** What is voted on; a request is one. */
export interface VotedOn {
  readonly requester: Requester;
  readonly version: number;
  readonly digest: RequestDigest;
  readonly requires: readonly Requirement[];
  readonly acceptsNarrower?: true;
}

/** Whether an approver took something away from what was asked, and the requester has not agreed to that beforehand. */
export const isToBeAccepted = ({ version, acceptsNarrower }: Pick<VotedOn, "version" | "acceptsNarrower">): boolean =>
  version > 1 && acceptsNarrower !== true;

/** Whether the requester's own word is needed, by a rule or because the request was narrowed. */
export const isToBeConfirmed = (asked: Pick<VotedOn, "version" | "acceptsNarrower" | "requires">): boolean =>
  isToBeAccepted(asked) || asked.requires.some((requirement) => "confirm" in requirement);

const strengths: readonly VoteStrength[] = ["asserted", "account", "signed"];

/** Whether a vote is at least as strong as is asked; nothing asked, any is. */
export const isAsStrong = (given: VoteStrength, asked: VoteStrength | undefined): boolean =>
  asked === undefined || strengths.indexOf(given) >= strengths.indexOf(asked);

/** Whether the login stands in the set, letter by letter. */
function belongs(people: People, set: string, login: string): boolean {
  if (set === everyone) return true;
  const members = people.get(set);
  return members === undefined ? set === login : members.includes(login);
}

/** Whether the login may vote on this: entitled by at least one rule, and not the requester under another spelling. */
export function mayVote(asked: Pick<VotedOn, "requester" | "requires">, people: People, login: string): boolean {
  if (isRequester(asked.requester, { name: login })) return false;
  return asked.requires.some(
    (requirement) =>
      "votes" in requirement && Object.keys(requirement.votes).some((set) => belongs(people, set, login)),
  );
}

/** Whether a yes of this strength by this person fills a place of any rule. */
export function countsSomewhere(
  asked: Pick<VotedOn, "requires">,
  people: People,
  login: string,
  strength: VoteStrength,
): boolean {
  return asked.requires.some(
    (requirement) =>
      "votes" in requirement &&
      isAsStrong(strength, requirement.strength) &&
      Object.keys(requirement.votes).some((set) => belongs(people, set, login)),
  );
}

/** Everybody who may vote, each once, in the order of the rules; `everyone` adds nobody, since nobody lists it. */
export function entitledVoters(asked: Pick<VotedOn, "requester" | "requires">, people: People): readonly string[] {
  const found = new Map<string, string>();
  for (const requirement of asked.requires) {
    if (!("votes" in requirement)) continue;
    for (const set of Object.keys(requirement.votes)) {
      if (set === everyone) continue;
      for (const login of people.get(set) ?? [set]) {
        const key = personKey(login);
        if (!found.has(key) && !isRequester(asked.requester, { name: login })) found.set(key, login);
      }
    }
  }
  return [...found.values()];
}

/**
 * Adds up the votes that count.
 *
 * A vote counts when it is for this version and digest, by somebody who is entitled and is not the requester. One deny
 * by such a person ends it. Within a rule one person fills one place, whatever sets, channels or spellings they have:
 * `{ security: 1, network: 1 }` takes two people. One person may serve two rules. More than asked for is enough too.
 * Nothing demanded, or a demand below 1, is never met: approval has to be asked for to be given.
 */
export function tally(asked: VotedOn, votes: readonly Vote[], people: People): Tally {
  const current = votes.filter((vote) => vote.version === asked.version && vote.digest === asked.digest);
  const fromVoters = current.filter((vote) => mayVote(asked, people, vote.voter));
  const deny = fromVoters.find((vote) => vote.answer === "deny");
  if (deny) return { kind: "denied", by: deny.voter, because: deny.reason ?? "" };

  const approvals = fromVoters.filter((vote) => vote.answer === "approve");
  const confirmed = current.some((vote) => vote.answer === "confirm" && vote.voter === asked.requester.name);
  const missing: Missing[] = [];
  if (isToBeAccepted(asked) && !confirmed) missing.push({ accept: true });
  const counted = new Set<string>();
  for (const requirement of asked.requires) {
    if (!("votes" in requirement)) {
      if (!confirmed) missing.push({ rule: requirement.rule, confirm: true });
      continue;
    }
    const strong = approvals.filter((vote) => isAsStrong(vote.strength, requirement.strength));
    const seats = seat(requirement.votes, persons(strong.map((vote) => vote.voter)), people);
    for (const name of seats.taken) counted.add(name);
    if (seats.short !== undefined) missing.push({ rule: requirement.rule, votes: seats.short });
  }
  if (missing.length > 0 || asked.requires.length === 0) return { kind: "waiting", missing };
  return { kind: "approved", by: [...counted] };
}

/**
 * Whether the votes asked for could be had at all, if everybody entitled said yes (approval.md, rule 8).
 *
 * @returns what would still be missing; empty when the request can be met. A set without end (`everyone`) suffices.
 */
export function shortfall(asked: Pick<VotedOn, "requester" | "requires">, people: People): readonly Missing[] {
  const missing: Missing[] = [];
  for (const requirement of asked.requires) {
    if (!("votes" in requirement)) continue;
    const short = shortOf(
      requirement,
      entitledVoters({ requester: asked.requester, requires: [requirement] }, people),
      people,
    );
    if (short !== undefined) missing.push({ rule: requirement.rule, votes: short });
  }
  return missing;
}

/** Whether the yes of all these people would do for the rule. */
export const canBeFilled = (requirement: Requirement, logins: readonly string[], people: People): boolean =>
  shortOf(requirement, logins, people) === undefined;

function shortOf(requirement: Requirement, logins: readonly string[], people: People): Seats["short"] {
  if (!("votes" in requirement)) return undefined;
  const listed = Object.fromEntries(Object.entries(requirement.votes).filter(([set]) => set !== everyone));
  return Object.keys(listed).length === 0 ? undefined : seat(listed, persons(logins), people).short;
}

/** One person with every spelling they voted under. */
function persons(logins: readonly string[]): readonly (readonly string[])[] {
  const byKey = new Map<string, string[]>();
  for (const login of logins) {
    const key = personKey(login);
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [login]);
    else if (!known.includes(login)) known.push(login);
  }
  return [...byKey.values()];
}

interface Seats {
  readonly taken: readonly string[];
  /** Absent when every place is filled. */
  readonly short?: Readonly<Record<string, number>>;
}

/** Fills a rule's places with people, each at most once, as many as can be: augmenting paths (Kuhn 1955). */
function seat(demand: Readonly<Record<string, number>>, people: readonly (readonly string[])[], sets: People): Seats {
  const places = Object.entries(demand).map(([set, count]) => ({ set, count, taken: [] as (readonly string[])[] }));
  const settle = (person: readonly string[], tried: Set<string>): boolean => {
    for (const place of places) {
      if (tried.has(place.set) || !person.some((login) => belongs(sets, place.set, login))) continue;
      tried.add(place.set);
      if (place.taken.length < place.count) {
        place.taken.push(person);
        return true;
      }
      for (const [index, occupant] of place.taken.entries()) {
        if (!settle(occupant, tried)) continue;
        place.taken[index] = person;
        return true;
      }
    }
    return false;
  };
  for (const person of people) settle(person, new Set());

  const taken = places.flatMap((place) => place.taken.map((person) => person[0] ?? ""));
  // A count that is no positive whole number asks for something nobody can give.
  const unmet = places.filter(
    (place) => !(Number.isSafeInteger(place.count) && place.count >= 1 && place.taken.length >= place.count),
  );
  if (unmet.length === 0 && places.length > 0) return { taken };
  return { taken, short: Object.fromEntries(unmet.map((place) => [place.set, place.count - place.taken.length])) };
}
