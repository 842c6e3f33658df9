// What front, broker and runner say to each other. Everything here can be serialised: in personal use these are
// function calls in one process, installed they cross a wall.
import type { Freeze } from "./core/approval/freeze.ts";
import type { Narrowing } from "./core/approval/narrowing.ts";
import type { Proof } from "./core/approval/proof.ts";
import type { Purpose } from "./core/approval/purpose.ts";
import type { HeldBy, Request, RequestId } from "./core/approval/request.ts";
import type { Revocation, SessionEnding, SessionId, SessionLevel } from "./core/audit/event.ts";
import type { Terms } from "./core/confinement/confinement.ts";
import type { Grant } from "./core/grant/grant.ts";
import type { PlanDocument } from "./core/plan/document.ts";
import type { InputFile } from "./core/plan/input-files.ts";
import type { Output, PlanDigest } from "./core/plan/scan-plan.ts";
import type { Possible } from "./core/policy/possible-again.ts";
import type { Decision, Requester, RuleExplanation, VoteStrength } from "./core/policy/decision.ts";
import type { Warning } from "./core/policy/warnings.ts";
import type { Problem } from "./core/result.ts";
import type { Summary } from "./core/results/summary.ts";

/** How a scan is asked for, besides what is asked. */
export interface Manner {
  /** How long to wait for an answer. Undefined: at a terminal until the request expires, without one not at all. */
  readonly waitSeconds?: number;
}

/** front → broker: a line as words, with what our own options said. */
export interface ScanAsk {
  /** nmap's words, ours taken out. */
  readonly words: readonly string[];
  readonly requester: Requester;
  readonly cwd: string;
  /** The files that the words name, read with the requester's rights. */
  readonly files?: readonly InputFile[];
  readonly reason?: string;
  /** A shorter time box than the rule grants, in seconds. */
  readonly ttlSeconds?: number;
  /** Approved now, started no sooner; milliseconds since the Unix epoch, UTC. */
  readonly notBefore?: number;
  /** Whatever an approver leaves of it runs without asking again. */
  readonly acceptsNarrower?: true;
  /** To run at once past those who would be asked, where the rules allow it. */
  readonly breakGlass?: true;
}

/** Why nothing runs, each with its exit code (interface.md): the one closed list that the CLI maps. */
export type Refusal =
  /** 64: the line, or one of our own options, was not understood. */
  | { readonly kind: "not-understood"; readonly problem: Problem }
  /** 69: voters, a channel or a facility is missing. */
  | { readonly kind: "unavailable"; readonly problem: Problem }
  /** 78: policy, configuration or installation is wrong. */
  | { readonly kind: "misconfigured"; readonly problems: readonly Problem[] }
  /** 126 and 127. */
  | { readonly kind: "cannot-execute" | "not-found"; readonly problem: Problem };

/** nmap was asked about itself, and said so itself. */
export interface Told {
  readonly kind: "told";
  readonly exitCode: number;
}

/** broker → front: what policy says about a plan. Nothing is recorded yet. */
export interface Judged {
  readonly kind: "judged";
  readonly ask: ScanAsk;
  /** Why nobody is asked although policy asks for it, or what else it is for than one scan. */
  readonly purpose?: Purpose;
  /** The one profile that the line was made of, nothing but targets beside it. */
  readonly profile?: string;
  readonly plan: PlanDocument;
  readonly planDigest: PlanDigest;
  readonly decision: Decision;
  /** A narrower line that policy would let run, checked again: words to paste after `jit-nmap`. */
  readonly tryInstead?: readonly string[];
  /** Rules that would have covered a denied line but for one condition: a few, where nothing else covers it. */
  readonly nearly?: readonly RuleExplanation[];
  /** When a denied line would no longer be denied, where only time stands in its way. */
  readonly again?: Possible;
  /** What would hold its session; absent where it can't run. */
  readonly held?: HeldBy;
  /** What somebody should know who lets it run; absent where there is nothing. */
  readonly warnings?: readonly Warning[];
}

/** broker → front: a request that is on disk. `code` only for the requester's terminal, and only when newly opened. */
export interface Opened {
  readonly kind: "opened";
  readonly request: Request;
  readonly code?: string;
  /** True when the same line by the same person was already waiting. */
  readonly joined: boolean;
}

