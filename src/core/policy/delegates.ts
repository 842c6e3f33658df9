// Who votes in whose place at a moment, as the policy says. A delegate votes as the person they are, and counts once.
import type { Policy } from "./policy.ts";

/**
 * The person voting in somebody's place, by the login of the one who is away.
 *
 * @param now  milliseconds since the Unix epoch, UTC; the last day counts whole, on the policy's own calendar.
 */
export function delegatesAt(
  { delegates, timezone }: Pick<Policy, "delegates" | "timezone">,
  now: number,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (delegates.size === 0) return found;
  // Sweden writes dates as the policy does: 2026-12-01.
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone }).format(now);
  for (const [from, { to, until }] of delegates) if (today <= until) found.set(from, to);
  return found;
}
