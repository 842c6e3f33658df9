// What holds sessions on this machine, and what no order may exceed on it.
import type { SessionLevel } from "../core/audit/event.ts";
import type { Problem } from "../core/result.ts";
import type { Ceiling } from "../core/confinement/ceiling.ts";

/** What holds sessions here (security.md, three levels). */
export interface Held {
  readonly level: SessionLevel;
  /** Why it is not more, in one clause; absent where nobody would expect more. */
  readonly because?: string;
  /** What to do for more; where it is known. */
  readonly fix?: string;
  /** Whose program runs sessions where it is not this one: root's broker starts it, or sudo for who is not root. */
  readonly by?: "root" | "sudo";
  /** Why scripts of the requester's own can't run here, whatever is in them; absent where they can. */
  readonly noOwnScripts?: Omit<Problem<"own-script-refused">, "at">;
  /** Whether a session's processes are limited together, in one clause; absent where that is not for sessions here. */
  readonly groups?: string;
  /** What no order may exceed here; absent where nobody has set any. */
  readonly ceiling?: Ceiling;
}
