// Casting a vote from a command: `approve` and `deny` are the same but for the word. At a terminal the voter sees the
// card and answers a question; a script proves that it means this very request by naming its digest.
import type { Command } from "commander";
import { narrowedRequest } from "../broker/narrow.ts";
import { castVote } from "../broker/votes.ts";
import { purposeOf } from "../core/approval/purpose.ts";
import type { Request } from "../core/approval/request.ts";
import { keyFingerprint } from "../core/approval/ssh-key.ts";
import { voteText } from "../core/approval/vote-text.ts";
import { unreachable } from "../core/result.ts";
import type { Counted } from "../messages.ts";
import { commandLine, readCommandLine } from "./command-line.ts";
import type { CommandContext } from "./commands/index.ts";
import { tellMistakes } from "./draft.ts";
import { EXIT } from "./exit-code.ts";
import { requestForMyVote } from "./find-request.ts";
import { sendMessages } from "./messages-out.ts";
import { addNarrowingOptions, narrowingOf, type NarrowingOptions } from "./narrowing-options.ts";
import { ourLine, writeErr, writeOut } from "./output.ts";
import { outputLayout } from "./output-layout.ts";
import { localTime } from "./show-time.ts";
import { tellProblem } from "./tell.ts";
import { wholeText } from "./whole-request.ts";

type VoteWord = "approve" | "deny";

interface VoteOptions extends NarrowingOptions {
  readonly reason?: string;
  readonly digest?: string;
  readonly key?: string;
  readonly full?: true;
}

function commandOf(word: VoteWord): Command {
  const yes = word === "approve";
  const command = commandLine(word, yes ? "Votes yes on somebody else's request." : "Votes no, which ends a request.")
    .argument("[ID]", "any unique beginning of its id; the only one that waits for me when left out")
    .option("--reason <text>", "why; the requester reads it")
    .option("--digest <digest>", "the request's digest from show --json: in a script, proof of what was read")
    .option(
      "--key <file>",
      "sign with this private SSH key; else with the agent's or one in ~/.ssh, if it is in the policy",
    )
    .option("--full", "show all of what is voted on, also what is left of it; in a script, only that");
  if (yes) addNarrowingOptions(command);
  const less = yes
    ? "With less than was asked for, the requester is asked again (--jit-accept-narrower: is not).\n"
    : "";
  return command.addHelpText(
    "after",
    `\n${less}At a terminal: the card, then y or N. Exit code: 0 counted, 75 not voted, 77 not entitled, 79 too late.`,
  );
}

export async function vote(word: VoteWord, { args, effects, terminal, environment }: CommandContext): Promise<number> {
  const read = readCommandLine<VoteOptions>(commandOf(word), args);
  if (read.kind === "done") return read.code;
  const { options, operands } = read;
  const fx = await effects();
  const narrow = narrowingOf(options, fx.clock.now());
  if (!narrow.ok) return tellProblem(narrow.error);
  const found = await requestForMyVote(operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const request = found.value;
  const { digest } = options;
  if (digest === undefined && !terminal.present && options.full !== true) {
    const hint = `jit-nmap show ${request.id} --json has it; then jit-nmap ${word} ${request.id} --digest DIGEST`;
    return tellProblem({ code: "digest-needed", message: `without a terminal, ${word} needs --digest`, hint });
  }
  if (request.state !== "pending") return tellCounted({ kind: "too-late", request });
  const policy = await fx.policy.load();
  if (!policy.ok) return tellMistakes(policy.error);
  const less = narrow.value === undefined ? undefined : await narrowedRequest(request, narrow.value, policy.value, fx);
  if (less?.ok === false) return tellProblem(less.error);
  const asked = less?.value ?? request;

  const voter = fx.facts.requester().name;
  const keys = policy.value.contacts.get(voter)?.keys ?? [];
  // Before anybody reads and answers anything.
  const unsigned = options.key === undefined ? undefined : await fx.proofs.cannotSign(keys, options.key);
  if (unsigned !== undefined) return tellProblem(unsigned);
  if (options.full === true) writeOut(`${wholeText(asked, outputLayout(environment))}\ndigest ${asked.digest}\n`);
  let { reason } = options;
  if (digest === undefined && !terminal.present) return EXIT.waiting;
  if (digest === undefined) {
    if (options.full !== true) await terminal.showCard(asked);
    const signal = new AbortController().signal;
    const what = less === undefined ? "this" : "what is left of it";
    const yes = await terminal.askYesNo(`${word === "approve" ? "Approve" : "Deny"} ${what} as ${voter}?`, signal);
    if (yes !== true) {
      writeErr(ourLine("note", `not voted; request ${request.id} still waits`));
      return EXIT.waiting;
    }
    if (word === "deny" && reason === undefined) {
      reason = await terminal.askLine("Why? The requester reads it (Enter for nothing):", {}, signal);
    }
  }
  const given = reason?.trim();
  const words = { voter, answer: word, ...(given === undefined || given === "" ? {} : { reason: given }) };
  const signed = await fx.proofs.sign(voteText(asked, words), keys, options.key);
  if (!signed.ok) return tellProblem(signed.error);
  const proof = signed.value;
  const counted = await castVote(
    {
      ...words,
      request: request.id,
      // Of what was read: the version that a condition makes has the digest of its own that was just worked out.
      digest: digest === undefined || digest === request.digest ? asked.digest : digest,
      // Without a signature nothing proves the account: whoever may write the store could have written this.
      ...(proof === undefined ? { strength: "asserted" } : { strength: "signed", proof }),
      ...(narrow.value !== undefined && { narrow: narrow.value }),
      via: "command",
    },
    fx,
  );
  if (counted.kind === "counted" && proof !== undefined) {
    writeErr(ourLine("note", `signed with the key ${keyFingerprint(proof.key)}`));
  }
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
    default:
      return unreachable(counted);
  }
}

// The rest are denials (77): the voter may not, or may not like this.
const refusedCodes: ReadonlyMap<string, number> = new Map([
  ["wrong-digest", EXIT.notUnderstood],
  ["already-voted", EXIT.notUnderstood],
  ["not-narrower", EXIT.notUnderstood],
  ["target-syntax", EXIT.notUnderstood],
  ["policy-unusable", EXIT.misconfigured],
]);

function countedText(request: Request, missing: readonly string[]): string {
  const { id, requester } = request;
  if (request.state === "approved") {
    if (purposeOf(request, "standing") !== undefined) {
      return `approved; what ${requester.name} scans within it runs without asking`;
    }
    const from = request.notBefore === undefined ? "now" : `from ${localTime(request.notBefore)} on`;
    return `approved; ${requester.name} may run ${id} ${from}`;
  }
  if (request.state === "denied") return `denied; request ${id} is over`;
  return `counted; request ${id} still needs ${missing.join("; ")}`;
}
