// The front: speaks with the requester, with the requester's rights. It asks, shows, waits and hands over files; it
// decides nothing.
import { cancel, note, outcomeOf, settle } from "./broker/requests.ts";
import type { Run } from "./broker/runs.ts";
import { castVote, votersOf } from "./broker/votes.ts";
import { reasonProblem } from "./core/approval/reason.ts";
import type { Request } from "./core/approval/request.ts";
import { isToBeConfirmed } from "./core/approval/tally.ts";
import { fromDocument } from "./core/plan/document.ts";
import { inputsNamed, type InputFile } from "./core/plan/input-files.ts";
import { expandOutputName } from "./core/results/output-name.ts";
import { expectedDuration, formatDuration } from "./core/time.ts";
import type { Effects, OutputFiles, Person, SessionFiles, SessionHost } from "./effects.ts";
import type { Judged, Opened, Order, Outcome, Refusal, ScanAsk } from "./messages.ts";
import type { Ended, Stops } from "./runner.ts";

/** The files that the line names, read once: from here on only what was in them counts. */
export async function readInputs(ask: ScanAsk, fx: Pick<Effects, "inputs">): Promise<ScanAsk | Refusal> {
  const named = inputsNamed(ask.words);
  if (named.length === 0) return ask;
  const files: InputFile[] = [];
  for (const { option, path } of named) {
    const bytes = await fx.inputs.read(path === "-" ? path : from(ask.cwd, path));
    if (!bytes.ok) return { kind: "not-understood", problem: bytes.error };
    files.push({ option, path, bytes: bytes.value });
  }
  return { ...ask, files };
}

/** Before anything is filed: the output files can be written, and the reason that the rules want is there. */
export async function prepare(judged: Judged, fx: Effects): Promise<Judged | Refusal> {
  const checked: string[] = [];
  for (const output of fromDocument(judged.plan).outputs) {
    if (output.path === "-") continue;
    // A name with the time in it may be another one by the time nmap starts; its directory is the same.
    const path = from(judged.ask.cwd, expandOutputName(output.path, new Date(fx.clock.now())));
    const problem = await fx.outputs.check(path, checked);
    if (problem) return { kind: "not-understood", problem };
    checked.push(path);
  }
  for (const requirement of judged.decision.requires) {
    if ("confirm" in requirement || requirement.reason === undefined) continue;
    const wanted = requirement.reason;
    const given = judged.ask.reason ?? (await fx.person.askReason(wanted));
    const message = reasonProblem(given, wanted);
    if (message !== undefined) {
      const hint = "say why with --jit-reason TEXT";
      return { kind: "not-understood", problem: { code: "reason-missing", message, hint } };
    }
    judged = { ...judged, ask: { ...judged.ask, ...(given === undefined ? {} : { reason: given }) } };
  }
  return judged;
}

/** A relative path is one of the directory where the scan was asked for. */
const from = (cwd: string, path: string): string => (path.startsWith("/") ? path : `${cwd}/${path}`);

/** How patient the caller is (pipeline.ts, Manner). */
interface Patience {
  readonly waitSeconds?: number;
}

/** Whether anybody is there to wait for an answer: at a terminal, or because that was asked for. */
export const waits = ({ request }: Opened, { waitSeconds }: Patience, fx: Pick<Effects, "person">): boolean =>
  request.state === "pending" && (fx.person.present || Boolean(waitSeconds));

/**
 * Waits until the request is approved (`opened`) or over. The people are asked through every approver that the rules
 * name; the first answers that suffice count, through whichever door they came.
 */
export async function awaitAnswer(opened: Opened, patience: Patience, fx: Effects): Promise<Opened | Outcome> {
  const { request } = opened;
  if (request.state !== "pending") return outcomeOf(request) ?? { ...opened, request };
  if (!waits(opened, patience, fx)) return { kind: "waiting", request, because: "no-terminal" };

  const over = new AbortController();
  let left: "cancelled" | "hang-up" | undefined;
  const unsubscribe = fx.person.onSignal((signal) => {
    left = signal === "interrupt" ? "cancelled" : "hang-up";
    over.abort();
  });
  try {
    const confirmed = await confirmIfNeeded(request, over.signal, fx);
    if (confirmed !== "go-on") return confirmed ?? (await leave(request, left, fx));
    const until = patience.waitSeconds === undefined ? request.answerBy : fx.clock.now() + patience.waitSeconds * 1000;
    const current = await settle(request.id, fx);
    if (current.state !== "pending") return outcomeOf(current) ?? { ...opened, request: current };
    const { createCarrier } = await import("./broker/outbox.ts");
    const carrier = createCarrier(request.id, over.signal, fx);
    if (patience.waitSeconds !== 0) await askEverybody(current, until, over.signal, fx);
    for (;;) {
      const now = await settle(request.id, fx);
      if (now.state !== "pending") return outcomeOf(now) ?? { ...opened, request: now };
      if (over.signal.aborted) return await leave(now, left, fx);
      if (fx.clock.now() >= until) return { kind: "waiting", request: now, because: "not-yet" };
      const next = Math.min(until, now.answerBy, await carrier.turn());
      await fx.store.changed(request.id, over.signal, next).catch((cause: unknown) => {
        if (!over.signal.aborted) throw cause;
      });
    }
  } finally {
    unsubscribe();
    over.abort();
  }
}

async function leave(request: Request, left: "cancelled" | "hang-up" | undefined, fx: Effects): Promise<Outcome> {
  // A closed terminal is not a person's word: the request stays and can still be answered and run.
  if (left !== "cancelled") return { kind: "waiting", request, because: "hang-up" };
  return cancel(request.id, request.requester, fx);
}

