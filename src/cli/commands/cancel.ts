// `jit-nmap cancel [ID]`: the requester takes a request back.
import { cancel } from "../../broker/requests.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { myRequest } from "../find-request.ts";
import { sendMessages } from "../messages-out.ts";
import { ourLine, writeErr } from "../output.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine(
    "cancel",
    "Takes a request of mine back: a waiting one, or an approval not yet used.",
  ).argument("[ID]", "any unique beginning of its id; my latest when left out");
  const read = readCommandLine(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const found = await myRequest(read.operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const outcome = await cancel(found.value.id, fx.facts.requester(), fx);
  // Here that is success: it is what was asked for, also when it had happened before.
  if (outcome.kind === "cancelled" || outcome.kind === "revoked") {
    writeErr(ourLine("note", `request ${found.value.id} is taken back; nothing runs under it`));
    await sendMessages(outcome, fx);
    return EXIT.ok;
  }
  return tellOutcome(outcome);
};
