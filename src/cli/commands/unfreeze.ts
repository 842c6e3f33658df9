// `jit-nmap unfreeze`: scans may start again. What a freeze ended stays ended.
import { unfreeze } from "../../broker/revoke.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { ourLine, writeErr } from "../output.ts";
import { tellProblem } from "../tell.ts";
import { freezeCode } from "./freeze.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("unfreeze", "Lets scans start again after a freeze.").option("--reason <text>", "why");
  const read = readCommandLine<{ reason?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const problem = await unfreeze(read.options.reason, fx.facts.requester(), fx);
  if (problem !== undefined) return tellProblem(problem, freezeCode(problem.code));
  writeErr(ourLine("note", "scans may start again; those that were ended have to be asked for again"));
  return EXIT.ok;
};
