// What waits, runs and has just ended, at one moment. Reading only: nothing is settled or swept by looking.
import { extendedTo } from "../core/approval/extend.ts";
import { frozenWords } from "../core/approval/freeze.ts";
import type { Request } from "../core/approval/request.ts";
import type { SessionRecord } from "../core/grant/session-record.ts";
import type { Progress } from "../core/results/progress.ts";
import type { Clock, Runner, Store } from "../effects.ts";

/** The outside that looking needs. */
export interface Looked {
  readonly clock: Clock;
  readonly store: Pick<Store, "events" | "figures" | "freeze" | "listRequests" | "sessions">;
  readonly runner: Pick<Runner, "progress">;
  /** Asked anew each time that the records are read: which requests the one who looks may see. */
  readonly sight: () => (request: Request) => Promise<boolean>;
}

export interface Row {
  readonly request: Request;
  /** The one that runs. */
  readonly session?: SessionRecord;
  /** When the answer, the start or the end is due: milliseconds since the Unix epoch. */
  readonly until?: number;
  /** How often it was noted that the kernel refused packets to it; absent where never. */
  readonly violations?: number;
  /** Of a session of this account; others keep their files to themselves. */
  readonly progress?: Progress;
}

export interface Snapshot {
  /** Milliseconds since the Unix epoch, UTC. */
  readonly at: number;
  /** The number of the last event that was read: what stands on record is the same until the next. */
  readonly seq: number;
  /** Why nothing starts, in words; not escaped. */
  readonly frozen?: string;
  /** What runs, what waits, what is approved; each the oldest first. Then what has ended, the latest first. */
  readonly rows: readonly Row[];
}

/** How many of those that have ended are shown. */
const ENDED_SHOWN = 5;
const open = ["running", "claimed", "pending", "approved"] as const;

/**
 * The state of things now.
 *
 * @param before  the last one: what is on record is read again only when something was added to the trail since.
 */
export async function snapshot({ store, runner, clock, sight }: Looked, before?: Snapshot): Promise<Snapshot> {
  const at = clock.now();
  const isKnown = before !== undefined && (await store.events({ from: before.seq + 1, limit: 1 })).length === 0;
  const recorded = isKnown ? before : await read(store, sight());
  const rows = await Promise.all(
    recorded.rows.map(async (row): Promise<Row> => {
      if (row.session === undefined) return row;
      const { request, session, until, violations } = row;
      const progress = await runner.progress(session.id);
      const refused = violations === undefined ? {} : { violations };
      return {
        request,
        session,
        ...refused,
        ...(until !== undefined && { until }),
        ...(progress !== undefined && { progress }),
      };
    }),
  );
  return { ...recorded, at, rows: rows.filter((row) => !isOver(row, at)) };
}

/** What nobody answered or started in time is over, also before somebody notes it. */
function isOver({ request, until }: Row, now: number): boolean {
  return (request.state === "pending" || request.state === "approved") && until !== undefined && until <= now;
}

async function read(store: Looked["store"], maySee: ReturnType<Looked["sight"]>): Promise<Omit<Snapshot, "at">> {
  // The number first: what comes meanwhile is read twice rather than never.
  const { events: seq } = await store.figures();
  const [freeze, latest, ...lists] = await Promise.all([
    store.freeze(),
    store.listRequests({ limit: 50 }),
    ...open.map((state) => store.listRequests({ state })),
  ]);
  const seen = async (list: readonly Request[]): Promise<Request[]> => {
    const may = await Promise.all(list.map(maySee));
    return list.filter((_, at) => may[at]);
  };
  const live = (await Promise.all(lists.map(seen))).flatMap((list) => list.sort((a, b) => a.openedAt - b.openedAt));
  const ended = (await seen(latest))
    .flatMap((request) => ("endedAt" in request ? [request] : []))
    .sort((a, b) => b.endedAt - a.endedAt)
    .slice(0, ENDED_SHOWN);
  const rows = await Promise.all([...live, ...ended].map((request) => rowOf(request, store)));
  return { seq, rows, ...(freeze !== undefined && { frozen: frozenWords(freeze) }) };
}

async function rowOf(request: Request, store: Looked["store"]): Promise<Row> {
  if (request.state === "pending") return { request, until: request.answerBy };
  if (request.state === "approved") return { request, until: request.startBy };
  if (request.state !== "running") return { request };
  const session = (await store.sessions(request.id)).find(({ end }) => end === undefined);
  if (session === undefined) return { request };
  const events = await store.events({ request: request.id });
  const ttlSeconds = extendedTo(session.id, events) ?? session.ttlSeconds;
  const violations = events.filter(({ type }) => type === "session.violation").length;
  return {
    request,
    session,
    until: session.startedAt + ttlSeconds * 1000,
    ...(violations > 0 && { violations }),
  };
}
