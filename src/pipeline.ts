// The life of a scan on one screen: request → policy → approval → grant → session → revocation → trail. Start reading
// here. front.ts speaks with the person, broker/ judges and records, runner.ts runs, in this process or apart; what they
// need of the outside world stands in effects.ts.
import { lineOf, type Again } from "./broker/again.ts";
import { breakGlass } from "./broker/break-glass.ts";
import { askForTime, giveTime, type MoreTime } from "./broker/extend.ts";
import { judge } from "./broker/judge.ts";
import { redeem } from "./broker/redeem.ts";
import { open, settle } from "./broker/requests.ts";
import { acknowledge, begin, beginsAtOnce, conclude, newSession, termsOf, type Run } from "./broker/runs.ts";
import { fileStanding, underStanding, type StandingTerms } from "./broker/standing.ts";
import { tryLine, type Supposed, type Trial } from "./broker/trial.ts";
import { watchOver } from "./broker/watch.ts";
import { purposeOf } from "./core/approval/purpose.ts";
import type { RequestId } from "./core/approval/request.ts";
import type { SessionId } from "./core/audit/event.ts";
import type { Effects } from "./effects.ts";
import {
  accompany,
  awaitAnswer,
  deliver,
  eitherOf,
  prepare,
  readInputs,
  sayingFirst,
  stopsFrom,
  waits,
} from "./front.ts";
import { meanwhileOf } from "./front/meanwhile.ts";
import type { Judged, Manner, Opened, Outcome, Refusal, ScanAsk } from "./messages.ts";

export { inform } from "./front/inform.ts";

/** What would happen, and who would have to say yes. Records and runs nothing. */
export async function check(ask: ScanAsk, fx: Effects): Promise<Judged | Refusal> {
  const whole = await readInputs(ask, fx);
  return "words" in whole ? judge(whole, fx) : whole;
}

/** What a policy would say to somebody at some time: for its authors. No request can be opened from the answer. */
export async function explain(
  line: Pick<ScanAsk, "words" | "cwd">,
  supposed: Supposed,
  fx: Effects,
): Promise<Trial | Refusal> {
  const whole = await readInputs({ ...line, requester: supposed.as }, fx);
  return "words" in whole ? tryLine(whole, supposed, fx) : whole;
}

/** Judges a line and files it: from here on it is in the trail, also when policy denies it. Runs nothing. */
export async function file(ask: ScanAsk, fx: Effects): Promise<Opened | Outcome> {
  const judged = await understand(ask, fx);
  return judged.kind === "judged" ? place(judged, fx) : judged;
}

/** The whole of it: what `jit-nmap NMAP-ARGUMENTS` does. */
export async function scan(ask: ScanAsk, manner: Manner, fx: Effects): Promise<Outcome> {
  fx.runner.expect();
  const judged = await understand(ask, fx);
  if (judged.kind !== "judged") return judged;
  if (beginsAtOnce(judged)) return start(begin(judged, fx), fx);
  const opened = await place(judged, fx);
  if (opened.kind !== "opened") return opened;
  const session = newSession(fx);
  try {
    if (waits(opened, manner, fx)) await getReady(session, opened.request, fx);
    const answered = await awaitAnswer(opened, manner, fx);
    if (answered.kind !== "opened") return answered;
    return await start(await redeem(answered.request.id, fx, session), fx);
  } finally {
    await fx.runner.standDown(session);
  }
}

/** While people read, a session gets ready for their yes. That it can't is said when it would start. */
async function getReady(session: SessionId, request: Opened["request"], fx: Effects): Promise<void> {
  await fx.runner.standBy(session, request.plan, termsOf(request));
}

/** Files it; judged again where another scan took the last place under a limit meanwhile: another rule may cover it. */
async function place(judged: Judged, fx: Effects): Promise<Opened | Outcome> {
  for (;;) {
    const opened = await open(judged, fx);
    if (opened.kind !== "crowded") return opened;
    const again = await judge(judged.ask, fx);
    const ready = again.kind === "judged" ? await getThrough(again, fx) : again;
    if (ready.kind !== "judged") return ready;
    judged = ready;
  }
}

/** What the line says, what policy says of it, and whether all is there that it needs. */
async function understand(ask: ScanAsk, fx: Effects): Promise<Judged | Outcome> {
  const judged = await check(ask, fx);
  return judged.kind === "judged" ? getThrough(judged, fx) : judged;
}

/** Whether people have to be asked at all: not under a standing approval, nor where the glass may be broken. */
async function getThrough(judged: Judged, fx: Effects): Promise<Judged | Outcome> {
  if (judged.decision.effect !== "ask") return prepare(judged, fx);
  const through = judged.ask.breakGlass === true ? await breakGlass(judged, fx) : await underStanding(judged, fx);
  return through.kind === "judged" ? prepare(through, fx) : through;
}

/** Files a scope with a budget of runs, for people to approve once. */
export async function fileScope(ask: ScanAsk, terms: StandingTerms, fx: Effects): Promise<Opened | Outcome> {
  const judged = await check(ask, fx);
  const ready = judged.kind === "judged" && judged.decision.effect === "ask" ? await prepare(judged, fx) : judged;
  return ready.kind === "judged" ? fileStanding(ready, terms, fx) : ready;
}

/** Waits for the answer to a request that was filed before; runs nothing. */
export async function wait(id: RequestId, manner: Manner, fx: Effects): Promise<Opened | Outcome> {
  const request = await settle(id, fx);
  return awaitAnswer({ kind: "opened", request, joined: true }, manner, fx);
}

/** Runs what was approved; a confirmation that is still missing is asked for first. */
export async function run(id: RequestId, fx: Effects): Promise<Outcome> {
  fx.runner.expect();
  const answered = await wait(id, { waitSeconds: 0 }, fx);
  if (answered.kind !== "opened") return answered;
  if (purposeOf(answered.request, "extension") !== undefined) return giveTime(answered.request.id, fx);
  return start(await redeem(answered.request.id, fx), fx);
}

/** Asks for the line of an earlier request once more, or for what was left of it. */
export async function again(id: RequestId, what: Again, manner: Manner, fx: Effects): Promise<Outcome> {
  const ask = await lineOf(id, what, fx);
  return "words" in ask ? scan(ask, manner, fx) : ask;
}

/** More time for a scan that runs: at once where policy allows that, else when people have said yes. */
export async function extend(id: RequestId, more: MoreTime, manner: Manner, fx: Effects): Promise<Outcome> {
  const asked = await askForTime(id, more, fx);
  const answered = asked.kind === "opened" ? await awaitAnswer(asked, manner, fx) : asked;
  return answered.kind === "opened" ? giveTime(answered.request.id, fx) : answered;
}

/** From a grant to its end: it is used up before nmap exists, and every step is on disk first. */
async function start(run: Run | Outcome, fx: Effects): Promise<Outcome> {
  if (run.kind !== "run") return run;
  const { order } = run;
  const tell = sayingFirst((report) => acknowledge(run, report, fx), fx.person);
  const stops = accompany(run, eitherOf(stopsFrom(fx.person), watchOver(run, fx)), fx);
  const meanwhile = meanwhileOf(run, fx);
  const ended = await fx.runner.execute(order, tell, stops, meanwhile.begin);
  await meanwhile.end();
  const outputs = await deliver(order, run.request.cwd, ended, fx);
  return conclude(run, ended, outputs);
}
