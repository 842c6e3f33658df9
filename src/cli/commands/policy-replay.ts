// `jit-nmap policy replay [--over 90d] PATH`: which requests of the trail another policy would answer otherwise, from
// what to what. Reads the trail, records nothing.
import { InvalidArgumentError } from "commander";
import { gatheredFrom, PastRequests, replay, type AnswerThen, type Replayed } from "../../core/analytics/replay.ts";
import { escapeText } from "../../core/escape.ts";
import type { Obligations, Requirement } from "../../core/policy/decision.ts";
import { formatDuration, parseDuration, time } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { counted } from "../counted.ts";
import { loadDraft } from "../draft.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { writeOut } from "../output.ts";
import { requirementJson } from "../plan-json.ts";
import { quoteWords } from "../../core/plan/quote-words.ts";
import { localTime } from "../show-time.ts";
import type { RunCommand } from "./index.ts";

const usualDays = 90;

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("policy replay", "Which past requests another policy would answer otherwise.")
    .argument("<PATH>", "the other policy: a file, or a folder of them")
    .option("--over <duration>", "how far back, such as 30d", secondsOf, usualDays * 86_400)
    .option("--json", "one JSON object for every request that changes");
  const read = readCommandLine<{ over: number; json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const policy = await loadDraft(read.operands[0], fx);
  if (policy === undefined) return EXIT.misconfigured;
  const since = fx.clock.now() - read.options.over * 1000;
  const { level } = await fx.runner.level();
  const replayed = replay(await pastRequests(fx, gatheredFrom(policy, since)), policy, { since, level });
  const changed = replayed.filter(({ changes }) => changes.length > 0);
  if (read.options.json === true) {
    for (const one of changed) writeOut(jsonText(replayedJson(one), "compact"));
    return EXIT.ok;
  }
  for (const one of changed) writeOut(`${escapeText(replayedText(one))}\n`);
  const over = formatDuration(read.options.over);
  writeOut(
    `${changed.length} of ${counted(replayed.length, "request")} of the last ${over} would be answered otherwise\n`,
  );
  return EXIT.ok;
};

function secondsOf(text: string): number {
  const seconds = parseDuration(text);
  if (!seconds.ok) throw new InvalidArgumentError(seconds.error.message);
  return seconds.value;
}

async function pastRequests(fx: Effects, since: number) {
  const past = new PastRequests(since);
  let from = 1;
  for (;;) {
    const events = await fx.store.events({ from });
    const last = events.at(-1);
    if (last === undefined) return past.requests;
    for (const event of events) past.add(event);
    from = last.seq + 1;
  }
}

function replayedText({ request, now, changes }: Replayed): string {
  const { id, openedAt, requester, typed } = request;
  const line = `${id} ${localTime(openedAt)} ${requester.name}: nmap ${quoteWords(typed)}`;
  if (now === undefined) return `${line}: its plan is of another version and can't be judged`;
  return changes.includes("effect")
    ? `${line}: ${request.then.effect} (${rulesOf(request.then)}) becomes ${now.effect} (${rulesOf(now)})`
    : `${line}: still ${now.effect}, but ${detailOf(request.then, now)} becomes ${detailOf(now, request.then)}`;
}

const rulesOf = ({ rules }: AnswerThen): string => (rules.length === 0 ? "no rule" : rules.join(", "));

/** What it hangs on where the effect is the same, as far as it is not the same: whose yes, for how long, and so on. */
function detailOf(answer: AnswerThen, other: AnswerThen): string {
  const others = new Set(detailsOf(other));
  const own = detailsOf(answer).filter((detail) => !others.has(detail));
  return own.length === 0 ? "nothing of the kind" : own.join(", ");
}

const detailsOf = ({ requires, obligations }: AnswerThen): readonly string[] => [
  ...requires.flatMap(demandDetails),
  ...(obligations === undefined ? [] : obligationDetails(obligations)),
];

function demandDetails(one: Requirement): readonly string[] {
  if ("confirm" in one) return ["the typed confirmation"];
  const { votes, via, answerWithinSeconds, startWithinSeconds, reason, strength, breakGlass } = one;
  return [
    ...Object.entries(votes).map(([set, count]) => `${count} of ${set}`),
    ...(strength === undefined ? [] : [`votes at least ${strength}`]),
    ...(via.length === 0 ? [] : [`asked by ${[...via].sort().join(" and ")}`]),
    `an answer within ${formatDuration(answerWithinSeconds)}`,
    `a start within ${formatDuration(startWithinSeconds)}`,
    ...(reason?.minLength === undefined ? [] : [`a reason of ${counted(reason.minLength, "character")}`]),
    ...(reason?.pattern === undefined ? [] : [`a reason with ${reason.pattern}`]),
    ...(breakGlass === undefined
      ? []
      : [`break-glass for ${formatDuration(breakGlass.ttlSeconds)} that alerts ${breakGlass.alert.join(" and ")}`]),
  ];
}

function obligationDetails({ ttlSeconds, enforce, egress, onViolation, limits = [], notify = [] }: Obligations) {
  return [
    `a time box of ${formatDuration(ttlSeconds)}`,
    ...(enforce.maxRate === undefined ? [] : [`${enforce.maxRate} packets a second`]),
    ...(egress === undefined ? [] : [`egress to ${egress.length === 0 ? "nothing" : egress.join(" and ")}`]),
    ...(onViolation === undefined ? [] : ["an end at a violation"]),
    ...limits.flatMap(({ runs, probes, concurrent, coolDownSeconds }) => [
      ...(runs === undefined ? [] : [`${counted(runs.count, "run")} in ${formatDuration(runs.seconds)}`]),
      ...(probes === undefined ? [] : [`${counted(probes.count, "probe")} in ${formatDuration(probes.seconds)}`]),
      ...(concurrent === undefined ? [] : [`${concurrent} at a time`]),
      ...(coolDownSeconds === undefined ? [] : [`a cool-down of ${formatDuration(coolDownSeconds)}`]),
    ]),
    ...notify.map(({ on, via }) => `word of ${on.join(" and ")} to ${via.join(" and ")}`),
  ];
}

function replayedJson({ request, now, changes }: Replayed) {
  const answer = ({ effect, requires, obligations, rules }: AnswerThen) => ({
    effect,
    rules,
    requires: requires.map(requirementJson),
    ...(obligations === undefined ? {} : { obligations }),
  });
  return {
    request: request.id,
    time: time(request.openedAt),
    requester: request.requester.name,
    argv: ["nmap", ...request.typed],
    changes,
    from: answer(request.then),
    ...(now === undefined ? {} : { to: answer(now) }),
  };
}
