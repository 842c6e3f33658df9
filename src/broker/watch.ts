// What others may do to a scan that runs: revoke its grant, freeze everything, give it more time. The program that runs
// the scan looks for it and acts; here, because the runner knows no trail.
import { frozenWords } from "../core/approval/freeze.ts";
import { extend as extendStep, extendedTo } from "../core/approval/extend.ts";
import { itself } from "../core/approval/transitions.ts";
import { formatDuration } from "../core/time.ts";
import type { Effects, RunningSession, Stops } from "../effects.ts";
import type { Run } from "./runs.ts";

/** A scan that is over sooner than this is not worth listening for: what happened meanwhile is seen at the first look. */
const firstLookMs = 200;
/** A freeze moves no request, so nobody knocks for it where its own revocations did not get through. */
const lookEveryMs = 1000;
/** So many looks in a row that failed: nobody can say any more that it may go on. */
const patience = 10;

/** Ends the session when its grant is revoked or everything is frozen, and moves its time box when it was made longer. */
export function watchOver(run: Run, fx: Watching): Stops {
  return (session) => {
    const over = new AbortController();
    const begin = setTimeout(() => void watch(run, session, over.signal, fx), firstLookMs);
    return () => {
      clearTimeout(begin);
      over.abort();
    };
  };
}

type Watching = Pick<Effects, "store" | "clock" | "runner">;
type Watched = Pick<RunningSession, "stop" | "extend">;

async function watch(run: Run, session: Watched, signal: AbortSignal, fx: Watching): Promise<void> {
  const { id } = run.request;
  let failures = 0;
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      // Read first: from here on a step of the request wakes us.
      await fx.store.findRequest(id);
      const because = await endedBecause(run, fx);
      if (because !== undefined) {
        run.endedBecause = because;
        session.stop("promptly", "revoked");
        return;
      }
      const ttlSeconds = await boxGiven(run, fx);
      if (ttlSeconds !== undefined && ttlSeconds > (run.ttlSeconds ?? run.order.ttlSeconds)) {
        run.ttlSeconds = ttlSeconds;
        session.extend(ttlSeconds);
      }
      failures = 0;
      await untilMoved(id, signal, fx);
    } catch {
      if (isOver()) return;
      failures += 1;
      if (failures >= patience) {
        session.stop("promptly", "lost");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs).unref());
    }
  }
}

/** The longer box that was given to its session, in seconds; what is above this machine's ceiling is taken off on record. */
async function boxGiven({ order, request }: Run, fx: Watching): Promise<number | undefined> {
  const given = extendedTo(order.session, await fx.store.events({ request: request.id }));
  if (given === undefined) return undefined;
  const { longestSeconds: longest } = await fx.runner.level();
  if (given <= longest) return given;
  const found = await fx.store.findRequest(request.id);
  if (found.kind !== "found" || found.request.state !== "running") return undefined;
  const because = `no session lasts longer than ${formatDuration(longest)} on this machine`;
  const cut = extendStep(found.request, order.session, longest, itself, fx.clock.now(), because);
  // Somebody else moved the request first: it is looked at again at once.
  return (await fx.store.commit(cut)).kind === "committed" ? longest : undefined;
}

/** Until the request moves. Without that only the freeze is looked at, once a second: it costs next to nothing. */
async function untilMoved(
  id: Run["request"]["id"],
  signal: AbortSignal,
  { store, clock }: Pick<Effects, "store" | "clock">,
): Promise<void> {
  for (;;) {
    const until = clock.now() + lookEveryMs;
    await store.changed(id, signal, until);
    if (clock.now() < until || (await store.freeze()) !== undefined) return;
  }
}

/** Who ended it and why; undefined while it may go on. */
async function endedBecause({ request, order }: Run, fx: Pick<Effects, "store">): Promise<string | undefined> {
  const held = await fx.store.grant(request.id);
  if (held?.state === "revoked") {
    const events = await fx.store.events({ request: request.id });
    const revoked = events.findLast((event) => event.type === "grant.revoked" && event.data.grant === order.grant.id);
    return revoked?.type === "grant.revoked" ? `by ${revoked.actor}: ${revoked.data.because}` : "by somebody";
  }
  const freeze = await fx.store.freeze();
  return freeze && frozenWords(freeze);
}
