// `jit-nmap policy check`: says what is wrong with the policy in force, with its place and an excerpt.
import { lintPolicy } from "../../core/policy/lint.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { counted } from "../counted.ts";
import { writeErr, writeOut } from "../output.ts";
import { problemLines } from "../problem-lines.ts";
import { tellProblem } from "../tell.ts";
import type { CommandContext, RunCommand } from "./index.ts";

const subcommands: ReadonlyMap<string, RunCommand> = new Map([["check", check]]);
const ofLaterVersions = ["test", "read", "explain", "replay", "schema"];

const usage = `usage: jit-nmap policy check     what is wrong with the policy in force; 78 when it can't be used
`;

export const run: RunCommand = async (context) => {
  const [name, ...args] = context.args;
  const subcommand = subcommands.get(name ?? "");
  if (subcommand !== undefined) return subcommand({ ...context, args });
  if (name === "--help" || name === "-h") {
    writeOut(usage);
    return EXIT.ok;
  }
  const message =
    name === undefined
      ? `policy needs one of ${[...subcommands.keys()].join(", ")}`
      : ofLaterVersions.includes(name)
        ? `policy ${name} is a command of a later version`
        : `there is no command policy ${name}`;
  return tellProblem({ code: "policy-usage", message, hint: "jit-nmap policy --help" });
};

async function check({ args, effects }: CommandContext): Promise<number> {
  const read = readCommandLine(commandLine("policy check", "What is wrong with the policy in force."), args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const policy = await fx.policy.load();
  if (!policy.ok) {
    for (const line of policy.error.flatMap((problem) => problemLines(problem))) writeErr(line);
    return EXIT.misconfigured;
  }
  const doubts = lintPolicy(policy.value);
  for (const line of doubts.flatMap((problem) => problemLines(problem, "note"))) writeErr(line);
  const { rules, files } = policy.value;
  const found = doubts.length === 0 ? "no mistakes" : counted(doubts.length, "doubt");
  writeOut(`${counted(rules.length, "rule")} in ${files.join(", ")}: ${found}\n`);
  return EXIT.ok;
}
