// `jit-nmap extend ID DURATION`: more time for a scan of mine that runs; asked again where the rules say so.
import { parseDuration } from "../../core/time.ts";
import { extend } from "../../pipeline.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { requestById } from "../find-request.ts";
import { durationHint } from "../own-options.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("extend", "More time for a scan of mine that runs.")
    .argument("<ID>", "any unique beginning of its id")
    .argument("<DURATION>", "so much more: 90s, 15m, 1h30m")
    .option("--reason <text>", "why; the one of the scan when left out")
    .addHelpText(
      "after",
      "\nWhere policy allows the scan, up to the rules' own time box; where people were asked, they are asked again: then" +
        "\njit-nmap run of the new id gives the time. Exit code: 0 given, 75 waits for an answer, 77 not granted, 64 not running.",
    );
  const read = readCommandLine<{ reason?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const [id = "", text = ""] = read.operands;
  const more = parseDuration(text);
  if (!more.ok) return tellProblem({ ...more.error, hint: durationHint });
  const fx = await effects();
  const found = await requestById(id, fx);
  if (!found.ok) return tellProblem(found.error);
  return tellOutcome(await extend(found.value.id, { seconds: more.value, reason: read.options.reason }, {}, fx));
};
