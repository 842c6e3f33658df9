// Whether the votes that a request needs can be had at all (approval.md, rule 8): enough people who are not the
// requester, whom some way of asking reaches, and who can prove as much as the rule wants. Asked before it is filed.
import type { RequestTerms } from "../core/approval/request.ts";
import { canBeFilled, entitledVoters, isAsStrong, shortfall, type People } from "../core/approval/tally.ts";
import { missingFor, needsConfiguration, reaches } from "../core/configuration/reach.ts";
import type { Configuration } from "../core/configuration/configuration.ts";
import type { Requirement, VoteStrength } from "../core/policy/decision.ts";
import type { Approver, Policy } from "../core/policy/policy.ts";
import type { Problem } from "../core/result.ts";
import type { Effects } from "../effects.ts";

type Ask = Extract<Requirement, { readonly votes: unknown }>;

/** What is missing, and what to do about it; undefined when the votes can be had. */
export async function whyUnreachable(
  asked: Pick<RequestTerms, "requester" | "requires">,
  people: People,
  policy: Policy,
  fx: Pick<Effects, "config" | "store">,
): Promise<Problem<"no-voters" | "approver-not-configured" | "votes-too-weak"> | undefined> {
  const [missing] = shortfall(asked, people);
  if (missing !== undefined && "votes" in missing) {
    const message = `rule ${missing.rule} needs the votes of others, and there are not enough people: ${inWords(missing.votes)} missing`;
    return { code: "no-voters", message, hint: "the requester never counts; ask whoever keeps the policy" };
  }
  for (const requirement of asked.requires) {
    if (!("votes" in requirement)) continue;
    const voters = entitledVoters({ requester: asked.requester, requires: [requirement] }, people);
    const problem =
      (await unasked(requirement, voters, people, policy, fx)) ??
      (await unproven(requirement, voters, people, policy, fx));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Too few of the voters can be asked in any of the ways that the rule names. */
async function unasked(
  requirement: Ask,
  voters: readonly string[],
  people: People,
  policy: Policy,
  fx: Pick<Effects, "config">,
): Promise<Problem<"approver-not-configured"> | undefined> {
  const named = requirement.via.flatMap((name) => policy.approvers.get(name) ?? []);
  // No way is named: then it is jit-nmap approve for everybody.
  if (named.length === 0) return undefined;
  const usable: Approver[] = [];
  let configured: Configuration | undefined;
  let missing: Problem<"approver-not-configured"> | undefined;
  for (const approver of named) {
    if (needsConfiguration(approver)) {
      const configuration = await fx.config.load();
      if (!configuration.ok) {
        const message = "config.yaml, which says how people are reached, can't be used";
        return { code: "approver-not-configured", message, hint: configuration.error[0]?.message ?? "look at it" };
      }
      configured = configuration.value;
      const problem = missingFor(approver, configured);
      missing ??= problem;
      if (problem !== undefined) continue;
    }
    usable.push(approver);
  }
  const reached = voters.filter((login) =>
    usable.some((approver) => reaches(approver, login, policy.contacts, configured)),
  );
  if (canBeFilled(requirement, reached, people)) return undefined;
  if (missing !== undefined) return missing;
  const out = voters.filter((login) => !reached.includes(login));
  const message = `rule ${requirement.rule} asks by ${requirement.via.join(", ")}, which does not reach ${out.join(", ")}`;
  return { code: "approver-not-configured", message, hint: "the policy says under people how somebody is reached" };
}

/** Too few of the voters can prove who they are as surely as the rule wants. */
async function unproven(
  requirement: Ask,
  voters: readonly string[],
  people: People,
  policy: Policy,
  fx: Pick<Effects, "config" | "store">,
): Promise<Problem<"votes-too-weak"> | undefined> {
  const { strength } = requirement;
  if (strength === undefined || strength === "asserted") return undefined;
  const able: string[] = [];
  for (const login of voters)
    if (isAsStrong(await strongest(login, requirement, policy, fx), strength)) able.push(login);
  if (canBeFilled(requirement, able, people)) return undefined;
  const out = voters.filter((login) => !able.includes(login));
  const message = `rule ${requirement.rule} counts votes that are ${strength}, which ${out.length === 0 ? "nobody" : out.join(", ")} can't give here`;
  return {
    code: "votes-too-weak",
    message,
    hint: "a vote is signed with an SSH key that the policy has under people: keys",
  };
}

/** The surest vote that somebody can give. */
async function strongest(
  login: string,
  { via }: Ask,
  policy: Policy,
  fx: Pick<Effects, "config" | "store">,
): Promise<VoteStrength> {
  const contact = policy.contacts.get(login);
  if ((contact?.keys.length ?? 0) > 0 || (await fx.store.access.passkeys(login)).length > 0) return "signed";
  const services = via.flatMap((name) => policy.approvers.get(name) ?? []).filter(({ type }) => type === "webhook");
  const configuration = await fx.config.load();
  if (!configuration.ok) return "asserted";
  const speaking = services.filter((approver) => reaches(approver, login, policy.contacts, configuration.value));
  const { webhooks, publicUrl, smtp } = configuration.value;
  if (speaking.some(({ service }) => webhooks.get(service ?? "")?.verify?.kind === "key")) return "signed";
  // Signed in at the page, by a link that was mailed.
  return publicUrl !== undefined && smtp !== undefined && contact?.mail !== undefined ? "account" : "asserted";
}

const inWords = (votes: Readonly<Record<string, number>>): string =>
  Object.entries(votes)
    .map(([set, count]) => `${count} of ${set}`)
    .join(", ");
