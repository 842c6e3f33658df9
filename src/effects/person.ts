// What the pipeline asks of the person at the keyboard. Its own file because effects.ts is long enough; others import it
// from there.
import type { Request } from "../core/approval/request.ts";
import type { SessionId } from "../core/audit/event.ts";
import type { Progress } from "../core/results/progress.ts";

/** The person at the keyboard: the terminal device, never a redirected stream. */
export interface Person {
  /** False when there is no terminal device: nothing can be asked. */
  readonly present: boolean;
  /**
   * The typed confirmation: the person sees the card and types the number of hosts. `undefined` when the signal
   * aborted or the terminal went away before an answer; false for anything else than the number.
   */
  confirm(request: Request, signal: AbortSignal): Promise<boolean | undefined>;
  /** Whether what an approver left of it is to run: the person sees the card and says yes or no. Undefined as above. */
  accept(request: Request, signal: AbortSignal): Promise<boolean | undefined>;
  /** Calls the person's attention: the bell of the terminal. */
  ring(): void;
  /** Why the scan is asked for, with the last reason as default; undefined when the person gave none. */
  askReason(
    wanted: { readonly minLength?: number; readonly pattern?: string },
    last?: string,
  ): Promise<string | undefined>;
  /** Draws the waiting line (who was asked, the code, a countdown) until the signal aborts. */
  showWaiting(waiting: Waiting, signal: AbortSignal): void;
  /**
   * While nmap runs: a key shows how far it is, and that the time box is nearly used up is said. Ends when the signal
   * aborts. Nothing where nobody sits at it: without a terminal, in a pipe, in the background.
   */
  showRunning(running: Running, signal: AbortSignal): void;
  /** Ours, to standard error, prefixed and escaped. `aside`: a note that is dropped where no person reads along. */
  say(level: "note" | "hint" | "error" | "aside", text: string): void;
  /** Calls back on Ctrl-C (`interrupt`), a closed terminal (`hangup`) or SIGTERM (`terminate`); returns the unsubscriber. */
  onSignal(callback: (signal: "interrupt" | "hangup" | "terminate") => void): () => void;
}

export interface Waiting {
  readonly request: Request;
  readonly voters: readonly string[];
  /** Confirm code, only at the requester's own terminal. */
  readonly code?: string;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly until: number;
}

export interface Running {
  readonly request: Request;
  readonly session: SessionId;
  /** How long it runs, in seconds: as the time box counts them. */
  elapsed(): number;
  /** The time box, in seconds from the start: it may have been made longer since. */
  ttlSeconds(): number;
  progress(): Promise<Progress | undefined>;
}
