// `jit-nmap policy replay [--over 90d] PATH`: which requests of the trail another policy would answer otherwise, from
// what to what. Reads the trail, records nothing.
import { InvalidArgumentError } from "commander";
import { gatheredFrom, PastRequests, replay, type AnswerThen, type Replayed } from "../../core/analytics/replay.ts";
import { escapeText } from "../../core/escape.ts";
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
  const { level } = await fx.sessions.level();
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
    : `${line}: still ${now.effect}, but ${detailOf(request.then)} becomes ${detailOf(now)}`;
}

const rulesOf = ({ rules }: AnswerThen): string => (rules.length === 0 ? "no rule" : rules.join(", "));

/** What it hangs on where the effect is the same: whose yes, and for how long. */
function detailOf({ requires, obligations }: AnswerThen): string {
  const yes = requires.flatMap((one) =>
    "confirm" in one
      ? ["the typed confirmation"]
      : Object.entries(one.votes).map(([set, count]) => `${count} of ${set}`),
  );
  const box = obligations === undefined ? [] : [`a time box of ${formatDuration(obligations.ttlSeconds)}`];
  const rate = obligations?.enforce.maxRate;
  return [...yes, ...box, ...(rate === undefined ? [] : [`${rate} packets a second`])].join(", ");
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
