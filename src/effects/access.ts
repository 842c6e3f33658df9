// The part of effects.ts that only the page asks for: who is let in, and what is counted. Interfaces only, like all of it.
import type { Passkey, SecretHash, SignInLink, Visit } from "../core/approval/access.ts";
import type { RequestState } from "../core/approval/request.ts";

/** What lets voters in at the page (core/approval/access.ts). Every step is a `commit`; these are the reads. */
export interface AccessRecords {
  link(hash: SecretHash): Promise<SignInLink | undefined>;
  /** Notes that a wrong login was typed at a link: it never opens again after `wrongLogins` of them. */
  wrongLogin(hash: SecretHash): Promise<void>;
  /** Whether it still counts is the reader's to say (`validUntil`). */
  visit(hash: SecretHash): Promise<Visit | undefined>;
  passkeys(person: string): Promise<readonly Passkey[]>;
  passkey(id: string): Promise<Passkey | undefined>;
  /** Notes the authenticator's count; false when it did not go on: a copy of it may be in use. */
  passkeyUsed(id: string, counter: number): Promise<boolean>;
}

/** The records as figures. */
export interface StoreFigures {
  readonly requests: readonly { readonly state: RequestState["state"]; readonly count: number }[];
  /** Number of the trail's last event; 0 when there is none. */
  readonly events: number;
  /** `seconds`: how long those that have ended ran, together. */
  readonly sessions: { readonly open: number; readonly ended: number; readonly seconds: number };
  readonly deliveries: readonly { readonly state: string; readonly count: number }[];
}
