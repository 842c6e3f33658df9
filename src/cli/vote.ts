// Casting a vote from a command: `approve` and `deny` are the same but for the word. At a terminal the voter sees the
// card and answers a question; a script proves that it means this very request by naming its digest.
import { castVote } from "../broker/votes.ts";
import { purposeOf } from "../core/approval/purpose.ts";
import type { Request } from "../core/approval/request.ts";
import type { Counted } from "../messages.ts";
import { commandLine, readCommandLine } from "./command-line.ts";
import type { CommandContext } from "./commands/index.ts";
import { EXIT } from "./exit-code.ts";
import { requestForMyVote } from "./find-request.ts";
import { sendMessages } from "./messages-out.ts";
import { ourLine, writeErr } from "./output.ts";
import { tellProblem } from "./tell.ts";

type VoteWord = "approve" | "deny";

interface VoteOptions {
  readonly reason?: string;
  readonly digest?: string;
}

export async function vote(word: VoteWord, { args, effects, terminal }: CommandContext): Promise<number> {
  const command = commandLine(
    word,
    word === "approve" ? "Votes yes on somebody else's request." : "Votes no, which ends a request.",
  )
    .argument("[ID]", "any unique beginning of its id; the only one that waits for me when left out")
    .option("--reason <text>", "why; the requester reads it")
    .option("--digest <digest>", "the request's digest from show --json: in a script, proof of what was read")
    .addHelpText(
      "after",
      "\nAt a terminal: the card, then y or N. Exit code: 0 counted, 75 not voted, 77 not entitled, 79 too late.",
    );
  const read = readCommandLine<VoteOptions>(command, args);
  if (read.kind === "done") return read.code;
  const { options, operands } = read;
  const fx = await effects();
  const found = await requestForMyVote(operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const request = found.value;
  const me = fx.facts.requester().name;
  let { reason } = options;
  if (options.digest === undefined) {
    if (!terminal.present) {
      const hint = `jit-nmap show ${request.id} --json has it; then jit-nmap ${word} ${request.id} --digest DIGEST`;
      return tellProblem({ code: "digest-needed", message: `without a terminal, ${word} needs --digest`, hint });
    }
    if (request.state !== "pending") return tellCounted({ kind: "too-late", request });
    await terminal.showCard(request);
    const signal = new AbortController().signal;
    const yes = await terminal.askYesNo(word === "approve" ? `Approve this as ${me}?` : `Deny this as ${me}?`, signal);
    if (yes !== true) {
      writeErr(ourLine("note", `not voted; request ${request.id} still waits`));
      return EXIT.waiting;
    }
    if (word === "deny" && reason === undefined) {
      reason = await terminal.askLine("Why? The requester reads it (Enter for nothing):", {}, signal);
    }
  }
  const given = reason?.trim();
  const counted = await castVote(
    {
      request: request.id,
      digest: options.digest ?? request.digest,
      voter: me,
      answer: word,
      // Without an installation nothing proves the account: whoever may write the store could have written this.
      strength: "asserted",
      via: "command",
      ...(given === undefined || given === "" ? {} : { reason: given }),
    },
    fx,
  );
  const code = tellCounted(counted);
  if (counted.kind === "counted") await sendMessages(counted, fx);
  return code;
}

function tellCounted(counted: Counted): number {
  switch (counted.kind) {
    case "counted":
      writeErr(ourLine("note", countedText(counted.request, counted.missing)));
      return EXIT.ok;
    case "too-late":
      return tellProblem(
        { code: "too-late", message: `too late: request ${counted.request.id} is ${counted.request.state}` },
        EXIT.askAgain,
      );
    case "refused":
      return tellProblem(counted.problem, refusedCodes.get(counted.problem.code) ?? EXIT.denied);
  }
}

// The rest are denials (77): the voter may not, or may not like this.
const refusedCodes: ReadonlyMap<string, number> = new Map([
  ["wrong-digest", EXIT.notUnderstood],
  ["already-voted", EXIT.notUnderstood],
  ["policy-unusable", EXIT.misconfigured],
]);

function countedText(request: Request, missing: readonly string[]): string {
  const { id, requester } = request;
  if (request.state === "approved") {
    return purposeOf(request, "standing") === undefined
      ? `approved; ${requester.name} may run ${id} now`
      : `approved; what ${requester.name} scans within it runs without asking`;
  }
  if (request.state === "denied") return `denied; request ${id} is over`;
  return `counted; request ${id} still needs ${missing.join("; ")}`;
}
