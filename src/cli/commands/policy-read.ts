// `jit-nmap policy read [PATH]`: every rule as a sentence. This is what a security lead signs off.
import { readAloud } from "../../core/policy/read-aloud.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { loadDraft } from "../draft.ts";
import { EXIT } from "../exit-code.ts";
import { writeOut } from "../output.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("policy read", "Every rule of a policy as a sentence.").argument(
    "[PATH]",
    "a policy file or a folder of them; the policy in force when left out",
  );
  const read = readCommandLine(command, args);
  if (read.kind === "done") return read.code;
  const policy = await loadDraft(read.operands[0], await effects());
  if (policy === undefined) return EXIT.misconfigured;
  writeOut(readAloud(policy));
  return EXIT.ok;
};
