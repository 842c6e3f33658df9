// The front: speaks with the requester, with the requester's rights. It asks, shows, waits (front/waiting.ts) and hands
// over files; it decides nothing.
import type { Run } from "./broker/runs.ts";
import { reasonProblem } from "./core/approval/reason.ts";
import { escapeText } from "./core/escape.ts";
import { fromDocument } from "./core/plan/document.ts";
import { inputsNamed, type InputFile } from "./core/plan/input-files.ts";
import { expandOutputName } from "./core/results/output-name.ts";
import { expectedDuration, formatDuration } from "./core/time.ts";
import type { Acknowledge, Effects, Ended, OutputFiles, Person, Runner, SessionFiles, Stops } from "./effects.ts";
import type { Judged, Manner, Opened, Order, Outcome, Refusal, ScanAsk } from "./messages.ts";

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
  // That the time box is short is said when it begins (accompany).
  for (const { code, message } of judged.warnings ?? []) {
    if (code !== "time-box-short") fx.person.say(code === "rate-lowered" ? "aside" : "note", message);
  }
  // Under a standing approval the reason was given when it was filed.
  if (judged.purpose?.kind === "under-standing") return judged;
  const emergency = judged.purpose?.kind === "break-glass" ? { minLength: 1 } : undefined;
  for (const requirement of judged.decision.requires) {
    const wanted = "votes" in requirement ? (requirement.reason ?? emergency) : undefined;
    if (wanted === undefined) continue;
    const given = judged.ask.reason ?? (await askReason(judged, wanted, fx));
    const message = reasonProblem(given, wanted);
    if (message !== undefined) {
      const hint = "say why with --jit-reason TEXT";
      return { kind: "not-understood", problem: { code: "reason-missing", message, hint } };
    }
    judged = { ...judged, ask: { ...judged.ask, ...(given === undefined ? {} : { reason: given }) } };
  }
  return judged;
}

/** With the last reason as default: the same person often scans for the same change. */
async function askReason(
  { ask }: Judged,
  wanted: Parameters<Person["askReason"]>[0],
  fx: Effects,
): Promise<string | undefined> {
  if (!fx.person.present) return undefined;
  const before = await fx.store.listRequests({ requester: ask.requester.name, limit: 20 });
  return fx.person.askReason(wanted, before.find(({ reason }) => reason !== undefined)?.reason);
}

/** A relative path is one of the directory where the scan was asked for. */
const from = (cwd: string, path: string): string =>
  path.startsWith("/") ? path : `${cwd}/${path.replace(/^(?:\.\/)+/, "")}`;

/** Whether anybody is there to wait for an answer: at a terminal, or because that was asked for. */
export const waits = ({ request }: Opened, { waitSeconds }: Manner, fx: Pick<Effects, "person">): boolean =>
  request.state === "pending" && (fx.person.present || Boolean(waitSeconds));

/** Waits until the request is approved (`opened`) or over; what it takes is loaded when somebody does wait. */
export async function awaitAnswer(opened: Opened, manner: Manner, fx: Effects): Promise<Opened | Outcome> {
  const { request } = opened;
  if (request.state === "approved") return opened;
  if (request.state === "pending" && !waits(opened, manner, fx)) {
    return { kind: "waiting", request, because: "no-terminal" };
  }
  return (await import("./front/waiting.ts")).awaitAnswer(opened, manner, fx);
}

/** Says the first thing that the kernel refused as soon as it is on record; all of it with its sums is told at the end. */
export function sayingFirst(record: Acknowledge, person: Pick<Person, "say">): Acknowledge {
  let said = false;
  return async (report) => {
    const answer = await record(report);
    const [first] = report.kind === "violating" && !said ? report.violations : [];
    if (first === undefined) return answer;
    said = true;
    person.say("error", `${first}: the result can't be relied on`);
    return answer;
  };
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

/** Several of them: the requester at the keyboard, and whoever else may end it. */
export const eitherOf =
  (...all: readonly Stops[]): Stops =>
  (session) => {
    const unsubscribers = all.map((one) => one(session));
    return () => {
      for (const unsubscribe of unsubscribers) unsubscribe();
    };
  };

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
  // Root expects more than root gets here.
  void fx.runner.level().then(({ because }) => {
    if (because !== undefined)
      fx.person.say("note", `this session is advisory, its packets are not held to the plan: ${because}`);
  });
  return (session) => {
    const over = new AbortController();
    const { session: id } = order;
    const begun = fx.uptime();
    const elapsed = (): number => fx.uptime() - begun;
    const progress = (): ReturnType<Runner["progress"]> => fx.runner.progress(id);
    const running = { request, session: id, elapsed, ttlSeconds: () => ttlSeconds, progress };
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
    const bytes = file === "xml" ? ended.xml : await fx.runner.read(order.session, file).catch(() => undefined);
    if (bytes === undefined) {
      // A script in the session can put a link or a pipe where nmap writes.
      const message = `The output file ${escapeText(output.path)} was not written: nmap left no plain file for it.`;
      failures.push({ output, problem: { code: "output-refused", message } });
      continue;
    }
    const how = order.plan.appendOutput === true ? "append" : "replace";
    const problem = await fx.outputs.write(from(cwd, expandOutputName(output.path, startedAt)), bytes, how);
    if (problem) failures.push({ output, problem });
  }
  await fx.runner.discard(order.session);
  return failures;
}
