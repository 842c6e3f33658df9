// `jit-nmap freeze "why"`: the emergency stop. Ends every running scan and lets none begin until `unfreeze`.
import { freeze, untilEnded } from "../../broker/revoke.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { counted } from "../counted.ts";
import { EXIT } from "../exit-code.ts";
import { ourLine, writeErr } from "../output.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

const patienceMs = 5000;

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("freeze", "Ends every running scan, and lets none begin until unfreeze.")
    .argument("<WHY>", "who is stopped reads it")
    .addHelpText(
      "after",
      "\nFor leads: whoever a rule of the policy asks. Exit code: 0 frozen, 75 frozen but a scan was not seen to end, 77.",
    );
  const read = readCommandLine(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const frozen = await freeze(read.operands[0] ?? "", fx.facts.requester(), fx);
  if (frozen.kind === "refused") return tellProblem(frozen.problem, freezeCode(frozen.problem.code));
  const until = fx.clock.now() + patienceMs;
  const after = await Promise.all(frozen.ended.map(({ id }) => untilEnded(id, until, fx)));
  const left = after.filter(({ state }) => state === "running");
  writeErr(ourLine("note", `frozen: nothing starts until jit-nmap unfreeze; ${counted(after.length, "scan")} ended`));
  for (const { id } of left) writeErr(ourLine("error", `whoever runs ${id} has not said that it ended`));
  return left.length === 0 ? EXIT.ok : EXIT.waiting;
};

/** What is wrong with the command itself is 64, an unreadable policy 78; the rest is a matter of who asks. */
export function freezeCode(code: string): number {
  if (code === "policy-unusable") return EXIT.misconfigured;
  return code === "not-entitled" ? EXIT.denied : EXIT.notUnderstood;
}
