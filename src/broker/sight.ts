// Who may look at whose requests at the command line: everybody of a shared folder, unless the policy names its readers.
// A courtesy where the folder itself can be read (advisory); where it can't, the same question is asked on the way.
import { includesVoter } from "../core/policy/people.ts";
import type { Request } from "../core/approval/request.ts";
import type { Effects, RequestFilter } from "../effects.ts";
import { isLead } from "./leads.ts";
import { votersOf } from "./votes.ts";

type Looking = Pick<Effects, "policy" | "facts" | "clock">;

/**
 * Whether somebody may look at a request: the own ones, what one may vote on, and everything for readers and for leads,
 * who have to see what they stop. A policy that can't be read shows the own ones alone.
 *
 * @param login  who looks, as the operating system says it.
 */
export function lookerOf(login: string, fx: Looking): (request: Request) => Promise<boolean> {
  let everything: Promise<boolean> | undefined;
  return async (request) =>
    request.requester.name === login ||
    (await (everything ??= seesEverything(login, fx))) ||
    (await votersOf(request, fx)).includes(login);
}

/** Looks no further back than this many for what somebody may see. */
const lookedThrough = 5000;

/** The latest that somebody may look at: as many as wanted, also where others asked for more since. */
export async function latestSeen(
  filter: RequestFilter & { readonly limit: number },
  maySee: (request: Request) => Promise<boolean>,
  fx: Pick<Effects, "store">,
): Promise<readonly Request[]> {
  for (let limit = filter.limit; ; limit *= 4) {
    const listed = await fx.store.listRequests({ ...filter, limit });
    const seen = await Promise.all(listed.map(maySee));
    const found = listed.filter((_, at) => seen[at]).slice(0, filter.limit);
    if (found.length === filter.limit || listed.length < limit || limit * 4 > lookedThrough) return found;
  }
}

async function seesEverything(login: string, fx: Looking): Promise<boolean> {
  const policy = await fx.policy.load();
  if (!policy.ok) return false;
  const { readers } = policy.value;
  if (readers === undefined || (await isLead(login, policy.value, fx))) return true;
  const account = await fx.facts.account(login);
  return includesVoter(readers, { name: login, groups: account?.groups ?? [] });
}
