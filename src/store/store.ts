// The store: one commit for every kind of change, and the reads. Composes the tables' files; what is compared and in
// which order it is written stands here and nowhere else.
import { dirname } from "node:path";
import type { Change } from "../core/approval/change.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import type { CommitResult, Store } from "../effects.ts";
import { accessRecords, isAccessAsExpected, putAccess } from "./access.ts";
import { append, readEvents, verify } from "./audit-log.ts";
import { Database } from "./database.ts";
import { figures } from "./figures.ts";
import type { DatabaseOptions, Prepare } from "./database.ts";
import {
  claimDeliveries,
  deliveriesOf,
  endDeliveries,
  isClaimed,
  nextDelivery,
  putDeliveries,
  putDeliveryStep,
} from "./deliveries.ts";
import { delegationsSet } from "./delegations.ts";
import { earlierScans } from "./earlier.ts";
import { freezeInForce } from "./freeze.ts";
import { grantOf, isGrantAsExpected, putGrant } from "./grants.ts";
import {
  codeHash,
  isAsExpected,
  knowsPending,
  lastSeq,
  listRequests,
  putRequest,
  putVote,
  requestById,
  requestsByPrefix,
  votesOn,
} from "./requests.ts";
import type { Found } from "./requests.ts";
import { history, overReserved, putReservation } from "./history.ts";
import { putResult, resultOf } from "./results.ts";
import { owedReviews } from "./reviews.ts";
import { openSessions, putSession, sessionsOf } from "./sessions.ts";
import { policyLoaded } from "./policies.ts";
import { overBudget, putStandingRun, standingRuns } from "./standing.ts";
import { WakeListener, wake } from "./wake.ts";

/** The safety net under the knock (performance.md, 8). */
const pollMs = 1000;
/** How long a listener stays when nobody waits. */
const idleMs = 5000;

interface Listening {
  readonly listener: WakeListener;
  readonly listening: Promise<void>;
  readonly idle: NodeJS.Timeout;
}

export interface OpenedStore extends Store {
  /** Ends listening and closes the file. A process that ends anyway need not: nothing is lost, and it is quicker. */
  close(): Promise<void>;
}

/**
 * The store at `path`, an SQLite file in the state directory; nothing is touched before the first call.
 *
 * Every method rejects with a `StoreError` when the trail can't be read or written. Reading a trail whose end was
 * tampered with works, so that `verify` can say where; writing to it does not.
 */
export function openStore(path: string, options: DatabaseOptions = {}): OpenedStore {
  const directory = dirname(path);
  const database = new Database(path, options);
  const listeners = new Map<RequestId, Listening>();
  /** The last event of each request that the caller has been shown: a later one means it moved since. */
  const shown = new Map<RequestId, number>();

  const show = ({ request, lastSeq }: Found): Request => {
    shown.set(request.id, lastSeq);
    return request;
  };

  const rest = (request: RequestId): void => {
    const known = listeners.get(request);
    if (known === undefined) return;
    listeners.delete(request);
    clearTimeout(known.idle);
    void known.listening.then(() => {
      known.listener.close();
    });
  };

  /** Whether something happened between the caller's last look and the first knock that could be heard. */
  const hasMoved = async (request: RequestId): Promise<boolean> => {
    const last = await database.read((statement) => lastSeq(statement, request));
    return last !== undefined && last > (shown.get(request) ?? last);
  };

  /** The listener stays between two waits, so that no knock is missed, and goes when nobody has waited for a while. */
  const listenTo = (request: RequestId): Listening => {
    let known = listeners.get(request);
    if (known === undefined) {
      const listener = new WakeListener();
      const idle = setInterval(() => {
        if (!listener.isUsed) rest(request);
      }, idleMs).unref();
      known = { listener, listening: listener.listen(directory, request, options.asOwner), idle };
      listeners.set(request, known);
    }
    known.idle.refresh();
    return known;
  };

  /** Writes only when there is something: whoever waits looks often, and finds nothing most of the time. */
  const takeDue: OpenedStore["outbox"]["claim"] = async (claim, now, until, request) => {
    const next = await database.read((statement) => nextDelivery(statement, request));
    if (next === undefined || next > now) return [];
    return database.write((statement) => claimDeliveries(statement, { claim, now, until }, request));
  };

  return {
    async commit(change) {
      const outcome = await database.write((statement) => apply(statement, change));
      if (outcome.kind === "lost") return { kind: "lost", current: outcome.current && show(outcome.current) };
      if (outcome.kind !== "committed") return outcome;
      const id = change.request?.next.id;
      if (id !== undefined) {
        // Own steps on a request that is there already are news too: to whoever waits for it in this process.
        const last = outcome.events.at(-1);
        if (last !== undefined && change.request?.expect === "new") shown.set(id, last.seq);
        if (change.request?.expect !== "new") await wake(directory, id, options.asOwner);
      }
      return outcome;
    },

    async findRequest(prefix) {
      const found = await database.read((statement) => requestsByPrefix(statement, prefix));
      const [first] = found;
      if (first === undefined) return { kind: "none" };
      if (found.length > 1) return { kind: "ambiguous", ids: found.map(({ request }) => request.id) };
      return { kind: "found", request: show(first) };
    },

    listRequests: async (filter) => (await database.read((statement) => listRequests(statement, filter))).map(show),
    earlierScans: (requester, which) => database.read((statement) => earlierScans(statement, requester, which)),
    votes: (request) => database.read((statement) => votesOn(statement, request)),
    codeHash: (request) => database.read((statement) => codeHash(statement, request)),
    grant: (request) => database.read((statement) => grantOf(statement, request)),
    history: (need, now, except) => database.read((statement) => history(statement, need, now, except)),
    sessions: (request) => database.read((statement) => sessionsOf(statement, request)),
    freeze: () => database.read(freezeInForce),
    delegations: () => database.read(delegationsSet),
    standingRuns: (standing, now) => database.read((statement) => standingRuns(statement, standing, now)),
    owedReviews: (requester) => database.read((statement) => owedReviews(statement, requester)),
    openSessions: () => database.read(openSessions),
    result: (session) => database.read((statement) => resultOf(statement, session)),
    access: accessRecords(database),
    figures: () => database.read(figures),
    events: (filter) => database.read((statement) => readEvents(statement, filter)),
    outbox: {
      claim: (claim, now, until, request) => takeDue(claim, now, until, request),
      put: (step) =>
        database.write((statement) => {
          if (isClaimed(statement, step)) putDeliveryStep(statement, step);
        }),
      nextAt: (request) => database.read((statement) => nextDelivery(statement, request)),
      of: (request) => database.read((statement) => deliveriesOf(statement, request)),
    },
    verify: (known = []) => database.read((statement) => verify(statement, known)),

    async changed(request, signal, until = Date.now() + pollMs) {
      // The clock may be set meanwhile: forwards `until` is over, backwards nobody waits longer for it than was meant.
      const begun = process.hrtime.bigint();
      const longest = until - Date.now();
      signal.throwIfAborted();
      const { listener, listening } = listenTo(request);
      await listening;
      // Looking whether it moved costs a fraction of reading it: who waits for hours looks once a second.
      while (!signal.aborted && !(await hasMoved(request))) {
        const left = Math.min(until - Date.now(), longest - Number(process.hrtime.bigint() - begun) / 1e6);
        if (left <= 0) break;
        await listenTo(request).listener.knock(Math.min(pollMs, left), signal);
      }
      if (signal.aborted && !listener.isUsed) rest(request);
      signal.throwIfAborted();
    },

    async close() {
      for (const request of [...listeners.keys()]) rest(request);
      await database.close();
    },
  };
}

