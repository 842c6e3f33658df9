// What was taken back from a session, in words: `show` and `sweep` say it alike.
import type { Revocation } from "../core/audit/event.ts";

/** One clause, not escaped: names of credentials, how many processes had to be ended, and what is still there. */
export function revocationText({ revoked, processesEnded = 0, left }: Revocation): string {
  const names = revoked.map((name) =>
    name === "processes" && processesEnded > 0 ? `${name} (${processesEnded} ended)` : name,
  );
  const taken = names.length === 0 ? "nothing to take back" : `taken back: ${names.join(", ")}`;
  if (left === undefined) return taken;
  return left.length === 0 ? `${taken}; nothing is left` : `${taken}; still there: ${left.join("; ")}`;
}
