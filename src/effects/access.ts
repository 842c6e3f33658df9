// The part of effects.ts that is about letting voters in at the page. Interfaces only, like all of it.
import type { Passkey, SecretHash, SignInLink, Visit } from "../core/approval/access.ts";

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
