// `jit-nmap revoke ID`: ends an approval that is not used yet, or the scan under it within a second.
import { revoke, untilEnded } from "../../broker/revoke.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { requestById } from "../find-request.ts";
import { ourLine, writeErr } from "../output.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

/** A scan that is revoked ends within a second; whoever runs it may be stopped, and then says nothing. */
const patienceMs = 5000;

export const run: RunCommand = async ({ args, effects, terminal }) => {
  const command = commandLine("revoke", "Ends an approval, or the scan that runs under it, within one second.")
    .argument("<ID>", "any unique beginning of its id")
    .option("--reason <text>", "why; the requester reads it")
    .addHelpText(
      "after",
      "\nFor its requester, for who may vote on it, and for leads: whoever a rule of the policy asks." +
        "\nExit code: 0 ended, 75 revoked but not seen to end, 77 not entitled, 79 nothing left to revoke.",
    );
  const read = readCommandLine<{ reason?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const found = await requestById(read.operands[0] ?? "", fx);
  if (!found.ok) return tellProblem(found.error);
  const { id, requester, state } = found.value;
  const who = fx.facts.requester();
  let { reason } = read.options;
  // Somebody else's scan: who it is taken from reads why. What runs is ended first of all, whoever knows why.
  if (reason === undefined && state === "approved" && requester.name !== who.name && terminal.present) {
    const signal = new AbortController().signal;
    const typed = await terminal.askLine("Why? The requester reads it (Enter for nothing):", {}, signal);
    reason = typed === undefined || typed.trim() === "" ? undefined : typed.trim();
  }
  const revoked = await revoke(id, who, reason, fx);
  if (revoked.kind === "refused") {
    return tellProblem(revoked.problem, revoked.problem.code === "policy-unusable" ? EXIT.misconfigured : EXIT.denied);
  }
  if (revoked.kind === "too-late") {
    const { state } = revoked.request;
    const hint = state === "pending" ? { hint: `jit-nmap deny ${id}, or by its requester: jit-nmap cancel ${id}` } : {};
    const problem = { code: "too-late", message: `request ${id} has nothing to revoke: it is ${state}`, ...hint };
    return tellProblem(problem, EXIT.askAgain);
  }
  const request = await untilEnded(id, fx.clock.now() + patienceMs, fx);
  if (request.state === "running") {
    writeErr(ourLine("error", `request ${id} is revoked, but whoever runs it has not said that the scan ended`));
    writeErr(ourLine("hint", `jit-nmap show ${id}`));
    return EXIT.waiting;
  }
  const ran = (await fx.store.sessions(id)).length > 0;
  writeErr(ourLine("note", `request ${id} is revoked; ${ran ? "its scan has ended" : "nothing runs under it"}`));
  return EXIT.ok;
};
