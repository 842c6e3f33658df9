// Whether the trail says what the tables say about a request that is about to run. The tables are rows that somebody
// with the file can change one by one; the events are chained. Apart from redeem, which looks at the records themselves.
import { canonicalJson } from "../canonical-json.ts";
import type { AuditEvent, EventData, EventType } from "../audit/event.ts";
import type { Grant } from "../grant/grant.ts";
import type { Request, Vote } from "./request.ts";

/**
 * What is not on the trail as it stands in the records, as the end of a sentence; undefined when all of it is there.
 *
 * @param votes  those that are counted.
 * @param events  at least all of this request.
 */
export function missingOnRecord(
  request: Request,
  grant: Grant,
  votes: readonly Vote[],
  events: readonly AuditEvent[],
): string | undefined {
  const own = events.filter((event) => event.request === request.id);
  const has = <T extends EventType>(type: T, fits: (data: EventData[T]) => boolean): boolean =>
    own.some((event) => event.type === type && fits(event.data as EventData[T]));

  const { requester, planDigest, digest, policyDigest, effect, version } = request;
  const opened = has(
    "request.opened",
    (data) =>
      data.requester.name === requester.name &&
      data.requester.uid === requester.uid &&
      data.reason === request.reason &&
      (version > 1 || (data.planDigest === planDigest && data.requestDigest === digest)),
  );
  if (!opened) return "it was not opened like this";
  const narrowed =
    version === 1 ||
    has(
      "request.narrowed",
      (data) => data.version === version && data.requestDigest === digest && data.planDigest === planDigest,
    );
  if (!narrowed) return "it was not narrowed like this";
  if (!has("request.judged", (data) => data.effect === effect && data.policyDigest === policyDigest)) {
    return "policy did not judge it like this";
  }
  if (effect !== "allow" && !has("request.approved", () => true)) return "it was not approved";
  for (const vote of votes.filter((each) => each.version === version)) {
    const { voter, answer, strength } = vote;
    const cast = has(
      "vote.cast",
      (data) =>
        data.voter === voter &&
        data.answer === answer &&
        data.strength === strength &&
        data.version === version &&
        data.requestDigest === vote.digest &&
        canonicalJson(data.proof ?? null) === canonicalJson(vote.proof ?? null),
    );
    if (!cast) return `${voter} did not vote like this`;
  }
  const issued = has(
    "grant.issued",
    (data) =>
      data.grant === grant.id &&
      data.requestDigest === grant.requestDigest &&
      data.planDigest === grant.planDigest &&
      data.ttlSeconds === grant.ttlSeconds,
  );
  if (!issued) return "its grant was not issued like this";
  return has("grant.redeemed", (data) => data.grant === grant.id) ? "its grant was used before" : undefined;
}
