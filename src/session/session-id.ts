// What a session's folder is known by, the same for every kind of session.
import type { SessionId } from "../core/audit/event.ts";

export const isSessionId = (name: string): name is SessionId => /^s[0-9a-z]{10}$/.test(name);

/** A folder that has no lease after this long never gets one. */
export const LEASE_WRITTEN_WITHIN_MS = 60_000;
