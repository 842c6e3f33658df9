// Who may see which request on the page: its requester, those who may vote on it, leads, who have to see what they stop,
// and the policy's readers. Everybody else is told no more than that there is none. Stricter than the command line's
// (broker/sight.ts), where who can read the folder can read everything anyway.
import { isLead } from "../broker/leads.ts";
import { personKey } from "../core/approval/person.ts";
import type { Request } from "../core/approval/request.ts";
import { mayVote } from "../core/approval/tally.ts";
import { includesVoter, isService } from "../core/policy/people.ts";
import type { Looking } from "./looking.ts";

export interface Sight {
  readonly sees: boolean;
  /** Whether the person's vote would count, were it still time. */
  readonly votes: boolean;
}

const blind: Sight = { sees: false, votes: false };

/** What a person is to a request. A policy that can't be read shows nothing but the own requests. */
export async function sightOf(person: string, request: Request, looking: Looking): Promise<Sight> {
  const own = request.requester.name === person;
  const policy = await looking.policy.load();
  if (!policy.ok) return { ...blind, sees: own };
  const people = await looking.people(request.requires, policy.value);
  const votes =
    personKey(request.requester.name) !== personKey(person) &&
    !isService(policy.value, person) &&
    mayVote(request, people, person);
  if (own || votes) return { sees: true, votes };
  if (await isLead(person, policy.value, looking)) return { sees: true, votes: false };
  const { readers } = policy.value;
  if (readers === undefined) return blind;
  const account = await looking.facts.account(person);
  return { sees: includesVoter(readers, { name: person, groups: account?.groups ?? [] }), votes: false };
}
