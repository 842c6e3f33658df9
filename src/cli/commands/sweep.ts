// `jit-nmap sweep`: ends and records what a crash left of my scans. Every scan does it in passing.
import { sweep } from "../../broker/sweep.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { ourLine, writeErr } from "../output.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const read = readCommandLine(commandLine("sweep", "Ends and records what a crash left of my scans."), args);
  if (read.kind === "done") return read.code;
  const closed = await sweep(await effects());
  for (const id of closed) writeErr(ourLine("note", `${id} was left by a crash: ended and recorded as failed`));
  if (closed.length === 0) writeErr(ourLine("note", "nothing was left"));
  return EXIT.ok;
};
