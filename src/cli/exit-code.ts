// The table of exit codes as data, and which ending gets which: the contract with scripts. Separate from what is said,
// so that a changed sentence can never change a code.
import type { Outcome } from "../messages.ts";
import { unreachable } from "../core/result.ts";

/** sysexits(3) where it has a fitting one, timeout(1) for 124, the shell for 126 and up, 76 and 79 to 80 our own. */
export const EXIT = {
  ok: 0,
  notUnderstood: 64,
  unavailable: 69,
  defect: 70,
  noTrail: 74,
  waiting: 75,
  unreliable: 76,
  denied: 77,
  misconfigured: 78,
  askAgain: 79,
  revoked: 80,
  timeBox: 124,
  cannotExecute: 126,
  notFound: 127,
  interrupted: 130,
  brokenPipe: 141,
} as const;

/** Each code with one line of meaning, in the order in which help shows them. */
export const exitCodeMeanings: readonly (readonly [code: string, meaning: string])[] = [
  ["0, 1, 255", "nmap's own, when it ran and its result can be trusted"],
  ["64", "command line not understood, ours or nmap's; nothing ran"],
  ["69", "something needed is missing or unreachable; nothing ran"],
  ["70", "a defect in jit-nmap; nothing ran, or what ran was ended"],
  ["74", "the audit trail can't be written, or its chain is broken; nothing ran"],
  ["75", "waits for an answer (the id is on stderr)"],
  ["76", "nmap ran, but packets were refused or the result is cut: don't rely on it"],
  ["77", "denied by policy or by a person"],
  ["78", "policy, configuration or installation is wrong"],
  ["79", "expired or lapsed: ask again"],
  ["80", "revoked or frozen"],
  ["124", "the time box ended the scan"],
  ["126, 127", "nmap can't be run, was not found"],
  ["128+n", "nmap died of signal n; 130 after Ctrl-C"],
];

// Linux numbers; only those that can end a process. A Map, because the names come from the operating system.
const signalNumbers: ReadonlyMap<string, number> = new Map([
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGQUIT", 3],
  ["SIGILL", 4],
  ["SIGTRAP", 5],
  ["SIGABRT", 6],
  ["SIGBUS", 7],
  ["SIGFPE", 8],
  ["SIGKILL", 9],
  ["SIGUSR1", 10],
  ["SIGSEGV", 11],
  ["SIGUSR2", 12],
  ["SIGPIPE", 13],
  ["SIGALRM", 14],
  ["SIGTERM", 15],
  ["SIGXCPU", 24],
  ["SIGXFSZ", 25],
  ["SIGVTALRM", 26],
  ["SIGSYS", 31],
]);

/**
 * The exit code for an ending.
 *
 * @returns 0..255. Never 0 for a scan that did not run, whose result is cut, or whose typed output could not be written.
 */
export function exitCodeOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case "not-understood":
      return EXIT.notUnderstood;
    case "unavailable":
      return EXIT.unavailable;
    case "misconfigured":
      return EXIT.misconfigured;
    case "cannot-execute":
      return EXIT.cannotExecute;
    case "not-found":
      return EXIT.notFound;
    case "denied":
    case "not-allowed":
      return EXIT.denied;
    case "waiting":
      return EXIT.waiting;
    case "cancelled":
      return EXIT.interrupted;
    case "expired":
    case "lapsed":
    case "used":
    case "stale":
      return EXIT.askAgain;
    case "not-started":
      return notStartedCodes.get(outcome.problem.code) ?? EXIT.unavailable;
    case "extended":
      return EXIT.ok;
    case "frozen":
    case "revoked":
      return EXIT.revoked;
    case "ran":
      return ranCode(outcome);
    default:
      return unreachable(outcome);
  }
}

/** Why nmap could not be started; what is not named here is a facility that is missing (69). */
const notStartedCodes: ReadonlyMap<string, number> = new Map([
  ["nmap-missing", EXIT.notFound],
  ["nmap-unusable", EXIT.cannotExecute],
  // nmap's files changed since they were looked at: what was approved is no longer what would run.
  ["nmap-data-changed", EXIT.askAgain],
  ["environment-changed", EXIT.askAgain],
  ["ttl-above-ceiling", EXIT.misconfigured],
  ["above-ceiling", EXIT.misconfigured],
  ["plan-changed", EXIT.defect],
]);

function ranCode(ran: Extract<Outcome, { kind: "ran" }>): number {
  switch (ran.ending) {
    case "time-box":
      return EXIT.timeBox;
    case "revoked":
      return EXIT.revoked;
    case "interrupted":
      return EXIT.interrupted;
    case "lost":
    case "violation":
      return EXIT.unreliable;
    case "signalled":
      return 128 + (signalNumbers.get(ran.signal ?? "") ?? 0);
    case "exited":
      if (ran.violations.length > 0) return EXIT.unreliable;
      // nmap says itself that it failed; whether its XML was closed adds nothing.
      if (ran.exitCode !== 0) return ran.exitCode ?? EXIT.unreliable;
      return ran.complete && ran.outputs.length === 0 ? EXIT.ok : EXIT.unreliable;
    default:
      return unreachable(ran.ending);
  }
}

/** Whether something thrown says that the installation or its settings are wrong (78). */
export function isMisconfigured(thrown: unknown): thrown is Error & { readonly hint?: string } {
  return thrown instanceof Error && "code" in thrown && thrown.code === "misconfigured";
}
