// `jit-nmap policy check [PATH]`: says what is wrong with a policy, with its place and an excerpt, and what is doubtful.
import { missingFor, needsConfiguration } from "../../core/configuration/reach.ts";
import { lintPolicy } from "../../core/policy/lint.ts";
import type { Policy } from "../../core/policy/policy.ts";
import type { Problem } from "../../core/result.ts";
import type { Effects } from "../../effects.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { counted } from "../counted.ts";
import { loadDraft } from "../draft.ts";
import { EXIT } from "../exit-code.ts";
import { writeErr, writeOut } from "../output.ts";
import { problemLines } from "../problem-lines.ts";
import type { RunCommand } from "./index.ts";

/** Approvers that could ask nobody as config.yaml stands; a mistake in that file, where the policy needs it. */
async function unconfigured({ approvers }: Policy, fx: Effects): Promise<readonly Problem[]> {
  const needy = [...approvers.values()].filter(needsConfiguration);
  if (needy.length === 0) return [];
  const configuration = await fx.config.load();
  if (!configuration.ok) return configuration.error;
  return needy.flatMap((approver) => missingFor(approver, configuration.value) ?? []);
}

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("policy check", "What is wrong with a policy, and what is doubtful.").argument(
    "[PATH]",
    "a policy file or a folder of them; the policy in force when left out",
  );
  const read = readCommandLine(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const policy = await loadDraft(read.operands[0], fx);
  if (policy === undefined) return EXIT.misconfigured;
  const doubts = [...lintPolicy(policy, fx.clock.now()), ...(await unconfigured(policy, fx))];
  for (const line of doubts.flatMap((problem) => problemLines(problem, "note"))) writeErr(line);
  const { rules, files } = policy;
  const found = doubts.length === 0 ? "no mistakes" : counted(doubts.length, "doubt");
  writeOut(`${counted(rules.length, "rule")} in ${files.join(", ")}: ${found}\n`);
  return EXIT.ok;
};
