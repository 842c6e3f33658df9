// `jit-nmap watch`: a live view of what waits and what runs. It reads only; it ends with q or Ctrl-C.
import { lookerOf } from "../../broker/sight.ts";
import { differences, watch } from "../../monitor/watch.ts";
import type { Snapshot } from "../../monitor/snapshot.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { listenForKeys, someoneTypes } from "../keys.ts";
import { outputLayout } from "../output-layout.ts";
import { writeOut } from "../output.ts";
import { createSignals } from "../signals.ts";
import { tsvText } from "../table.ts";
import { TERMINAL_DEVICE } from "../tty.ts";
import { blockOf, differenceCells, differenceJson } from "../watch-text.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("watch", "What waits and what runs, with progress, as it changes.")
    .option("--json", "one JSON object a line for each change")
    .addHelpText("after", "\nq ends it. Without a terminal: one line for each change, cells parted by tabs.");
  const read = readCommandLine<{ json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const me = fx.facts.requester().name;
  const over = new AbortController();
  const signals = createSignals();
  const ending: { code: number } = { code: EXIT.ok };
  const unsubscribe = signals.on((signal) => {
    if (signal === "interrupt") ending.code = EXIT.interrupted;
    over.abort();
  });
  const redraws = read.options.json !== true && outputLayout(environment).terminal && environment["TERM"] !== "dumb";
  if (redraws && someoneTypes()) {
    const onKey = (key: string): void => {
      if (key === "q" || key === "Q") over.abort();
    };
    listenForKeys(TERMINAL_DEVICE, signals, onKey, over.signal);
  }
  try {
    let before: Snapshot | undefined;
    let drawn = 0;
    for await (const now of watch({ ...fx, sight: () => lookerOf(me, fx) }, over.signal)) {
      if (redraws) {
        drawn = redraw(now, drawn, outputLayout(environment).columns);
      } else {
        for (const one of differences(before, now)) {
          const json = read.options.json === true;
          writeOut(json ? jsonText(differenceJson(one, now.at), "compact") : tsvText([differenceCells(one, now.at)]));
        }
      }
      before = now;
    }
  } finally {
    over.abort();
    unsubscribe();
  }
  return ending.code;
};

/** Over what was drawn before, in place; gives the number of lines that now stand above the cursor. */
function redraw(now: Snapshot, drawn: number, columns: number): number {
  // One column and one line stay free, so that nothing wraps or scrolls.
  const block = blockOf(now, columns - 1, (process.stdout.rows > 0 ? process.stdout.rows : 24) - 1);
  const up = drawn === 0 ? "" : `\u001b[${drawn}A`;
  writeOut(`${up}\r${block.map((line) => `${line}\u001b[K\n`).join("")}\u001b[J`);
  return block.length;
}
