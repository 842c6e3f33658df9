// What a request is for when it is not simply one scan that is asked for: part of its terms, so every vote and every
// grant is bound to it. Its own file because opening, voting, redeeming and showing all ask it.
import { canonicalJson } from "../canonical-json.ts";
import { formatDuration, time } from "../time.ts";
import type { SessionId } from "../audit/event.ts";
import type { RequestDigest, RequestId, RequestTerms } from "./request.ts";
import { unreachable } from "../result.ts";

export type Purpose =
  /** A scope with a budget: its plan is never run itself, only plans that lie within it, each as a request of its own. */
  | {
      readonly kind: "standing";
      /** At most so many runs; at least 1. */
      readonly runs: number;
      /** Milliseconds since the Unix epoch, UTC. */
      readonly until: number;
      /** Login of who filed it; the requester is who may run under it. */
      readonly filedBy: string;
    }
  /** A scan that runs under a standing approval, whose votes it rests on. */
  | { readonly kind: "under-standing"; readonly standing: RequestId; readonly digest: RequestDigest }
  /** Run at once, past those who would have been asked; a review is owed. */
  | { readonly kind: "break-glass"; readonly skipped: readonly string[] }
  /** More time for a scan that runs: `ttlSeconds` is its box in all. */
  | {
      readonly kind: "extension";
      readonly of: RequestId;
      readonly session: SessionId;
      readonly ttlSeconds: number;
    };

export type PurposeOf<K extends Purpose["kind"]> = Extract<Purpose, { readonly kind: K }>;

type Of = Pick<RequestTerms, "purpose">;

/** The purpose, where it is of this kind. */
export function purposeOf<K extends Purpose["kind"]>({ purpose }: Of, kind: K): PurposeOf<K> | undefined {
  return purpose?.kind === kind ? (purpose as PurposeOf<K>) : undefined;
}

/** Whether people have nothing to answer: it was answered before, or they are skipped. */
export const isAnswered = ({ purpose }: Of): boolean =>
  purpose?.kind === "under-standing" || purpose?.kind === "break-glass";

/** Whether its plan is run when its grant is redeemed. */
export const isScan = ({ purpose }: Of): boolean => purpose?.kind !== "standing" && purpose?.kind !== "extension";

export const samePurpose = (one: Purpose | undefined, other: Purpose | undefined): boolean =>
  canonicalJson(one ?? null) === canonicalJson(other ?? null);

/** In words, for cards and lists; undefined for an ordinary scan. */
export function purposeWords(purpose: Purpose | undefined): string | undefined {
  switch (purpose?.kind) {
    case undefined:
      return undefined;
    case "standing":
      return `standing: up to ${purpose.runs} ${purpose.runs === 1 ? "run" : "runs"} within this until ${time(purpose.until)}, filed by ${purpose.filedBy}`;
    case "under-standing":
      return `under the standing approval ${purpose.standing}`;
    case "break-glass":
      return `break-glass: run without asking ${purpose.skipped.join(", ") || "anybody"}; a review is owed`;
    case "extension":
      return `more time for ${purpose.of}: ${formatDuration(purpose.ttlSeconds)} in all`;
    default:
      return unreachable(purpose);
  }
}

/** What stands first in a card's headline; empty for an ordinary scan and for one under a standing approval. */
export function purposeHeadline(purpose: Purpose | undefined): string {
  switch (purpose?.kind) {
    case undefined:
    case "under-standing":
      return "";
    case "standing":
      return `up to ${purpose.runs} times until ${time(purpose.until).slice(0, 10)}, `;
    case "break-glass":
      return "without asking, ";
    case "extension":
      return "more time, ";
    default:
      return unreachable(purpose);
  }
}
