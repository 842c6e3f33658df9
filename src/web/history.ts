// What was asked before, beside the card: by this requester, and of these addresses by others. A look at the newest
// requests, kept a few seconds: it helps to decide and decides nothing.
import { cardView } from "./card-view.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import { fromDocument } from "../core/plan/document.ts";
import type { AddressSet } from "../core/sets/address-set.ts";
import type { Effects } from "../effects.ts";

/** So many of the newest requests of everybody are looked at for the same addresses. */
export const lookedAt = 200;
const shownOwn = 6;
const shownOthers = 4;
const keptMs = 5000;

export interface PastRequest {
  readonly id: RequestId;
  readonly requester: string;
  readonly openedAt: number;
  /** Kind and size, without the name before it. */
  readonly what: string;
  /** Whether it has an address in common with the card's. */
  readonly touches: boolean;
  readonly request: Request;
}

export interface Past {
  readonly own: readonly PastRequest[];
  /** By others, of some of the same addresses. */
  readonly others: readonly PastRequest[];
}

export class History {
  readonly #fx: Pick<Effects, "store" | "clock">;
  #latest: { readonly known: Promise<readonly Known[]>; readonly until: number } | undefined;
  readonly #kept = new Map<RequestId, { readonly past: Promise<Past>; readonly until: number }>();

  constructor(fx: Pick<Effects, "store" | "clock">) {
    this.#fx = fx;
  }

  of(request: Request): Promise<Past> {
    const now = this.#fx.clock.now();
    const known = this.#kept.get(request.id);
    if (known !== undefined && now < known.until) return known.past;
    const past = this.#find(request);
    if (this.#kept.size >= 100) this.#kept.clear();
    this.#kept.set(request.id, { past, until: now + keptMs });
    past.catch(() => this.#kept.delete(request.id));
    return past;
  }

  /** The newest of all, read once for all the cards that are looked at within these seconds. */
  #newest(now: number): Promise<readonly Known[]> {
    if (this.#latest !== undefined && now < this.#latest.until) return this.#latest.known;
    const known = this.#fx.store.listRequests({ limit: lookedAt }).then((requests) => requests.map(knownOf));
    this.#latest = { known, until: now + keptMs };
    known.catch(() => (this.#latest = undefined));
    return known;
  }

  async #find(request: Request): Promise<Past> {
    const { store, clock } = this.#fx;
    const { name } = request.requester;
    const [own, newest] = await Promise.all([
      store.listRequests({ requester: name, limit: shownOwn + 1 }),
      this.#newest(clock.now()),
    ]);
    const { targets } = fromDocument(request.plan);
    const mine = own.map(knownOf);
    const told = ({ request: other, targets: of }: Known): PastRequest => ({
      id: other.id,
      requester: other.requester.name,
      openedAt: other.openedAt,
      what: whatOf(other),
      touches: of.touches(targets),
      request: other,
    });
    const others: PastRequest[] = [];
    for (const other of newest) {
      if (others.length === shownOthers) break;
      if (other.request.requester.name !== name && other.targets.touches(targets)) others.push(told(other));
    }
    const before = mine.filter((other) => other.request.id !== request.id);
    return { own: before.slice(0, shownOwn).map(told), others };
  }
}

interface Known {
  readonly request: Request;
  readonly targets: AddressSet;
}

const knownOf = (request: Request): Known => ({ request, targets: fromDocument(request.plan).targets });

/** The headline without the requester's name. */
export const whatOf = (request: Request): string => cardView(request).headline.slice(request.requester.name.length + 2);
