// `jit-nmap request ARGS`: files a request and prints its id on standard output, for scripts; runs nothing.
import { mayNeedCode } from "../../broker/confirm-code.ts";
import { frozenWords } from "../../core/approval/freeze.ts";
import type { Effects } from "../../effects.ts";
import type { Opened } from "../../messages.ts";
import { file } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import { sendMessages } from "../messages-out.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { takeOwnOptions } from "../own-options.ts";
import { askOf } from "../scan.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { CommandContext, RunCommand } from "./index.ts";

const usage = `usage: jit-nmap request [--jit-reason TEXT] [--jit-ttl DURATION] ARGS...

Files the scan and prints the request's id; runs nothing. Then: jit-nmap wait ID && jit-nmap run ID
Exit code: 0 allowed or filed, 77 denied by policy, 64 not understood.
`;

export const run: RunCommand = async ({ args, effects, terminal }) => {
  const taken = takeOwnOptions(args);
  if (!taken.ok) return tellProblem(taken.error);
  const { words, own } = taken.value;
  if (own.help || (words.length === 1 && (words[0] === "--help" || words[0] === "-h"))) {
    writeOut(usage);
    return EXIT.ok;
  }
  if (own.waitSeconds !== undefined) {
    return tellProblem({
      code: "request-usage",
      message: "request does not wait",
      hint: "jit-nmap wait ID --for DURATION",
    });
  }
  if (words.length === 0) {
    return tellProblem({ code: "request-usage", message: "nothing to ask for", hint: "jit-nmap request --help" });
  }
  const fx = await effects();
  const filed = await file(askOf(taken.value, fx), fx);
  if (filed.kind !== "opened") {
    const code = tellOutcome(filed);
    await sendMessages(filed, fx);
    return code;
  }
  const { id, state } = filed.request;
  writeOut(`${id}\n`);
  if (state === "approved") writeErr(ourLine("note", `${id} is allowed: jit-nmap run ${id}`));
  else writeErr(ourLine("note", `${id} ${filed.joined ? "was waiting already" : "waits"}: jit-nmap wait ${id}`));
  const frozen = await fx.store.freeze();
  if (frozen !== undefined) writeErr(ourLine("note", `${frozenWords(frozen)}; until that is lifted nothing starts`));
  await showCode(filed, terminal, fx);
  await sendMessages(filed, fx);
  return EXIT.ok;
};

/** The confirm code, where some way to answer asks for it: to the terminal device and to nothing that can be redirected. */
async function showCode({ request, code }: Opened, terminal: CommandContext["terminal"], fx: Effects): Promise<void> {
  if (code === undefined || !terminal.present) return;
  const policy = await fx.policy.load();
  if (!policy.ok || !mayNeedCode(request, policy.value)) return;
  terminal.show(`code ${code.slice(0, 3)} ${code.slice(3)}: read it out only to your approver\n`);
}
