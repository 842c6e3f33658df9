// What a message says, the same by mail, in a chat and to a service: one line that tells what it is, and what to know
// beside the card. Its text is not escaped: whoever shows it does that.
import { unreachable } from "../result.ts";
import { formatDuration, time } from "../time.ts";
import { cardOfRequest } from "./card-of-request.ts";
import type { Card } from "./card.ts";
import type { Delivery } from "./delivery.ts";
import type { Request } from "./request.ts";

export interface MessageText {
  /** What it is and about what: `Denied: bob: SYN scan on 256 hosts, 20 min`. */
  readonly headline: string;
  /** What to know, a sentence each; empty for a question, which the card explains. */
  readonly sentences: readonly string[];
  readonly card: Card;
}

export function messageText(request: Request, { kind, text }: Pick<Delivery, "kind" | "text">): MessageText {
  const card = cardOfRequest(request);
  const say = (word: string, ...sentences: string[]): MessageText => ({
    headline: word === "" ? card.headline : `${word}: ${card.headline}`,
    sentences,
    card,
  });
  switch (kind) {
    case "question":
      return say("");
    case "reminder":
      return say("Still waiting", `It has to be answered by ${readable(request.answerBy)}.`);
    case "decided":
    case "denied":
    case "ended":
      return say(...stateWords(request));
    case "started":
      return say("Started", `It ends after ${formatDuration(request.obligations.ttlSeconds)} at the latest.`);
    case "alert":
      return say("Not asked", text ?? "");
    case "notice":
      return say("Note", text ?? "");
    default:
      return unreachable(kind);
  }
}

/** `2026-11-22 14:00 UTC`: whoever reads it may be anywhere. */
const readable = (at: number): string =>
  time(at)
    .replace("T", " ")
    .replace(/:\d\d\.\d{3}Z$/, " UTC");

function stateWords(request: Request): [word: string, ...sentences: string[]] {
  const because = "because" in request && request.because !== "" ? [`${capital(request.because)}.`] : [];
  switch (request.state) {
    case "pending":
      return ["Still waiting"];
    case "approved":
      return ["Approved", `${request.requester.name} may start it until ${readable(request.startBy)}.`];
    case "claimed":
    case "running":
      return ["Approved", "It runs."];
    case "denied":
      return ["Denied", `By ${request.by}.`, ...because];
    case "cancelled":
      return ["Taken back", `${request.requester.name} does not want it any more.`];
    case "expired":
      return ["Not answered in time", "Nothing ran."];
    case "lapsed":
      return ["Not started in time", "Its approval is gone; nothing ran."];
    case "finished":
      return ["Finished", ...because];
    case "failed":
      return ["Failed", ...because];
    case "killed":
      return ["Ended by its time box", ...because];
    case "revoked":
      return ["Revoked", ...because];
    default:
      return unreachable(request);
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
