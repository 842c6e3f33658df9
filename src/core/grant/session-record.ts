// What is kept of a session and of its result. Separate from the events, which say when it happened; these two are
// what `show` and `results` read.
import type { RequestId } from "../approval/request.ts";
import type { SessionEnding, SessionId, SessionLevel } from "../audit/event.ts";
import type { Summary } from "../results/summary.ts";
import type { GrantId } from "./grant.ts";

/** Times are milliseconds since the Unix epoch, UTC. */
export interface SessionRecord {
  readonly id: SessionId;
  readonly request: RequestId;
  readonly grant: GrantId;
  readonly argv: readonly string[];
  readonly ttlSeconds: number;
  readonly level: SessionLevel;
  readonly startedAt: number;
  readonly end?: {
    readonly endedAt: number;
    readonly ending: SessionEnding;
    readonly exitCode: number | null;
    readonly signal: string | null;
  };
}

export interface StoredResult {
  readonly session: SessionId;
  /** nmap's XML, byte for byte; may be cut. */
  readonly xml: Uint8Array;
  readonly complete: boolean;
  readonly summary: Summary;
}
