// What helps people to decide on a request, looked up when it is opened or narrowed: the names of its networks, and what
// is new in it. Never on the path of a scan that nobody is asked about.
import type { Background } from "../core/approval/background.ts";
import { earlierOf, newsAgainst, type News, type Unasked } from "../core/approval/news.ts";
import type { Request, RequestTerms } from "../core/approval/request.ts";
import { fromDocument } from "../core/plan/document.ts";
import type { ScanPlan } from "../core/plan/scan-plan.ts";
import { networkShares } from "../core/policy/network-shares.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Effects } from "../effects.ts";
import { unreachable } from "../core/result.ts";

/** What is asked: a request, or one that is about to be opened. */
export type AskedOf = Pick<RequestTerms, "requester" | "planDigest" | "obligations" | "effect" | "purpose"> &
  Partial<Pick<RequestTerms, "id">>;

/** Undefined where nobody decides anything: a scan that policy allows or denies, or that a standing approval covers. */
export async function backgroundOf(
  asked: AskedOf,
  plan: ScanPlan,
  policy: Policy,
  fx: Pick<Effects, "store">,
): Promise<Background | undefined> {
  const { effect, purpose } = asked;
  if (effect === "allow" || effect === "deny" || purpose?.kind === "under-standing") return undefined;
  const networks = networkShares(plan.targets, policy.networks);
  return {
    ...(networks !== undefined && { networks }),
    // More time for what runs is nothing that one would compare with what ran.
    ...(purpose?.kind !== "extension" && { news: await newsOf(asked, plan, fx) }),
  };
}

async function newsOf(asked: AskedOf, plan: ScanPlan, fx: Pick<Effects, "store">): Promise<News> {
  const approved = await fx.store.earlierScans(asked.requester.name, "voted");
  // The requester's own word is enough only for a request that wants no more.
  const isBase = ({ effect, purpose }: Request): boolean =>
    purpose === undefined && (effect === "ask" || (effect === "confirm" && asked.effect === "confirm"));
  const base = latest(approved.requests.filter(isBase), asked, plan);
  if (base.found !== undefined) return newsAgainst(asked, plan, base.found);
  const any = await fx.store.earlierScans(asked.requester.name, "any");
  const other = latest(
    any.requests.filter((request) => unasked(request) !== undefined),
    asked,
    plan,
  );
  const how = other.found === undefined ? undefined : unasked(other.found.request);
  const among = !approved.whole || !base.whole ? "latest" : how !== undefined || !any.whole ? "approved" : "all";
  if (other.found === undefined || how === undefined) return { kind: "first", among };
  return { kind: "first", among, unasked: { ...earlierOf(other.found.request), how } };
}

interface Latest {
  readonly found?: { readonly request: Request; readonly plan: ScanPlan };
  /** False where one could not be read. */
  readonly whole: boolean;
}

/** The first of them that reaches some of the plan's targets. */
function latest(requests: readonly Request[], asked: AskedOf, { targets }: ScanPlan): Latest {
  let whole = true;
  for (const request of requests) {
    if (request.id === asked.id || request.requester.uid !== asked.requester.uid) continue;
    const plan = readable(request);
    if (plan === undefined) whole = false;
    else if (plan.targets.touches(targets)) return { found: { request, plan }, whole };
  }
  return { whole };
}

/** A plan that can't be read any more is none to compare with; that must not keep anybody from asking. */
function readable(request: Request): ScanPlan | undefined {
  try {
    return fromDocument(request.plan);
  } catch {
    return undefined;
  }
}

/** Why nobody was asked about it; undefined where people were, and for what is no scan. */
function unasked({ effect, purpose }: Request): Unasked | undefined {
  switch (purpose?.kind) {
    case "break-glass":
    case "under-standing":
      return purpose.kind;
    case "standing":
    case "extension":
      return undefined;
    case undefined:
      return effect === "allow" ? "allowed" : effect === "confirm" ? "confirmed" : undefined;
    default:
      return unreachable(purpose);
  }
}
