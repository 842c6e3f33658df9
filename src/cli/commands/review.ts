// `jit-nmap review [ID]`: somebody else looks at a run that broke the glass. Without an id, lists what is owed.
import { review } from "../../broker/break-glass.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { requestById } from "../find-request.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { outputLayout } from "../output-layout.ts";
import { localTime } from "../show-time.ts";
import { tableText, tsvText } from "../table.ts";
import { time } from "../../core/time.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("review", "Records that another person has looked at a run which broke the glass.")
    .argument("[ID]", "any unique beginning of its id; lists what is owed when left out")
    .option("--reason <text>", "what was found")
    .addHelpText("after", "\nExit code: 0 reviewed or listed, 77 not entitled, 79 reviewed already.");
  const read = readCommandLine<{ reason?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const [word] = read.operands;
  if (word === undefined) {
    const owed = await fx.store.owedReviews();
    const { terminal, columns } = outputLayout(environment);
    const rows = owed.map(({ request, requester, since }) => [
      request,
      requester,
      terminal ? localTime(since) : time(since),
    ]);
    if (rows.length > 0) writeOut(terminal ? tableText(["ID", "WHO", "SINCE"], rows, columns) : tsvText(rows));
    if (terminal && rows.length > 0)
      writeErr(ourLine("hint", "jit-nmap show ID, then jit-nmap review ID --reason TEXT"));
    if (owed.length === 0) writeErr(ourLine("note", "no review is owed"));
    return EXIT.ok;
  }
  const found = await requestById(word, fx);
  if (!found.ok) return tellProblem(found.error);
  const problem = await review(found.value.id, fx.facts.requester(), read.options.reason, fx);
  if (problem !== undefined) return tellProblem(problem, codes.get(problem.code) ?? EXIT.notUnderstood);
  writeErr(ourLine("note", `reviewed; nothing is owed for ${found.value.id} any more`));
  return EXIT.ok;
};

const codes: ReadonlyMap<string, number> = new Map([
  ["not-entitled", EXIT.denied],
  ["policy-unusable", EXIT.misconfigured],
  ["reviewed-already", EXIT.askAgain],
]);
