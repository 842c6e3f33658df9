// `jit-nmap audit list|show|verify|export`: the trail. Each sub-command in this file, because all are a reading of the
// same events.
import { InvalidArgumentError, Option } from "commander";
import type { AuditEvent } from "../../core/audit/event.ts";
import { csvHeader, csvLine } from "../../core/audit/export/csv.ts";
import { jsonlLine } from "../../core/audit/export/jsonl.ts";
import type { RequestId } from "../../core/approval/request.ts";
import { escapeText } from "../../core/escape.ts";
import type { Effects, EventFilter } from "../../effects.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { myRequest } from "../find-request.ts";
import { outputLayout } from "../output-layout.ts";
import { writeOut } from "../output.ts";
import { jsonText, showableJson } from "../json-text.ts";
import { localTime } from "../show-time.ts";
import { tableText, tsvText } from "../table.ts";
import { tellProblem } from "../tell.ts";
import type { CommandContext, RunCommand } from "./index.ts";

const subcommands: ReadonlyMap<string, RunCommand> = new Map([
  ["list", list],
  ["show", show],
  ["verify", verify],
  ["export", exportAll],
  ["proof", async (context) => (await import("../audit-proof.ts")).proof(context)],
]);
const ofLaterVersions = ["backup", "restore"];

const usage = `usage: jit-nmap audit list [ID] [--limit N] [--json]   events, the oldest first
       jit-nmap audit show SEQ                         one event whole, as JSON
       jit-nmap audit verify                           read the whole chain again; 74 when it is broken
       jit-nmap audit export [--format jsonl|csv]      every event, one a line
       jit-nmap audit proof [ID] [--into FOLDER]       a request's signed votes, for others to check without us
`;

export const run: RunCommand = async (context) => {
  const [name, ...args] = context.args;
  const subcommand = subcommands.get(name ?? "");
  if (subcommand !== undefined) return subcommand({ ...context, args });
  if (name === "--help" || name === "-h") {
    writeOut(usage);
    return EXIT.ok;
  }
  const message =
    name === undefined
      ? "audit needs one of list, show, verify, export, proof"
      : ofLaterVersions.includes(name)
        ? `audit ${name} is a command of a later version`
        : `there is no command audit ${name}`;
  return tellProblem({ code: "audit-usage", message, hint: "jit-nmap audit --help" });
};

async function list({ args, effects, environment }: CommandContext): Promise<number> {
  const command = commandLine("audit list", "Events, the oldest first.")
    .argument("[ID]", "only those of this request")
    .option("--limit <count>", "only the newest so many", numberOf)
    .option("--json", "one JSON object a line");
  const read = readCommandLine<{ limit?: number; json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const [id] = read.operands;
  const found = id === undefined ? undefined : await myRequest(id, fx);
  if (found?.ok === false) return tellProblem(found.error);
  const { terminal, columns } = outputLayout(environment);
  const json = read.options.json === true;
  const events: AuditEvent[] = [];
  for await (const event of eventsOf(fx, found?.value.id)) {
    events.push(event);
    if (events.length > (read.options.limit ?? Infinity)) events.shift();
  }
  if (json) {
    for (const event of events) writeOut(jsonText(event, "compact"));
    return EXIT.ok;
  }
  const rows = events.map((event) => [
    String(event.seq),
    terminal ? localTime(Date.parse(event.time)) : event.time,
    event.request ?? "-",
    event.actor,
    event.type,
  ]);
  writeOut(terminal ? tableText(["SEQ", "TIME", "REQUEST", "WHO", "WHAT"], rows, columns) : tsvText(rows));
  return EXIT.ok;
}

async function show({ args, effects }: CommandContext): Promise<number> {
  const command = commandLine("audit show", "One event whole, as JSON.").argument("<SEQ>", "its number", numberOf);
  const read = readCommandLine(command, args);
  if (read.kind === "done") return read.code;
  const seq = Number(read.operands[0]);
  const fx = await effects();
  const [event] = await fx.store.events({ from: seq, limit: 1 });
  if (event?.seq !== seq) {
    return tellProblem({ code: "no-event", message: `there is no event ${seq}`, hint: "jit-nmap audit list" });
  }
  writeOut(jsonText(event));
  return EXIT.ok;
}

async function verify({ args, effects }: CommandContext): Promise<number> {
  const read = readCommandLine(commandLine("audit verify", "Reads the whole chain again; 74 when it is broken."), args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const verification = await fx.store.verify();
  if (verification.kind === "intact") {
    writeOut(`intact: ${verification.events} events, head ${verification.head}\n`);
    return EXIT.ok;
  }
  if (verification.kind === "contradicted") {
    const message = `the chain is whole, but ${verification.row} is not as it says: ${verification.because}`;
    return tellProblem({ code: "trail-broken", message }, EXIT.noTrail);
  }
  const { seq, because } = verification;
  return tellProblem(
    { code: "trail-broken", message: `the chain is broken at event ${seq}: ${because}` },
    EXIT.noTrail,
  );
}

async function exportAll({ args, effects, environment }: CommandContext): Promise<number> {
  const command = commandLine("audit export", "Every event, one a line, to standard output.").addOption(
    new Option("--format <format>", "jsonl as it is chained, csv for spreadsheets")
      .choices(["jsonl", "csv"])
      .default("jsonl"),
  );
  const read = readCommandLine<{ format: "jsonl" | "csv" }>(command, args);
  if (read.kind === "done") return read.code;
  const csv = read.options.format === "csv";
  const fx = await effects();
  if (csv) writeOut(csvHeader);
  // A file gets the bytes that were hashed; a terminal never what somebody else wrote as it is.
  const { terminal } = outputLayout(environment);
  const shown = (line: string): string =>
    csv ? escapeText(line.replace(/\r\n$/, "\n"), { keep: "newline" }) : showableJson(line);
  for await (const event of eventsOf(fx)) {
    const line = csv ? csvLine(event) : jsonlLine(event);
    writeOut(terminal ? shown(line) : line);
  }
  return EXIT.ok;
}

const PAGE = 1000;

/** Page by page, so that a trail of any length fits into memory. */
async function* eventsOf(fx: Effects, request?: RequestId): AsyncGenerator<AuditEvent> {
  let from = 1;
  for (;;) {
    const filter: EventFilter = { from, limit: PAGE, ...(request === undefined ? {} : { request }) };
    const page = await fx.store.events(filter);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    from = last.seq + 1;
  }
}

function numberOf(word: string): number {
  if (!/^[1-9]\d{0,14}$/.test(word)) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return Number(word);
}
