// `jit-nmap again [ID]`: asks for the same line once more, or for the hosts that are still missing.
import { again } from "../../pipeline.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { myRequest } from "../find-request.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("again", "Asks for the line of an earlier request of mine once more.")
    .argument("[ID]", "any unique beginning of its id; my latest when left out")
    .option("--remaining", "only the targets without a finished host in what was found")
    .option("--reason <text>", "why; as the first time when left out")
    .addHelpText(
      "after",
      "\nIt is judged, approved and run as if it had been typed again. Exit code: as for the scan.",
    );
  const read = readCommandLine<{ remaining?: true; reason?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const found = await myRequest(read.operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const { remaining, reason } = read.options;
  const what = { remaining: remaining === true, ...(reason === undefined ? {} : { reason }) };
  return tellOutcome(await again(found.value.id, what, {}, fx));
};
