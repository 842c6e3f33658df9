// The closed list of what the trail can say, each type with its data. Field names are part of the contract with
// auditors (interface.md, Events): add, never rename.
import type { Background } from "../approval/background.ts";
import type { Proof } from "../approval/proof.ts";
import type { RequestDigest, RequestId } from "../approval/request.ts";
import type { GrantId } from "../grant/grant.ts";
import type { PlanDocument } from "../plan/document.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";
import type { Effect, Obligations, Requester, Requirement, RuleExplanation, VoteStrength } from "../policy/decision.ts";

declare const sessionId: unique symbol;
/** `s` and ten Crockford base-32 characters, lower case. */
export type SessionId = string & { readonly [sessionId]: true };

/** How a session ended, in the words that `show` uses. */
export type SessionEnding =
  | "exited"
  | "time-box"
  | "interrupted"
  | "revoked"
  | "signalled"
  | "lost"
  /** It did what its plan does not say, and policy ends such sessions. */
  | "violation";

/** What holds a session: nothing but its own arguments, an account of its own, or the kernel. */
export type SessionLevel = "advisory" | "separated" | "enforced";

/** What was taken back from a session at its end. */
export interface Revocation {
  /** By name: `grant`, `way out`, `packet rules`, `connections`, `processes`, `control group`, `files`, and the account, `uid N`. */
  readonly revoked: readonly string[];
  /** Processes that had to be ended, those that ended by themselves not among them; absent where nobody counted. */
  readonly processesEnded?: number;
  /** What a look at the machine afterwards still found, in words; absent where the session had nothing of its own. */
  readonly left?: readonly string[];
}

