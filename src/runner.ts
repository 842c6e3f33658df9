// The runner: takes one order, checks it against its ceiling, renders nmap's command itself, and starts nothing that
// the broker has not put on disk first. It knows no policy and opens no database.
import type { SessionId, SessionLevel } from "./core/audit/event.ts";
import { aboveCeiling, longestBox } from "./core/confinement/ceiling.ts";
import { confine, type Terms } from "./core/confinement/confinement.ts";
import { digestOfDocument } from "./core/plan/digest.ts";
import { fromDocument, hasOurEnvironment, type PlanDocument } from "./core/plan/document.ts";
import { environment, renderArgv } from "./core/plan/render.ts";
import type { PlanDigest, ScanPlan } from "./core/plan/scan-plan.ts";
import { targetsFile } from "./core/plan/target-words.ts";
import { err, ok, type Problem, type Result } from "./core/result.ts";
import { literalOutputName } from "./core/results/output-name.ts";
import type {
  Acknowledge,
  Ended,
  Launch,
  Runner,
  RunningSession,
  SessionHost,
  StagedSession,
  Stops,
} from "./effects.ts";
import type { Order } from "./messages.ts";

/** The runner of this process: in personal use, and inside the program apart. */
export function runHere(host: SessionHost): Runner {
  const ready = new Map<SessionId, Standby>();
  return {
    async level() {
      const held = await host.level();
      return { ...held, longestSeconds: longestBox(held.ceiling) };
    },
    expect: () => undefined,
    endElsewhere: () => Promise.resolve(false),
    async standBy(session, plan, terms) {
      const made = await standBy(session, plan, terms, host);
      if (!made.ok) return made;
      ready.set(session, made.value);
      return ok(session);
    },
    async standDown(session) {
      const standby = ready.get(session);
      ready.delete(session);
      await standDown(standby, host);
    },
    execute: (order, acknowledge, stops, meanwhile) =>
      execute(order, acknowledge, stops, host, meanwhile, ready.get(order.session)),
    tell: (argv, env) => host.tell(argv, env),
    read: (session, file) => host.read(session, file),
    progress: (session) => host.progress(session),
    discard: (session) => host.discard(session),
    sweep: (session) => host.sweep(session),
    abandoned: () => host.abandoned(),
  };
}

/** A session that waits for its grant: a shell at the gate and its guard. Nothing of nmap runs. */
export interface Standby {
  readonly session: SessionId;
  readonly planDigest: PlanDigest;
  readonly terms: Terms;
  readonly argv: readonly string[];
  /** What will hold it. */
  readonly level: SessionLevel;
  readonly staged: StagedSession;
  /** An order has taken it: whoever made it has nothing left to undo. */
  taken: boolean;
}

/** Makes a session ready for a plan: for an order at once, or in the time that people take to answer. */
export async function standBy(
  session: SessionId,
  document: PlanDocument,
  terms: Terms,
  host: SessionHost,
): Promise<Result<Standby, Problem>> {
  try {
    return await getReady(session, document, terms, host);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // What the file system would not do (a full /run) is said and recorded at once; anything else is a defect.
    if (!/^E[A-Z0-9]+$/.test(code)) throw error;
    await host.discard(session).catch(() => undefined);
    return err({ code: "session-io", message: `The session's private files can't be written (${code}).` });
  }
}

async function getReady(
  session: SessionId,
  document: PlanDocument,
  terms: Terms,
  host: SessionHost,
): Promise<Result<Standby, Problem>> {
  if (!hasOurEnvironment(document)) {
    const message = "the environment that nmap is given is not the one that was approved";
    return err({ code: "environment-changed", message, hint: "ask again" });
  }
  const plan = fromDocument(document);
  const { level } = await host.level();
  const data = plan.nmap.data === undefined ? undefined : await host.data(plan.nmap.data, plan.nmap.path);
  if (data?.ok === false) return data;
  const files = await host.prepare(session);
  const confinement = confine(plan, terms);
  // Where nmap has a hosts file of its own, it is given the names that were typed: it finds the pinned addresses there.
  const named = level === "enforced" ? { hosts: confinement.hosts } : {};
  const scripts = plan.ownScripts === undefined ? undefined : await host.putScripts(session, plan.ownScripts);
  if (scripts?.ok === false) {
    await host.discard(session);
    return scripts;
  }
  // nmap expands `%` in the names of its output files, also in the folders before them.
  const argv = renderArgv(plan, {
    xml: literalOutputName(files.xml),
    normal: literalOutputName(files.normal),
    grepable: literalOutputName(files.grepable),
    targets: files.targets,
    ...(scripts === undefined ? {} : { scripts: scripts.value }),
    ...(data === undefined ? {} : { data: data.value }),
    ...named,
  });
  const targets = targetsFile(plan, named);
  if (targets !== undefined) await host.putTargets(session, targets);
  const staged = await host.stage({
    session,
    argv,
    env: environment(),
    stdout: stdoutOf(plan),
    confinement,
    ...(plan.nmap.data === undefined ? {} : { dataHash: plan.nmap.data.hash }),
  });
  if (!staged.ok) {
    await host.discard(session);
    return staged;
  }
  const planDigest = digestOfDocument(document);
  return ok({ session, planDigest, terms, argv, level, staged: staged.value, taken: false });
}

