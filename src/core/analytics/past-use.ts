// What past requests took of limits, for judging them again: when each was permitted, used and over. Read from events,
// in whose order a decision then saw what was before it and nothing else.
import type { AuditEvent, EventType } from "../audit/event.ts";
import type { PastRun } from "../policy/limits.ts";

/** When a request was permitted and what became of it. */
export class PastUse {
  /** The number of the first event of each type. */
  readonly #first = new Map<EventType, number>();
  /** Milliseconds since the Unix epoch, UTC, both. */
  #issuedAt = 0;
  #notAfter = 0;

  add(event: AuditEvent): void {
    if (!this.#first.has(event.type)) this.#first.set(event.type, event.seq);
    if (event.type !== "grant.issued") return;
    this.#issuedAt = Date.parse(event.time);
    this.#notAfter = Date.parse(event.data.notAfter);
  }

  /** As a decision saw it that was made at this event; undefined where it counted for nothing. */
  seenAt(seq: number, now: number): Pick<PastRun, "at" | "open"> | undefined {
    const before = (type: EventType): boolean => (this.#first.get(type) ?? seq) < seq;
    if (!before("grant.issued")) return undefined;
    const at = this.#issuedAt;
    if (before("session.ended")) return { at, open: false };
    // A permission that was never used counts for nothing once it is gone.
    if (before("grant.lapsed") || before("grant.revoked")) {
      return before("session.started") ? { at, open: true } : undefined;
    }
    return before("grant.redeemed") || this.#notAfter > now ? { at, open: true } : undefined;
  }
}