/** Durations in seconds; digests as `sha256:<hex>`. */
export interface EventData {
  readonly "policy.loaded": { readonly digest: string; readonly files: readonly string[] };
  readonly "request.opened": {
    readonly requester: Requester;
    readonly typed: readonly string[];
    readonly cwd: string;
    readonly reason?: string;
    /** The one profile that the line was made of, nothing but targets beside it. */
    readonly profile?: string;
    readonly plan: PlanDocument;
    readonly planDigest: PlanDigest;
    readonly requestDigest: RequestDigest;
  };
  readonly "request.judged": {
    readonly effect: Effect;
    readonly policyDigest: string;
    readonly requires: readonly Requirement[];
    readonly obligations?: Obligations;
    readonly explanation: readonly RuleExplanation[];
    readonly uncovered?: readonly string[];
    /** What people were told beside it. */
    readonly background?: Background;
  };
  readonly "approver.asked": {
    readonly approver: string;
    readonly voters: readonly string[];
    /** A reminder. */
    readonly again?: true;
  };
  readonly "approver.failed": { readonly approver: string; readonly because: string };
  /** Somebody heard of something that wants no answer; `to` where it was one person. */
  readonly "approver.told": { readonly approver: string; readonly of: string; readonly to?: string };
  readonly "vote.cast": {
    readonly voter: string;
    readonly answer: "approve" | "deny" | "confirm";
    readonly strength: VoteStrength;
    readonly via: string;
    readonly version: number;
    readonly requestDigest: RequestDigest;
    readonly reason?: string;
    readonly proof?: Proof;
  };
  /** Somebody answered and it did not count. `because`: the problem's code; `wrong-code` is counted towards five. */
  readonly "vote.refused": {
    readonly voter: string;
    readonly answer: "approve" | "deny" | "confirm";
    readonly via: string;
    readonly because: string;
  };
  /** What is left of it: the whole new plan, and how it is bound. */
  readonly "request.narrowed": {
    readonly version: number;
    readonly by: string;
    readonly requestDigest: RequestDigest;
    readonly plan: PlanDocument;
    readonly planDigest: PlanDigest;
    readonly obligations: Obligations;
    readonly background?: Background;
    /** RFC 3339, both. */
    readonly notBefore?: string;
    readonly notAfter?: string;
  };
  readonly "request.approved": {
    readonly by: readonly string[];
    readonly startBy: string;
    /** The standing approval that it rests on, instead of votes of its own. */
    readonly standing?: RequestId;
  };
  readonly "request.denied": { readonly by: string; readonly because: string };
  readonly "request.cancelled": { readonly because?: string };
  readonly "request.expired": Readonly<Record<string, never>>;
  readonly "grant.issued": {
    readonly grant: GrantId;
    readonly requestDigest: RequestDigest;
    readonly planDigest: PlanDigest;
    readonly ttlSeconds: number;
    readonly notAfter: string;
  };
  readonly "grant.redeemed": { readonly grant: GrantId; readonly session: SessionId };
  readonly "grant.lapsed": { readonly grant: GrantId };
  readonly "grant.revoked": { readonly grant: GrantId; readonly because: string };
  readonly "session.started": {
    readonly session: SessionId;
    readonly grant: GrantId;
    readonly argv: readonly string[];
    readonly ttlSeconds: number;
    /** What really held this session (security.md, three levels). */
    readonly level: SessionLevel;
    readonly privileged: boolean;
  };
  /** The new time box from the session's start. `because`: it is less than was given before, and why. */
  readonly "session.extended": { readonly session: SessionId; readonly ttlSeconds: number; readonly because?: string };
  readonly "session.violation": { readonly session: SessionId; readonly because: string };
  readonly "session.ended": {
    readonly session: SessionId;
    readonly ending: SessionEnding;
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly seconds: number;
  };
  readonly "session.killed": { readonly session: SessionId; readonly because: string };
  readonly "session.swept": { readonly session: SessionId; readonly because: string };
  readonly "credentials.revoked": Revocation & { readonly session: SessionId; readonly grant: GrantId };
  readonly "result.stored": {
    readonly session: SessionId;
    /** SHA-256 of the XML's bytes. */
    readonly sha256: string;
    readonly bytes: number;
    /** False when the XML was cut: what is there was finished before the end. */
    readonly complete: boolean;
    readonly hostsUp: number;
    readonly openPorts: number;
  };
  /** The request is the standing approval's own; `until` RFC 3339. */
  readonly "standing.added": { readonly for: string; readonly runs: number; readonly until: string };
  readonly "standing.ended": { readonly because: string };
  readonly "delegation.set": {
    readonly from: string;
    /** Null: taken back. */
    readonly to: string | null;
    /** RFC 3339: no longer from then on. */
    readonly until?: string;
  };
  readonly "break-glass.used": { readonly reason: string; readonly skipped: readonly string[] };
  readonly "break-glass.reviewed": { readonly by: string; readonly reason?: string };
  readonly "freeze.set": { readonly because: string };
  readonly "freeze.lifted": { readonly because?: string };
  /** Who can sign in at the page by a one-time link that was made, until when; `request` where it shows one. */
  readonly "sign-in.link-made": { readonly person: string; readonly until: string };
  readonly "sign-in.opened": {
    readonly person: string;
    readonly by: "link" | "mail" | "passkey";
    /** The passkey's id, base64url. */
    readonly credential?: string;
  };
  /** `everywhere`: all of the person's visits, and the links that would have opened one. */
  readonly "sign-in.ended": { readonly person: string; readonly everywhere?: true };
  /** `publicKey`: COSE, base64url; with it the votes that it signs can be checked without the store. */
  readonly "passkey.added": { readonly person: string; readonly credential: string; readonly publicKey: string };
  readonly "passkey.removed": { readonly person: string; readonly credential: string };
}

export type EventType = keyof EventData;

/** An event as the program states it; the store gives it its place in the chain. `time` is RFC 3339 UTC with milliseconds. */
export type EventDraft = {
  readonly [T in EventType]: {
    readonly type: T;
    readonly time: string;
    readonly request: RequestId | null;
    /** Login name of who caused it, or `jit-nmap` itself. */
    readonly actor: string;
    readonly data: EventData[T];
  };
}[EventType];

/** `prev` and `hash` are 64 hexadecimal digits; `seq` counts from 1 without gaps. */
export type AuditEvent = EventDraft & { readonly seq: number; readonly prev: string; readonly hash: string };
