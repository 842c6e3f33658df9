// `jit-nmap run [ID]`: runs what was approved; a confirmation that is still missing is asked for at the terminal.
import { run as runApproved } from "../../pipeline.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { myRequest } from "../find-request.ts";
import { sendMessages } from "../messages-out.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("run", "Runs what was approved, once.")
    .argument("[ID]", "any unique beginning of its id; my latest when left out")
    .addHelpText("after", "\nExit code: as for the scan itself; 75 when it still waits, 79 when it is over.");
  const read = readCommandLine(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const found = await myRequest(read.operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const outcome = await runApproved(found.value.id, fx);
  const code = tellOutcome(outcome);
  await sendMessages(outcome, fx);
  return code;
};
