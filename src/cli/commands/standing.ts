// `jit-nmap standing add|list|end`: a scope that people approve once, for so many runs until some day.
import { InvalidArgumentError } from "commander";
import { revoke } from "../../broker/revoke.ts";
import { standingNow, type StandingNow } from "../../broker/standing.ts";
import { purposeOf } from "../../core/approval/purpose.ts";
import type { Requester } from "../../core/policy/decision.ts";
import { parseDuration, parseTime, time } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import { fileScope } from "../../pipeline.ts";
import { cardPlan } from "../../core/approval/card-of-request.ts";
import { cardOf } from "../../core/approval/card.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { requestById } from "../find-request.ts";
import { jsonText } from "../json-text.ts";
import { outputLayout } from "../output-layout.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { requestJson } from "../request-json.ts";
import { localTime } from "../show-time.ts";
import { tableText, tsvText } from "../table.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { CommandContext, RunCommand } from "./index.ts";

const usage = `usage: jit-nmap standing add [--for LOGIN] --runs N --until TIME [--reason TEXT] -- ARGS...
       jit-nmap standing list [--json]
       jit-nmap standing end ID [--reason TEXT]

A scope with a budget, approved once: scans within it (its targets, ports, kinds, scripts and no faster) then run
without asking. Each is still checked, granted and recorded. TIME is a duration (30d) or 2026-12-31T00:00:00Z.
Filed for oneself by anybody, for others by leads; approved by whoever may approve such a scan: jit-nmap approve ID.
Exit code: 0 filed, listed or ended, 77 not possible, 64 not understood.
`;

export const run: RunCommand = async (context) => {
  const [word, ...args] = context.args;
  switch (word) {
    case undefined:
      return tellProblem({ code: "standing-usage", message: "add, list or end?", hint: "jit-nmap standing --help" });
    case "add":
      return add({ ...context, args });
    case "list":
      return list({ ...context, args });
    case "end":
      return end({ ...context, args });
    case "--help":
    case "-h":
      writeOut(usage);
      return EXIT.ok;
    default:
      return tellProblem({
        code: "standing-usage",
        message: `standing knows add, list and end, not ${word}`,
        hint: "jit-nmap standing --help",
      });
  }
};

interface AddOptions {
  readonly for?: string;
  readonly runs: number;
  readonly until: string;
  readonly reason?: string;
}

async function add({ args, effects }: CommandContext): Promise<number> {
  const dashes = args.indexOf("--");
  if (dashes < 0) {
    const hint = "jit-nmap standing add --runs 20 --until 30d -- -sT -p 22 10.20.0.0/24";
    return tellProblem({ code: "standing-usage", message: "the scope stands behind --, as for nmap", hint });
  }
  const command = commandLine("standing add", "Files a scope for people to approve once.")
    .option("--for <login>", "who may run under it; I, when left out")
    .requiredOption("--runs <count>", "at most so many", runsOf)
    .requiredOption("--until <time>", "a duration (30d) or a time (RFC 3339)")
    .option("--reason <text>", "why");
  const read = readCommandLine<AddOptions>(command, args.slice(0, dashes));
  if (read.kind === "done") return read.code;
  const { runs, reason } = read.options;
  const fx = await effects();
  const until = untilOf(read.options.until, fx.clock.now());
  if (until === undefined) {
    const hint = "a duration of at most a year (30d), or 2026-12-31T00:00:00Z";
    return tellProblem({ code: "standing-usage", message: `${read.options.until} is no time to come`, hint });
  }
  const filedBy = fx.facts.requester();
  const requester = read.options.for === undefined ? filedBy : await beneficiary(read.options.for, filedBy, fx);
  if (requester === undefined) {
    return tellProblem({ code: "no-account", message: `there is no account ${read.options.for ?? ""} here` });
  }
  const words = args.slice(dashes + 1);
  const ask = { words, requester, cwd: process.cwd(), ...(reason === undefined ? {} : { reason }) };
  const filed = await fileScope(ask, { runs, until, filedBy }, fx);
  if (filed.kind !== "opened") return tellOutcome(filed);
  const { id } = filed.request;
  writeOut(`${id}\n`);
  writeErr(
    ourLine("note", `${id} ${filed.joined ? "was waiting already" : "waits"}; who may approve: jit-nmap approve ${id}`),
  );
  return EXIT.ok;
}

