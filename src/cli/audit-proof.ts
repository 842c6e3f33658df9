// `jit-nmap audit proof [ID]`: what somebody needs to check a request's signed votes with OpenSSH and sha256sum alone,
// years later and without this program, as files in a folder of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SshProof } from "../core/approval/proof.ts";
import { requestText } from "../core/approval/request-digest.ts";
import type { Request, Vote } from "../core/approval/request.ts";
import { voteNamespace, voteText } from "../core/approval/vote-text.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { escapeText } from "../core/escape.ts";
import { quoteWords } from "../core/plan/quote-words.ts";
import { commandLine, readCommandLine } from "./command-line.ts";
import type { CommandContext } from "./commands/index.ts";
import { EXIT } from "./exit-code.ts";
import { requestToShow } from "./find-request.ts";
import { ourLine, writeErr, writeOut } from "./output.ts";
import { tellProblem } from "./tell.ts";

type SignedVote = Vote & { readonly proof: SshProof };

export async function proof({ args, effects }: CommandContext): Promise<number> {
  const command = commandLine("audit proof", "A request's signed votes, for others to check without jit-nmap.")
    .argument("[ID]", "any unique beginning of its id; my latest when left out")
    .option("--into <folder>", "the folder to make (default: ID-proof)")
    .addHelpText("after", "\nOn standard output: the commands that check it, to be run in the folder.");
  const read = readCommandLine<{ into?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const found = await requestToShow(read.operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const request = found.value;
  const votes = (await fx.store.votes(request.id)).filter((vote): vote is SignedVote => vote.proof?.kind === "sshsig");
  if (votes.length === 0) {
    return tellProblem({ code: "nothing-signed", message: `no vote on ${request.id} was signed with an SSH key` });
  }
  const folder = resolve(read.options.into ?? `${request.id}-proof`);
  const problem = writeAll(folder, filesOf(request, votes));
  if (problem !== undefined) return tellProblem({ code: "proof-not-written", message: problem });
  writeErr(ourLine("note", `in ${folder}: compare the keys in allowed_signers with those of the policy`));
  writeOut(
    `${recipeOf(request, votes)
      .map((line) => escapeText(line))
      .join("\n")}\n`,
  );
  return EXIT.ok;
}

/** A name as `allowed_signers` takes it: there it is a pattern. */
const principalOf = ({ voter }: Vote): string => (/^[A-Za-z0-9._@-]+$/.test(voter) ? voter : "voter");

function filesOf(request: Request, votes: readonly SignedVote[]): ReadonlyMap<string, string> {
  const { id, nonce } = request;
  const signers = votes.map((vote) => `${principalOf(vote)} namespaces="${voteNamespace}" ${vote.proof.key}\n`);
  return new Map([
    ["allowed_signers", [...new Set(signers)].join("")],
    ["request", requestText(request)],
    ["plan.json", canonicalJson(request.plan)],
    ...votes.flatMap((vote, index): [string, string][] => [
      [`vote-${index + 1}`, voteText({ id, nonce, version: vote.version, digest: vote.digest }, vote)],
      [`vote-${index + 1}.sig`, vote.proof.signature],
    ]),
  ]);
}

/** Each line is a command; the digests are those of the signed words and of the request. */
function recipeOf({ digest, planDigest }: Request, votes: readonly SignedVote[]): readonly string[] {
  const verified = votes.map((vote, index) => {
    const name = `vote-${index + 1}`;
    const words = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", principalOf(vote)];
    return `${quoteWords([...words, "-n", voteNamespace, "-s", `${name}.sig`])} < ${name}`;
  });
  const summed = [
    [digest, "request"],
    [planDigest, "plan.json"],
  ].map(([sum = "", name = ""]) => `echo '${sum.slice("sha256:".length)}  ${name}' | sha256sum -c`);
  return [...verified, ...summed];
}

function writeAll(folder: string, files: ReadonlyMap<string, string>): string | undefined {
  try {
    mkdirSync(folder);
    for (const [name, text] of files) writeFileSync(join(folder, name), text, { flag: "wx" });
    return undefined;
  } catch (error) {
    return `the folder ${folder} can't be made: ${error instanceof Error ? error.message : String(error)}`;
  }
}
