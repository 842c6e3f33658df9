// The policy as the engine knows it: closed plain data with sets instead of text, made by parse.ts from YAML or by
// compiled.ts from the compiled form. Its own file because everything that judges needs the words and nothing that reads.
import type { Feature, Technique } from "../plan/scan-plan.ts";
import type { AddressSet } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import type { Effect, LimitUse, Notify, Rate, VoteStrength } from "./decision.ts";
import type { RuleIndex } from "./rule-index.ts";
import type { Window, Zone } from "./windows.ts";

/** Where a rule or name is written; the line counts from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/**
 * People, resolved: `logins` are OS accounts, `services` OS accounts behind which no person stands (they may ask but
 * their vote counts for nothing), `groups` OS groups. `written` is what the policy says, for sentences.
 */
export interface Who {
  readonly everyone: boolean;
  readonly logins: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly written: readonly string[];
}

/** How a person is reached and what proves a vote; keys are lines of OpenSSH's public key format. */
export interface Contact {
  readonly mail?: string;
  readonly keys: readonly string[];
}

/** A set with the words it was written in. */
export interface Written<S> {
  readonly set: S;
  readonly written: readonly string[];
}

export interface ScriptList {
  readonly categories: readonly string[];
  /** Script names with `*` as the only wildcard. */
  readonly names: readonly string[];
  /** Names with `*` that the list does not include, whatever the two others say. */
  readonly never: readonly string[];
}

/** What kind of scan (policy.md, Meaning 4). */
export type May =
  | { readonly kind: "ordinary" }
  | { readonly kind: "anything" }
  | {
      readonly kind: "list";
      readonly techniques: ReadonlySet<Technique>;
      readonly features: ReadonlySet<Feature>;
      readonly scripts: ScriptList;
    };

/** The keys that a rule and its `unless` share; an absent key names everything (`may`: see policy.md, small print). */
export interface Scope {
  readonly requesters?: Who;
  readonly targets?: Written<AddressSet>;
  readonly ports?: Written<PortSet>;
  readonly may?: May;
  readonly during?: During;
}

/** Open when one of its windows is. */
export interface During {
  readonly windows: readonly Window[];
  /** Their names, in the same order. */
  readonly written: readonly string[];
  readonly zone: Zone;
}

/** How much a rule takes; all at least 1. Hosts count per scan, the rest over time (policy.md, Meaning 8). */
export interface Limits {
  readonly hosts?: number;
  readonly probes?: Rate;
  readonly runs?: Rate;
  readonly concurrent?: number;
  readonly coolDownSeconds?: number;
}

export interface AskTerms {
  /** Set of people (or a login) to the number of distinct people needed, at least 1. */
  readonly votes: ReadonlyMap<string, number>;
  /** Names of approvers. */
  readonly via: readonly string[];
  readonly answerWithinSeconds: number;
  readonly startWithinSeconds: number;
  readonly reason?: { readonly minLength?: number; readonly pattern?: string };
}

interface AnyRule extends Scope {
  /** Unique in the policy. */
  readonly name: string;
  readonly at: Place;
  readonly notify?: Notify;
}

export interface DenyRule extends AnyRule {
  readonly effect: "deny";
  readonly unless?: Scope;
  readonly message?: string;
}

interface CoveringRule extends AnyRule {
  /** Whether a rule that lists ports also covers a plan that chooses ports at run time. */
  readonly otherPorts: boolean;
  readonly timing?: { readonly maxTemplate: number };
  readonly limits?: Limits;
  /** Addresses, beside the targets, that scripts which contact others may reach. */
  readonly egress?: Written<AddressSet>;
  /** Names of profiles. */
  readonly profiles?: readonly string[];
  /** What must hold the session. */
  readonly enforcement?: "required" | "arguments-only" | "unprivileged";
  readonly onViolation?: "record" | "end";
  readonly enforce: { readonly maxRate?: number };
  /** With the policy's default filled in. */
  readonly ttlSeconds: number;
}

export interface AllowRule extends CoveringRule {
  readonly effect: "allow";
}

export interface ConfirmRule extends CoveringRule {
  readonly effect: "confirm";
}

export interface AskRule extends CoveringRule {
  readonly effect: "ask";
  readonly ask: AskTerms;
  /** Binds wherever it is touched, also over an allow. */
  readonly onTouch: boolean;
  /** Votes of lesser strength count for nothing. */
  readonly strength?: VoteStrength;
  /** Whether it can be run at once in an emergency, for how long, and who is alerted. */
  readonly breakGlass?: { readonly ttlSeconds: number; readonly alert: readonly string[] };
  /** Only with `onTouch`: a plan that it contains whole does not bind by being touched; what the rule covers it covers. */
  readonly unless?: Scope;
}

export type Rule = DenyRule | AllowRule | ConfirmRule | AskRule;

/** Compiles only while every effect has its rule. */
export type RuleOf<E extends Effect> = Extract<Rule, { effect: E }>;

export interface Approver {
  readonly name: string;
  readonly type: "prompt" | "email" | "webhook";
  /** Only a webhook: the service, as the configuration knows it, and who speaks there, as logins here. */
  readonly service?: string;
  readonly voters?: Readonly<Record<string, string>>;
  /** The service answers for itself. */
  readonly speaksFor?: "service";
}

export interface Policy {
  /** `sha256:` and 64 hexadecimal digits over the source files. */
  readonly digest: string;
  /** The folder or file that it was read from, as people are told it. */
  readonly origin: string;
  /** The names of its files in there, in the order they were read. */
  readonly files: readonly string[];
  /** IANA name; UTC where the policy names none. */
  readonly timezone: string;
  /** Whom a denial tells the requester to ask. */
  readonly contact?: string;
  /** Every set of people by name, `everyone` not among them. */
  readonly people: ReadonlyMap<string, Who>;
  /** By login. */
  readonly contacts: ReadonlyMap<string, Contact>;
  readonly networks: ReadonlyMap<string, AddressSet>;
  readonly windows: ReadonlyMap<string, Window>;
  /** Words of nmap's command line by the name that stands for them. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
  /** Who may read all results, beside the requester and those who voted. */
  readonly readers?: Who;
  /** Who votes in whose place, by login; `until` is local, the day included. */
  readonly delegates: ReadonlyMap<string, { readonly to: string; readonly until: string }>;
  readonly checkpoints: readonly ("file" | "syslog" | "webhook")[];
  readonly approvers: ReadonlyMap<string, Approver>;
  /** In the order they are written: it decides nothing, explanations keep it. */
  readonly rules: readonly Rule[];
  /** The rules' limits that look at the trail, where that was worked out before (limits.ts, historyNeeded). */
  readonly limitUses?: readonly LimitUse[];
  /** Where it was worked out before (rule-index.ts). */
  readonly index?: RuleIndex;
}