/** The typed confirmation comes before anybody else is asked (policy.md, small print). */
async function confirmIfNeeded(
  request: Request,
  signal: AbortSignal,
  fx: Effects,
): Promise<Outcome | "go-on" | undefined> {
  if (
    !isToBeConfirmed(request) ||
    (await fx.store.votes(request.id)).some((vote) => vote.answer === "confirm" && vote.version === request.version)
  ) {
    return "go-on";
  }
  if (!fx.person.present) return { kind: "waiting", request, because: "no-terminal" };
  const typed = await fx.person.confirm(request, signal);
  if (typed === undefined) return undefined;
  if (!typed) return cancel(request.id, request.requester, fx);
  const { id, digest, requester } = request;
  const via = "prompt";
  await castVote({ request: id, digest, voter: requester.name, answer: "confirm", strength: "asserted", via }, fx);
  return "go-on";
}

async function askEverybody(request: Request, until: number, signal: AbortSignal, fx: Effects): Promise<void> {
  const voters = await votersOf(request, fx);
  // The confirm code is not shown: every way to vote of this version proves as much as it would.
  if (fx.person.present) fx.person.showWaiting({ request, voters, until }, signal);
  const policy = await fx.policy.load();
  if (!policy.ok) {
    fx.person.say("error", "the policy can't be read any more, so nobody is asked here: jit-nmap policy check");
    return;
  }
  const named = request.requires.flatMap((requirement) => ("via" in requirement ? requirement.via : []));
  for (const name of new Set(named)) {
    const named = policy.value.approvers.get(name);
    // Everybody else is asked by the outbox.
    if (named !== undefined && named.type !== "prompt") continue;
    const found = named === undefined ? undefined : await fx.approver(named);
    if (found?.ok !== true || (found.value.type === "prompt" && !fx.person.present)) {
      const because = found?.ok === false ? found.error.message : "not available here";
      await note(request, { type: "approver.failed", data: { approver: name, because } }, fx);
      continue;
    }
    const approver = found.value;
    await note(request, { type: "approver.asked", data: { approver: name, voters } }, fx);
    void approver.ask({ request, voters, name, policy: policy.value }, signal).then(
      async ({ answers }) => {
        for (const answer of answers) {
          const counted = await castVote({ request: request.id, digest: request.digest, via: name, ...answer }, fx);
          if ("problem" in counted) fx.person.say("error", counted.problem.message);
        }
      },
      async (cause: unknown) => {
        if (signal.aborted) return;
        const because = cause instanceof Error ? cause.message : String(cause);
        await note(request, { type: "approver.failed", data: { approver: name, because } }, fx);
        fx.person.say("error", `${name} could not be asked: ${because}`);
      },
    );
  }
}

/** Sends what is to be told of a scan while it runs: who was asked hears how it was decided, others that it began. */
export async function tellMeanwhile(request: Request, fx: Effects): Promise<{ end(): Promise<void> }> {
  const { carryMeanwhile } = await import("./broker/outbox.ts");
  return carryMeanwhile(request, fx);
}

/** Ctrl-C once ends nmap gently, twice at once; a closed terminal or SIGTERM ends it at once. */
export function stopsFrom(person: Person): Stops {
  return (session) => {
    let interrupts = 0;
    return person.onSignal((signal) => {
      if (signal === "interrupt") interrupts++;
      session.stop(signal === "interrupt" && interrupts === 1 ? "gently" : "now", "interrupted");
    });
  };
}

/**
 * Tells the person at the keyboard about the run while it lasts; before it, whether its time box may be too short.
 *
 * @param stops  hears of the session through this, so that a longer time box is seen here too.
 */
export function accompany({ order, request }: Run, stops: Stops, fx: Effects): Stops {
  const { seconds } = order.plan.estimate;
  let { ttlSeconds } = order;
  if (seconds > ttlSeconds) {
    const [expected, box] = [expectedDuration(seconds), formatDuration(ttlSeconds)];
    fx.person.say("aside", `may take ${expected}, its time box is ${box}: what is found by then is kept`);
  }
  return (session) => {
    const over = new AbortController();
    const { session: id } = order;
    const startedAt = fx.clock.now();
    const progress = (): ReturnType<SessionHost["progress"]> => fx.sessions.progress(id);
    const running = { request, session: id, startedAt, ttlSeconds: () => ttlSeconds, progress };
    fx.person.showRunning(running, over.signal);
    const unsubscribe = stops({
      stop(how, ending) {
        session.stop(how, ending);
      },
      extend(seconds) {
        ttlSeconds = Math.max(ttlSeconds, seconds);
        session.extend(seconds);
      },
    });
    return () => {
      over.abort();
      unsubscribe();
    };
  };
}

/** Fills the requester's own output files from the session's private ones. Nothing is touched when nmap did not run. */
export async function deliver(
  order: Order,
  cwd: string,
  ended: Ended,
  fx: Effects,
): Promise<Extract<Outcome, { kind: "ran" }>["outputs"]> {
  if (ended.kind !== "ended") return [];
  const failures: {
    output: (typeof order.plan.outputs)[number];
    problem: Awaited<ReturnType<OutputFiles["write"]>> & object;
  }[] = [];
  const startedAt = new Date(ended.endedAt - ended.seconds * 1000);
  for (const output of order.plan.outputs) {
    if (output.path === "-") continue;
    const file: keyof SessionFiles = output.format;
    const bytes = file === "xml" ? ended.xml : await fx.sessions.read(order.session, file);
    const how = order.plan.appendOutput === true ? "append" : "replace";
    const problem = await fx.outputs.write(from(cwd, expandOutputName(output.path, startedAt)), bytes, how);
    if (problem) failures.push({ output, problem });
  }
  await fx.sessions.discard(order.session);
  return failures;
}