async function beneficiary(login: string, filedBy: Requester, fx: Effects): Promise<Requester | undefined> {
  return login === filedBy.name ? filedBy : fx.facts.account(login);
}

const longestMs = 366 * 86_400_000;

/** Milliseconds since the epoch; undefined when it is neither, past, or more than a year away. */
function untilOf(text: string, now: number): number | undefined {
  const duration = parseDuration(text);
  const until = duration.ok ? now + duration.value * 1000 : parseTime(text);
  return until !== undefined && until > now && until <= now + longestMs ? until : undefined;
}

function runsOf(word: string): number {
  if (!/^[1-9]\d{0,4}$/.test(word)) throw new InvalidArgumentError("It must be a whole number from 1 to 99999.");
  return Number(word);
}

async function list({ args, effects, environment }: CommandContext): Promise<number> {
  const command = commandLine("standing list", "Standing approvals that wait or hold.").option(
    "--json",
    "one JSON object",
  );
  const read = readCommandLine<{ json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const found = await standingNow(await effects());
  if (read.options.json === true) {
    const standing = found.map(({ request, taken }) => ({ ...requestJson(request), taken }));
    writeOut(jsonText({ schema: 1, standing }));
    return EXIT.ok;
  }
  const { terminal, columns } = outputLayout(environment);
  if (!terminal) {
    writeOut(tsvText(found.map((each) => rowOf(each, time))));
    return EXIT.ok;
  }
  if (found.length === 0) {
    writeErr(ourLine("note", "there is no standing approval"));
    return EXIT.ok;
  }
  writeOut(
    tableText(
      ["ID", "STATE", "WHO", "RUNS", "UNTIL", "WHAT"],
      found.map((each) => rowOf(each, (at) => localTime(at).slice(0, 16))),
      columns,
    ),
  );
  return EXIT.ok;
}

function rowOf({ request, taken }: StandingNow, show: (milliseconds: number) => string): readonly string[] {
  const terms = purposeOf(request, "standing");
  const { headline } = cardOf(
    { requester: request.requester, plan: request.plan, requires: [], explanation: [] },
    cardPlan(request.plan, request.planDigest),
  );
  return [
    request.id,
    request.state,
    request.requester.name,
    `${taken}/${terms?.runs ?? 0}`,
    show(terms?.until ?? 0),
    headline.slice(request.requester.name.length + 2),
  ];
}

async function end({ args, effects }: CommandContext): Promise<number> {
  const command = commandLine("standing end", "Ends a standing approval: nothing starts under it any more.")
    .argument("<ID>", "any unique beginning of its id")
    .option("--reason <text>", "why");
  const read = readCommandLine<{ reason?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const found = await requestById(read.operands[0] ?? "", fx);
  if (!found.ok) return tellProblem(found.error);
  const { id } = found.value;
  if (purposeOf(found.value, "standing") === undefined) {
    return tellProblem({
      code: "no-standing",
      message: `${id} is no standing approval`,
      hint: "jit-nmap standing list",
    });
  }
  const revoked = await revoke(id, fx.facts.requester(), read.options.reason, fx);
  if (revoked.kind === "refused") return tellProblem(revoked.problem, EXIT.denied);
  if (revoked.kind === "too-late") {
    const message = `the standing approval ${id} is ${revoked.request.state}`;
    return tellProblem({ code: "too-late", message }, EXIT.askAgain);
  }
  writeErr(ourLine("note", `the standing approval ${id} has ended; nothing starts under it any more`));
  return EXIT.ok;
}
