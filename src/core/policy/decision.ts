// What policy answers: an effect with everything that hangs on it. Obligations exist only inside an answer that may
// lead to a run; there is no boolean "approved" anywhere.

/** Who asks, as the operating system says it. */
export interface Requester {
  /** Login name. */
  readonly name: string;
  readonly uid: number;
  /** Names of the operating system's groups. */
  readonly groups: readonly string[];
}

/** What must be done if it runs: the strictest of all rules used, or the approved ask rules' alone (policy.md, Meaning 7). */
export interface Obligations {
  readonly ttlSeconds: number;
  readonly enforce: { readonly maxRate?: number };
}

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
    });
