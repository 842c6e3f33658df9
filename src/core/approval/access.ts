// What lets a voter in at the page: one-time links, visits (a person signed in there) and passkeys. Separate from votes
// because nothing here answers a request; only hashes of secrets ever get this far.
import { hash } from "node:crypto";
import { err, ok, type Problem, type Result } from "../result.ts";
import { time } from "../time.ts";
import type { Change } from "./change.ts";
import { eventOf } from "./transitions.ts";
import type { RequestId } from "./request.ts";
import type { EventDraft } from "../audit/event.ts";

declare const secretHash: unique symbol;
/** 64 hexadecimal digits: what is kept of a secret. */
export type SecretHash = string & { readonly [secretHash]: true };

/** Times here are milliseconds since the Unix epoch, UTC. */
export interface SignInLink {
  readonly hash: SecretHash;
  /** Login of the only person it signs in. */
  readonly person: string;
  /** What it shows before anybody signs in. */
  readonly request?: RequestId;
  readonly validUntil: number;
  /** It was opened by signing in: never again. */
  readonly used: boolean;
  /** How often a login was typed that is not the person's. */
  readonly wrong: number;
}

/** A person signed in at the page. */
export interface Visit {
  readonly hash: SecretHash;
  readonly person: string;
  /** `mail`: by a link that shows a request, which went through somebody's mailbox; `link`: by one from a terminal. */
  readonly by: "link" | "mail" | "passkey";
  readonly openedAt: number;
  readonly validUntil: number;
}

export interface Passkey {
  /** The credential's id, base64url. */
  readonly id: string;
  readonly person: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  /** The authenticator's own count of uses; 0 where it does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly addedAt: number;
}

/** One step of these records; applied with its events or not at all. */
export type AccessStep =
  | { readonly kind: "link-made"; readonly link: SignInLink }
  /** `link` is used up by it; lost when it was used or closed already. */
  | { readonly kind: "visit-opened"; readonly visit: Visit; readonly link?: SecretHash }
  | { readonly kind: "visit-ended"; readonly visit: SecretHash }
  /** Every visit of a person, and every link that would open one. */
  | { readonly kind: "visits-ended"; readonly person: string }
  | { readonly kind: "passkey-added"; readonly passkey: Passkey }
  | { readonly kind: "passkey-removed"; readonly id: string; readonly person: string };

/** Random bytes of a secret: 256 bits. */
export const secretBytes = 32;
/** How often a link takes a login that is not its person's before it is closed. */
export const wrongLogins = 5;
const visitMs = 12 * 3_600_000;
/** A link for somebody who sits before the screen that shows it. */
export const linkMs = 10 * 60_000;
/** No link that waits in a mailbox lives longer, whatever its request. */
const longestLinkMs = 24 * 3_600_000;

/** What is kept of a secret. A search is hopeless at 256 bits, so one plain hash is enough. */
export function hashSecret(secret: string): SecretHash {
  return hash("sha256", `jit-nmap/page/v1\0${secret}`) as SecretHash;
}

type Made<T> = { readonly change: Change; readonly record: T };

/**
 * A link for one person.
 *
 * @param about  the request that it shows, and until when that can be answered; without one it lives for `linkMs`.
 */
export function makeLink(
  given: { readonly secret: string; readonly person: string; readonly by: string },
  about: { readonly id: RequestId; readonly answerBy: number } | undefined,
  now: number,
): Made<SignInLink> {
  const { person, by, secret } = given;
  const validUntil = about === undefined ? now + linkMs : Math.min(about.answerBy, now + longestLinkMs);
  const record: SignInLink = {
    hash: hashSecret(secret),
    person,
    ...(about !== undefined && { request: about.id }),
    validUntil,
    used: false,
    wrong: 0,
  };
  const data = { person, until: time(validUntil) };
  const made =
    about === undefined
      ? ({ type: "sign-in.link-made", time: time(now), request: null, actor: by, data } satisfies EventDraft)
      : eventOf(about, now, by, "sign-in.link-made", data);
  return { record, change: { access: { kind: "link-made", link: record }, events: [made] } };
}

export type LinkProblem = Problem<"link-unknown" | "link-used" | "link-over" | "link-closed">;

/** Whether a link still opens; the words say no more than its holder may know. */
export function usable(link: SignInLink | undefined, now: number): Result<SignInLink, LinkProblem> {
  if (link === undefined) return err({ code: "link-unknown", message: "This link is not one of ours." });
  if (link.used) return err({ code: "link-used", message: "This link was used already; it opens once." });
  if (link.wrong >= wrongLogins) return err({ code: "link-closed", message: "This link was closed: wrong logins." });
  if (now >= link.validUntil) return err({ code: "link-over", message: "This link is over." });
  return ok(link);
}

/** Whether this visit proves only that somebody has a mail: not enough to make keys, nor for more than the mail's vote. */
export const isByMail = ({ by }: Pick<Visit, "by">): boolean => by === "mail";

/** Signs a person in: by a link, which is used up with it, or by a passkey. */
export function openVisit(
  person: string,
  by: { readonly link: SignInLink } | { readonly passkey: string },
  secret: string,
  now: number,
): Made<Visit> {
  const how = "passkey" in by ? "passkey" : by.link.request === undefined ? "link" : "mail";
  const record: Visit = { hash: hashSecret(secret), person, by: how, openedAt: now, validUntil: now + visitMs };
  const data = { person, by: how, ...("passkey" in by && { credential: by.passkey }) } as const;
  return {
    record,
    change: {
      access: { kind: "visit-opened", visit: record, ...("link" in by && { link: by.link.hash }) },
      events: [{ type: "sign-in.opened", time: time(now), request: null, actor: person, data }],
    },
  };
}

export function endVisit({ hash: visit, person }: Visit, now: number): Change {
  return {
    access: { kind: "visit-ended", visit },
    events: [{ type: "sign-in.ended", time: time(now), request: null, actor: person, data: { person } }],
  };
}

/** Signs a person out everywhere; links that wait in a mailbox open no more either. */
export function endEveryVisit(person: string, by: string, now: number): Change {
  const data = { person, everywhere: true } as const;
  return {
    access: { kind: "visits-ended", person },
    events: [{ type: "sign-in.ended", time: time(now), request: null, actor: by, data }],
  };
}

/** Keeps a passkey. Its public part is in the trail too: what it signs can be checked without the store. */
export function addPasskey(passkey: Passkey, now: number): Change {
  const { id, person, publicKey } = passkey;
  return {
    access: { kind: "passkey-added", passkey },
    events: [
      {
        type: "passkey.added",
        time: time(now),
        request: null,
        actor: person,
        data: { person, credential: id, publicKey },
      },
    ],
  };
}

export function removePasskey({ id, person }: Pick<Passkey, "id" | "person">, by: string, now: number): Change {
  const data = { person, credential: id };
  return {
    access: { kind: "passkey-removed", id, person },
    events: [{ type: "passkey.removed", time: time(now), request: null, actor: by, data }],
  };
}
