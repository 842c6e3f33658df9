// From a stored request to its card: the one place where its plan's document becomes a plan again to be shown. Separate
// from card.ts, which makes a card of parts and reads no document.
import { commandOf } from "../plan/command-of.ts";
import { fingerprintOf } from "../plan/digest.ts";
import { fromDocument, type PlanDocument } from "../plan/document.ts";
import type { PlanDigest } from "../plan/scan-plan.ts";
import { cardOf, type Card, type CardPlan } from "./card.ts";
import type { Request } from "./request.ts";

/** The card of a stored request. Throws when the document was damaged. */
export function cardOfRequest(request: Request): Card {
  return cardOf(request, cardPlan(request.plan, request.planDigest));
}

export function cardPlan(document: PlanDocument, digest: PlanDigest): CardPlan {
  const plan = fromDocument(document);
  return { plan, fingerprint: fingerprintOf(digest), command: ["nmap", ...commandOf(plan)] };
}