/** Undoes a standby that no order has taken. */
async function standDown(standby: Standby | undefined, host: SessionHost): Promise<void> {
  if (standby === undefined || standby.taken) return;
  standby.taken = true;
  await standby.staged.drop();
  await host.discard(standby.session);
}

/**
 * Runs one order to its end, or not at all where the broker refuses its start. Resolves when nmap and everything of its
 * session are gone and the trail says so.
 *
 * @param meanwhile  called once nmap runs: what is needed after its end can be loaded in its time.
 * @param standby  what was made ready beforehand; used where it is for this session and plan, and looked at again.
 */
async function execute(
  order: Order,
  acknowledge: Acknowledge,
  stops: Stops,
  host: SessionHost,
  meanwhile: () => void,
  standby?: Standby,
): Promise<Ended> {
  const { session } = order;
  const failed = async (code: string, message: string): Promise<Ended> => {
    const report: Ended = { kind: "failed", session, problem: { code, message } };
    await acknowledge(report);
    // Only now: what a crash leaves without a record of its end must be found again.
    await host.discard(session);
    return report;
  };
  if (digestOfDocument(order.plan) !== order.grant.planDigest) {
    return failed("plan-changed", "the plan is not the one that the grant was issued for");
  }
  const ttlSeconds = Math.min(order.ttlSeconds, order.grant.ttlSeconds);
  // No order may ask for more than a week, whatever policy says.
  const longestOfAll = longestBox(undefined);
  if (!(ttlSeconds >= 1 && ttlSeconds <= longestOfAll)) {
    return failed("ttl-above-ceiling", `a time box of ${ttlSeconds} s is outside 1 s to ${longestOfAll} s`);
  }
  const plan = fromDocument(order.plan);
  const { ceiling: machines = {} } = await host.level();
  const above = aboveCeiling(plan, confine(plan, order.terms).reach, ttlSeconds, machines);
  if (above !== undefined) return failed(above.code, above.message);
  const ready = await readyFor(order, standby, host);
  if (!ready.ok) return failed(ready.error.code, ready.error.message);
  const { argv, level, staged } = ready.value;
  const drop = async (): Promise<void> => {
    await staged.drop();
    await host.discard(session);
  };
  try {
    const { privileged } = plan;
    if ((await acknowledge({ kind: "starting", session, argv, privileged, level })) === "refused") {
      await drop();
      return { kind: "failed", session, problem: { code: "not-permitted", message: "it may not start any more" } };
    }
  } catch (cause) {
    await drop();
    throw cause;
  }
  let onRecord = Promise.resolve();
  const held: { running?: RunningSession } = {};
  // What is refused is on disk as it is seen; a scan of which that can't be said any more does not go on.
  const note = async (violations: readonly string[]): Promise<void> => {
    const noted = await acknowledge({ kind: "violating", session, violations }).catch(() => "refused" as const);
    if (noted === "refused") held.running?.stop("promptly", "lost");
  };
  const started = await staged.open(ttlSeconds, (violations) => {
    onRecord = onRecord.then(() => note(violations));
  });
  if (!started.ok) return failed(started.error.code, started.error.message);
  held.running = started.value;
  meanwhile();
  const longest = longestBox(machines);
  const unsubscribe = stops({
    stop: (how, ending) => {
      started.value.stop(how, ending);
    },
    // More time is part of the order: it is held to the same ceiling.
    extend: (seconds) => {
      started.value.extend(Math.min(seconds, longest));
    },
  });
  const end = await started.value.ended;
  unsubscribe();
  await onRecord;
  const xml = await resultOf(session, host);
  const report: Ended = {
    kind: "ended",
    session,
    ...end,
    xml: xml ?? new Uint8Array(),
    violations: [...(end.violations ?? []), ...(xml === undefined ? ["the result is not a plain file of nmap's"] : [])],
    revocation: { ...end.revocation, revoked: ["grant", ...(end.revocation?.revoked ?? ["processes"])] },
  };
  await acknowledge(report);
  return report;
}

/** nmap's XML; undefined where something else stands in its place, which a script can bring about. */
function resultOf(session: SessionId, host: SessionHost): Promise<Uint8Array | undefined> {
  return host.read(session, "xml").catch(() => undefined);
}

/** The standby, when it is what the order wants and all of it is as it was; else a new one. */
async function readyFor(
  { plan, session, grant, terms }: Order,
  standby: Standby | undefined,
  host: SessionHost,
): Promise<Result<Standby, Problem>> {
  if (
    standby?.session === session &&
    standby.planDigest === grant.planDigest &&
    JSON.stringify(standby.terms) === JSON.stringify(terms) &&
    standby.staged.stands()
  ) {
    const { data, path } = plan.nmap;
    const checked = data === undefined ? undefined : await host.data(data, path);
    if (checked?.ok === false) return checked;
    standby.taken = true;
    return ok(standby);
  }
  await standDown(standby, host);
  const made = await standBy(session, plan, terms, host);
  if (made.ok) made.value.taken = true;
  return made;
}

function stdoutOf(plan: ScanPlan): Launch["stdout"] {
  return plan.outputs.some((output) => output.format === "xml" && output.path === "-") ? "tee" : "inherit";
}
