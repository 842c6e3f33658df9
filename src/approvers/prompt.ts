// The approver at the requester's own terminal: another person comes over, reads the card, says who they are and
// answers. With an SSH key that the policy has, the answer is signed; else nothing proves the name (`asserted`), which
// is why rules can ask for more.
import type { Request } from "../core/approval/request.ts";
import { voteText } from "../core/approval/vote-text.ts";
import type { Answer, Approver, Proofs, Question } from "../effects.ts";

/** What is needed of a terminal. Each question gives undefined when it was not answered, for whatever reason. */
export interface VotingTerminal {
  readonly present: boolean;
  showCard(request: Request): Promise<void>;
  choose(
    question: string,
    choices: readonly { readonly value: string; readonly name: string }[],
    signal: AbortSignal,
  ): Promise<string | undefined>;
  askLine(
    question: string,
    options: { readonly check?: (typed: string) => true | string },
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

const nobody = "";

/**
 * Asks one person after the other, until as many have answered as the rules want, one denies, or nobody votes any
 * more. Whether a vote counts, the broker judges; here the list of names only keeps typing mistakes out.
 */
export function createPromptApprover(terminal: VotingTerminal, sign?: Proofs["sign"]): Approver {
  return {
    type: "prompt",
    async ask(question, signal) {
      if (!terminal.present) throw new Error("there is no terminal to ask at");
      if (signal.aborted) return { answers: [] };
      await terminal.showCard(question.request);
      const answers: Answer[] = [];
      while (answers.length < votesWanted(question.request) && answers.at(-1)?.answer !== "deny") {
        const voted = new Set(answers.map((answer) => answer.voter));
        const voters = question.voters.filter((voter) => !voted.has(voter));
        if (voters.length === 0 && question.voters.length > 0) break;
        const answer = await askOne({ ...question, voters }, terminal, signal);
        if (answer === undefined) break;
        answers.push(await signed(answer, question, terminal, signal, sign));
      }
      // An answer that comes with the end of the question is too late to be anybody's.
      return { answers: isOver(signal) ? [] : answers };
    },
  };
}

/** At most so many people are needed: one may serve two rules. */
function votesWanted({ requires }: Request): number {
  const counts = requires.flatMap((requirement) => ("votes" in requirement ? Object.values(requirement.votes) : []));
  return Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

async function askOne(
  { voters }: Question,
  terminal: VotingTerminal,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const voter = await chooseVoter(voters, terminal, signal);
  if (voter === undefined || voter === nobody) return undefined;
  const answer = await terminal.choose(
    `${voter}, what do you say?`,
    // Enter alone must not be a yes.
    [
      { value: nobody, name: "nothing now" },
      { value: "approve", name: "approve" },
      { value: "deny", name: "deny" },
    ],
    signal,
  );
  if (answer !== "approve" && answer !== "deny") return undefined;
  const reason = await terminal.askLine("Why? (Enter for nothing)", {}, signal);
  if (reason === undefined) return undefined;
  const given = reason.trim();
  return { voter, answer, strength: "asserted", ...(given === "" ? {} : { reason: given }) };
}

/** The same answer, signed where the voter has a key and uses it here: from an agent, a hardware key, a file brought along. */
async function signed(
  answer: Answer,
  { request, policy }: Question,
  terminal: VotingTerminal,
  signal: AbortSignal,
  sign: Proofs["sign"] | undefined,
): Promise<Answer> {
  const keys = policy.contacts.get(answer.voter)?.keys ?? [];
  if (sign === undefined || keys.length === 0 || isOver(signal)) return answer;
  const text = voteText(request, answer);
  let proof = await sign(text, keys);
  while (!proof.ok || proof.value === undefined) {
    const why = proof.ok ? `No key of ${answer.voter}'s is at hand.` : `${proof.error.message}.`;
    const file = (await terminal.askLine(`${why} File of the private key (Enter: by name only)`, {}, signal))?.trim();
    if (file === undefined || file === "") return answer;
    proof = await sign(text, keys, file);
  }
  return { ...answer, strength: "signed", proof: proof.value };
}

async function chooseVoter(
  voters: readonly string[],
  terminal: VotingTerminal,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Where everyone may vote nobody is listed.
  if (voters.length === 0) return (await terminal.askLine("Who votes? (login, Enter for nobody)", {}, signal))?.trim();
  return terminal.choose(
    "Who votes?",
    [{ value: nobody, name: "nobody here, keep waiting" }, ...voters.map((voter) => ({ value: voter, name: voter }))],
    signal,
  );
}

const isOver = (signal: AbortSignal): boolean => signal.aborted;
