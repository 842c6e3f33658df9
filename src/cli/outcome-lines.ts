// How an ending is told: one line that decides, last, with the next command in it. On the path of an allowed scan, so
// it imports nothing that is not needed to say it.
import type { Freeze } from "../core/approval/freeze.ts";
import type { Request } from "../core/approval/request.ts";
import { unreachable } from "../core/result.ts";
import { formatDuration } from "../core/time.ts";
import type { Judged, Outcome } from "../messages.ts";
import { againWords } from "./again-words.ts";
import { ourLine } from "./output.ts";
import { problemLines } from "./problem-lines.ts";
import { quoteWords } from "../core/plan/quote-words.ts";
import { localTime } from "./show-time.ts";
import { ranLines } from "./ran-lines.ts";

/**
 * The lines for standard error, escaped.
 *
 * @param watched  true when standard error is a terminal: only then is a scan that simply ran told at all.
 */
export function outcomeLines(outcome: Outcome, watched: boolean): readonly string[] {
  switch (outcome.kind) {
    case "not-understood":
    case "not-allowed":
    case "unavailable":
    case "cannot-execute":
    case "not-found":
      return problemLines(outcome.problem);
    case "misconfigured":
      return outcome.problems.flatMap((problem) => problemLines(problem));
    case "denied":
      return deniedLines(outcome.request, outcome.judged);
    case "waiting":
      return waitingLines(outcome);
    case "cancelled":
      return [ourLine("note", `request ${outcome.request.id} was taken back; nothing ran`)];
    case "expired":
      return [
        ourLine("error", `request ${outcome.request.id} expired unanswered; nothing ran`),
        ourLine("hint", "ask again with the same line"),
      ];
    case "lapsed":
      return [
        ourLine("error", `the approval of ${outcome.request.id} lapsed: not run in time`),
        ourLine("hint", "ask again with the same line"),
      ];
    case "revoked":
      return [ourLine("error", `request ${outcome.request.id} was revoked${because(outcome.request)}; nothing ran`)];
    case "extended":
      return [ourLine("note", `${outcome.request.id} has ${formatDuration(outcome.ttlSeconds)} in all`)];
    case "frozen":
      return frozenLines(outcome.request, outcome.freeze);
    case "used":
      return [
        ourLine("error", `request ${outcome.request.id} was used already: an approval runs once`),
        ourLine("hint", `its result: jit-nmap results ${outcome.request.id}`),
      ];
    case "stale":
      return [
        ...problemLines(outcome.problem),
        ourLine("error", `what ${outcome.request.id} was approved for no longer holds; nothing ran`),
      ];
    case "not-started":
      return [
        ...problemLines(outcome.problem),
        ourLine("error", "nmap could not be started, and the approval is used up: ask again"),
      ];
    case "ran":
      return ranLines(outcome, watched);
    default:
      return unreachable(outcome);
  }
}

function frozenLines({ id, state }: Request, { by, because }: Freeze): readonly string[] {
  const later = state === "approved" ? `once it is lifted: jit-nmap run ${id}` : "once it is lifted: ask again";
  return [ourLine("error", `frozen by ${by}: ${because}; nothing ran`), ourLine("hint", later)];
}

function deniedLines(request: Request, judged: Judged | undefined): readonly string[] {
  if (request.effect !== "deny") {
    const by = request.state === "denied" ? request.by : "a voter";
    return [ourLine("error", `denied by ${by}${because(request)}; nothing ran (${request.id})`)];
  }
  const decision = judged?.decision;
  const contact = decision?.policy.contact;
  const uncovered = decision?.effect === "deny" ? decision.uncovered : [];
  const messages = decision?.effect === "deny" ? decision.messages : [];
  const { tryInstead, again, nearly = [] } = judged ?? {};
  return [
    ...request.explanation.filter((rule) => rule.effect === "deny" && rule.applies).map(ruleLine),
    ...messages.map((message) => ourLine("note", message)),
    ...uncovered.map((part) => ourLine("note", `no rule covers ${part}`)),
    ...nearly.map(ruleLine),
    ourLine("error", `denied by policy; nothing ran (jit-nmap show ${request.id})`),
    ...(contact === undefined ? [] : [ourLine("hint", `about the policy ask ${contact}`)]),
    ...(again === undefined ? [] : [ourLine("hint", againWords(again))]),
    ...(tryInstead === undefined ? [] : [ourLine("hint", `try: jit-nmap ${quoteWords(tryInstead)}`)]),
  ];
}

const ruleLine = (rule: Request["explanation"][number]): string =>
  ourLine("note", `rule ${rule.rule} (${rule.file}:${rule.line}): ${rule.because}`);

function waitingLines(waiting: Extract<Outcome, { kind: "waiting" }>): readonly string[] {
  const { request, because: why } = waiting;
  const { id } = request;
  if (waiting.because === "too-early") {
    const from = localTime(waiting.notBefore);
    return [ourLine("note", `${id} is approved for ${from}: from then on, jit-nmap run ${id}`)];
  }
  if (request.state === "approved") return [ourLine("note", `${id} is approved and has not run: jit-nmap run ${id}`)];
  if (request.version > 1 && request.acceptsNarrower !== true) {
    return [ourLine("note", `an approver left less of ${id}; to look at it and run it: jit-nmap run ${id}`)];
  }
  if (!needsVotes(request)) return [ourLine("note", `${id} waits to be confirmed at a terminal: jit-nmap run ${id}`)];
  return [
    ...(why === "hang-up" ? [ourLine("note", "the terminal is gone, and nothing runs unattended")] : []),
    ourLine("note", `who may approve types: jit-nmap approve ${id}`),
    ourLine("note", `${id} waits for an answer: jit-nmap wait ${id}`),
  ];
}

/** Whether other people are asked; else the requester's own confirmation is all that is missing. */
export function needsVotes(request: Request): boolean {
  return request.requires.some((requirement) => "votes" in requirement);
}

function because(request: Request): string {
  return "because" in request && request.because !== "" ? `: ${request.because}` : "";
}