/** front → broker: one person's answer. */
export interface Ballot {
  readonly request: RequestId;
  /** Digest the voter saw; with `narrow`, that of the version which it makes. */
  readonly digest: string;
  readonly voter: string;
  readonly answer: "approve" | "deny" | "confirm";
  /** What the channel says; the broker counts no more than the proof carries. */
  readonly strength: VoteStrength;
  readonly via: string;
  readonly reason?: string;
  /** Checked before it is counted, kept with the vote, and checked again when the grant is redeemed. */
  readonly proof?: Proof;
  /** The confirm code as it was typed: of a voter whose channel proves nothing. */
  readonly code?: string;
  /** Yes, but less: only with `approve`. */
  readonly narrow?: Narrowing;
}

/** broker → front: what a ballot did. */
export type Counted =
  | { readonly kind: "counted"; readonly request: Request; readonly missing: readonly string[] }
  /** Not entitled, the own request, another digest, a second vote: the problem's code says which. */
  | { readonly kind: "refused"; readonly problem: Problem }
  | { readonly kind: "too-late"; readonly request: Request };

/** broker → runner: run this plan under this grant, once. */
export interface Order {
  readonly kind: "order";
  readonly session: SessionId;
  readonly grant: Grant;
  /** At most the grant's own: cut where a window closes sooner. */
  readonly ttlSeconds: number;
  readonly plan: PlanDocument;
  /** What policy says of the session beside its plan. */
  readonly terms: Terms;
}

/** runner → broker, each acknowledged (on disk) before the runner goes on. */
export type Report =
  | {
      readonly kind: "starting";
      readonly session: SessionId;
      readonly argv: readonly string[];
      readonly privileged: boolean;
      /** What holds this session. */
      readonly level: SessionLevel;
    }
  /** What was refused while it runs, in sentences that no earlier report had: a bounded number of them in all. */
  | { readonly kind: "violating"; readonly session: SessionId; readonly violations: readonly string[] }
  | {
      readonly kind: "ended";
      readonly session: SessionId;
      readonly ending: SessionEnding;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly seconds: number;
      readonly endedAt: number;
      readonly xml: Uint8Array;
      readonly violations: readonly string[];
      readonly revocation: Revocation;
    }
  | { readonly kind: "failed"; readonly session: SessionId; readonly problem: Problem };

/** How the whole thing ended, for the exit code and the last line on stderr. */
export type Outcome =
  | Refusal
  | { readonly kind: "denied"; readonly request: Request; readonly judged?: Judged }
  /** 77, and nothing was filed: who asks may not do this now. */
  | { readonly kind: "not-allowed"; readonly problem: Problem }
  | { readonly kind: "waiting"; readonly request: Request; readonly because: "no-terminal" | "hang-up" | "not-yet" }
  /** Approved, for later. */
  | { readonly kind: "waiting"; readonly request: Request; readonly because: "too-early"; readonly notBefore: number }
  | { readonly kind: "cancelled" | "expired" | "lapsed" | "revoked"; readonly request: Request }
  /** Nothing starts while a lead has frozen everything. `request.state` says whether it can be run later. */
  | { readonly kind: "frozen"; readonly request: Request; readonly freeze: Freeze }
  /** A scan that runs has a longer time box now, in seconds from its start. */
  | { readonly kind: "extended"; readonly request: Request; readonly ttlSeconds: number }
  /** The single use is gone: it ran, or runs, already. */
  | { readonly kind: "used"; readonly request: Request }
  /** Approved, but not for what is now: policy, nmap or the rights have changed since. Ask again (79). */
  | { readonly kind: "stale"; readonly request: Request; readonly problem: Problem }
  /** The grant was used up, but nmap could not be started. */
  | { readonly kind: "not-started"; readonly request: Request; readonly problem: Problem }
  | {
      readonly kind: "ran";
      readonly request: Request;
      readonly session: SessionId;
      readonly ending: SessionEnding;
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** The time box that held, in seconds, with all that it was made longer by. */
      readonly ttlSeconds: number;
      readonly complete: boolean;
      readonly violations: readonly string[];
      readonly summary: Summary;
      /** Typed outputs that could not be written. */
      readonly outputs: readonly { readonly output: Output; readonly problem: Problem }[];
    };