type Applied =
  | Extract<CommitResult, { kind: "committed" | "over-limit" | "frozen" }>
  | { readonly kind: "lost"; readonly current: Found | undefined };

/** Compares everything first, then writes everything; runs inside one transaction. */
function apply(statement: Prepare, change: Change): Applied {
  const { request, grant } = change;
  if (change.events.length === 0) throw new Error("a change without an event");
  const asExpected =
    (request === undefined || isAsExpected(statement, request.next.id, request.expect)) &&
    (change.knownPending === undefined || knowsPending(statement, request?.next.requester.name, change.knownPending)) &&
    (grant === undefined || isGrantAsExpected(statement, grant)) &&
    (change.access === undefined || isAccessAsExpected(statement, change.access)) &&
    (change.delivery === undefined || isClaimed(statement, change.delivery));
  if (!asExpected) {
    return { kind: "lost", current: request && requestById(statement, request.next.id) };
  }
  if (change.events.some(({ type }) => type === "grant.redeemed" || type === "session.started")) {
    const freeze = freezeInForce(statement);
    if (freeze !== undefined) return { kind: "frozen", freeze };
  }
  if (change.reserve !== undefined && request !== undefined) {
    const because = overReserved(statement, change.reserve, request.next);
    if (because !== undefined) return { kind: "over-limit", because };
  }
  if (change.standing !== undefined) {
    const because = overBudget(statement, change.standing, Date.parse(change.events.at(-1)?.time ?? ""));
    if (because !== undefined) return { kind: "over-limit", because };
  }
  const events = append(statement, [...policyLoaded(statement, change), ...change.events]);
  const seq = events.at(-1)?.seq ?? 0;
  if (request !== undefined) putRequest(statement, request, change.codeHash, seq);
  if (change.vote !== undefined) putVote(statement, change.vote);
  if (grant !== undefined) putGrant(statement, grant);
  if (change.reserve !== undefined) putReservation(statement, change.reserve);
  if (change.standing !== undefined) putStandingRun(statement, change.standing);
  if (change.session !== undefined) putSession(statement, change.session);
  if (change.result !== undefined) putResult(statement, change.result);
  if (change.access !== undefined) putAccess(statement, change.access);
  if (change.delivery !== undefined) putDeliveryStep(statement, change.delivery);
  if (change.deliveries !== undefined) putDeliveries(statement, change.deliveries);
  if (request !== undefined) endDeliveries(statement, request, Date.parse(events.at(-1)?.time ?? ""));
  return { kind: "committed", events };
}
