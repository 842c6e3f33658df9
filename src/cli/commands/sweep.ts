// `jit-nmap sweep`: ends and records what a crash left of my scans, and says what it looked at. Every scan does it in
// passing.
import { sweep, type Sweeping } from "../../broker/sweep.ts";
import { escapeText } from "../../core/escape.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { counted } from "../counted.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { writeOut } from "../output.ts";
import { revocationText } from "../revocation-text.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("sweep", "Ends and records what a crash left of my scans.")
    .option("--json", "one JSON object")
    .addHelpText("after", "\nEvery scan does it in passing. Exit code 76 where something could not be taken back.");
  const read = readCommandLine<{ json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const swept = await sweep(await effects());
  const text = read.options.json === true ? jsonText({ schema: 1, ...swept }) : `${linesOf(swept).join("\n")}\n`;
  writeOut(text);
  const all = [...swept.closed, ...swept.removed];
  return all.some(({ revocation }) => (revocation?.left ?? []).length > 0) ? EXIT.unreliable : EXIT.ok;
};

function linesOf({ looked, closed, removed, untouched }: Sweeping): readonly string[] {
  const { sessions, grants, folders } = looked;
  const what = [
    `${counted(sessions, "session")} without an end`,
    `${counted(grants, "grant")} used up without a session`,
    counted(folders, "abandoned folder"),
  ];
  const lines = [
    `looked at ${what.join(", ")}`,
    ...closed.flatMap(({ request, because, revocation }) => [
      `${request} was left by a crash: ${because}; it is recorded as failed`,
      ...(revocation === undefined ? [] : [`  ${revocationText(revocation)}`]),
    ]),
    ...removed.flatMap(({ session, revocation }) => [
      `${session} never began, or had ended: its folder is removed`,
      `  ${revocationText(revocation)}`,
    ]),
    ...untouched.map(({ request, session, because }) => `${request ?? session} is left alone: ${UNTOUCHED[because]}`),
    ...(closed.length + removed.length === 0 ? ["nothing was left"] : []),
  ];
  return lines.map((line) => escapeText(line));
}

const UNTOUCHED: Readonly<Record<Sweeping["untouched"][number]["because"], string>> = {
  running: "its program is alive",
  "not-here": "it runs elsewhere, or under another account",
  moved: "somebody else has just closed it",
};
