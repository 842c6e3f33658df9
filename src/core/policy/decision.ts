// What policy answers: an effect with everything that hangs on it. Obligations exist only inside an answer that may
// lead to a run; there is no boolean "approved" anywhere.

/** Who asks, as the operating system says it. */
export interface Requester {
  /** Login name. */
  readonly name: string;
  readonly uid: number;
  /** Names of the operating system's groups. */
  readonly groups: readonly string[];
  /**
   * What the system did not answer: `groups` may be more than these, or `name` is only a number and may be anybody's.
   * Then whatever names people and forbids strikes, and what covers needs what is known.
   */
  readonly unknown?: "groups" | "name";
}

/** What must be done if it runs: the strictest of all rules used, or the approved ask rules' alone (policy.md, Meaning 7). */
export interface Obligations {
  readonly ttlSeconds: number;
  readonly enforce: { readonly maxRate?: number };
  /** Where a window closes before the rules' own time box: when that is, in milliseconds since the epoch; `ttlSeconds` is cut to it. */
  readonly endsAt?: number;
  /** What is counted and reserved when the grant is issued. */
  readonly limits?: readonly LimitUse[];
  /** What scripts that contact others may reach beside the targets: ranges in canonical text. */
  readonly egress?: readonly string[];
  /** A session that does what its plan does not say is ended; absent: it is recorded. */
  readonly onViolation?: "end";
  /** Who is told of what happens; only where a rule says so. */
  readonly notify?: readonly Notify[];
}

/** Who is told what; names of approvers. */
export interface Notify {
  readonly on: readonly ("started" | "ended" | "denied")[];
  readonly via: readonly string[];
}

/** So many within a sliding time; both at least 1. */
export interface Rate {
  readonly count: number;
  readonly seconds: number;
}

/** Limits of one rule that look at what happened before, per requester; the cool-down is per target. */
export interface LimitUse {
  readonly rule: string;
  readonly runs?: Rate;
  readonly probes?: Rate;
  readonly concurrent?: number;
  readonly coolDownSeconds?: number;
}

/** How sure it must be who voted, weakest first (approval.md). */
export type VoteStrength = "asserted" | "account" | "signed";

export type Requirement =
  | {
      readonly rule: string;
      /** Set of people (or a login) to the number of distinct people needed, at least 1. */
      readonly votes: Readonly<Record<string, number>>;
      /** Names of approvers, as the policy defines them. */
      readonly via: readonly string[];
      readonly answerWithinSeconds: number;
      readonly startWithinSeconds: number;
      readonly reason?: { readonly minLength?: number; readonly pattern?: string };
      /** Votes of lesser strength count for nothing. */
      readonly strength?: VoteStrength;
      /** Where the rule lets it run at once in an emergency: for how long, and which approvers are told. */
      readonly breakGlass?: { readonly ttlSeconds: number; readonly alert: readonly string[] };
    }
  | { readonly rule: string; readonly confirm: true };

export type Effect = "allow" | "confirm" | "ask" | "deny";

/** One rule's part in a decision. `because` is one sentence with both sides of the first condition that failed. */
export interface RuleExplanation {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly effect: Effect;
  readonly applies: boolean;
  readonly because: string;
}

export interface PolicyReference {
  /** `sha256:` over the policy's source files. */
  readonly digest: string;
  /** The names of its files, in the order they were read. */
  readonly files?: readonly string[];
  readonly contact?: string;
}

interface Judged {
  readonly policy: PolicyReference;
  readonly explanation: readonly RuleExplanation[];
}

export type Decision =
  | (Judged & { readonly effect: "allow"; readonly requires: readonly []; readonly obligations: Obligations })
  | (Judged & {
      readonly effect: "confirm" | "ask";
      readonly requires: readonly Requirement[];
      readonly obligations: Obligations;
    })
  | (Judged & {
      readonly effect: "deny";
      readonly requires: readonly [];
      /** What no rule covers, in words: "10.31.0.0/24 (256 addresses), tcp/8080". Empty when a deny rule struck. */
      readonly uncovered: readonly string[];
      /** The `message` keys of the deny rules that struck. */
      readonly messages: readonly string[];
      /** Who is told of it. */
      readonly notify?: readonly Notify[];
    });
