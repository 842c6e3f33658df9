// Ends a confined session that another process runs, by asking the runner's program itself: whoever ordered the session
// may have been stopped by its requester, and then hears of nothing.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionId } from "../../core/audit/event.ts";
import { ownerLives, readLease } from "../lease.ts";
import { isSessionId } from "../session-id.ts";

/**
 * Has its runner end it, which leaves it for a sweep. False where there is none of this trail, or its runner is gone.
 *
 * @param folder  root's alone, in which each session of the machine has its own.
 * @param home  the folder whose trail has the session on record.
 */
export function endElsewhere(folder: string, session: SessionId, home: string): boolean {
  if (!isSessionId(session)) return false;
  try {
    if (readFileSync(join(folder, session, "home"), "utf8") !== home) return false;
    const lease = readLease(join(folder, session, "lease"));
    if (lease === undefined || !ownerLives(lease)) return false;
    return process.kill(lease.owner.pid, "SIGTERM");
  } catch {
    return false; // It ended while we looked.
  }
}
