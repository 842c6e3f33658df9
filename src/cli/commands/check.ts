// `jit-nmap check ARGS`: what would happen and who must approve. Records and runs nothing.
import { createInterface } from "node:readline";
import type { Effects } from "../../effects.ts";
import { check } from "../../pipeline.ts";
import { err } from "../../core/result.ts";
import { answerCode, answerJson, answerText, errorJson } from "../answer.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { outputLayout } from "../output-layout.ts";
import { writeOut } from "../output.ts";
import { takeOwnOptions } from "../own-options.ts";
import { askOf } from "../scan.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { CommandContext, RunCommand } from "./index.ts";

const flags: ReadonlySet<string> = new Set(["--json", "--stdin"]);

const usage = `usage: jit-nmap check [--json] ARGS...
       jit-nmap check --json --stdin     one JSON array of arguments a line, one object a line

Says what would happen to this scan and who must approve it; runs nothing.
Exit code: 0 allowed, 75 someone must say yes, 77 denied, 64 not understood. With --stdin always 0.
`;

export const run: RunCommand = async (context) => {
  const taken = takeOwnOptions(context.args, flags);
  if (!taken.ok) return tellProblem(taken.error);
  const { words, own } = taken.value;
  const json = own.flags.has("--json");
  if (own.help || (words.length === 1 && (words[0] === "--help" || words[0] === "-h"))) {
    writeOut(usage);
    return EXIT.ok;
  }
  if (own.flags.has("--stdin")) {
    if (json && words.length === 0) return checkLines(context);
    return tellProblem({ code: "check-usage", message: "--stdin goes with --json and without arguments" });
  }
  if (words.length === 0) {
    return tellProblem({ code: "check-usage", message: "nothing to check", hint: "jit-nmap check --help" });
  }
  const fx = await context.effects();
  const answer = await check(askOf(taken.value, fx), fx);
  if (json) {
    writeOut(jsonText(answerJson(answer)));
    return answerCode(answer);
  }
  if (answer.kind !== "judged") return tellOutcome(answer);
  const policy = await fx.policy.load();
  const networks = policy.ok ? { networks: policy.value.networks } : {};
  writeOut(answerText({ ...answer, asked: answer.ask, ...networks }, outputLayout(context.environment)));
  return answerCode(answer);
};

/** Many checks in one process: a line that is no array of strings gets an error object in its place. */
async function checkLines({ effects }: CommandContext): Promise<number> {
  const fx = await effects();
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    writeOut(jsonText(await lineAnswer(line, fx), "compact"));
  }
  return EXIT.ok;
}

async function lineAnswer(line: string, fx: Effects): Promise<object> {
  const words = stringsOf(line);
  if (words === undefined) {
    return errorJson({ code: "not-an-array", message: "a line must be one JSON array of strings" });
  }
  const taken = takeOwnOptions(words);
  if (!taken.ok) return errorJson(taken.error);
  return answerJson(await check(askOf(taken.value, fx), withoutStandardInput(fx)));
}

/** Standard input holds the lines to check: a list of targets can't come from there too. */
function withoutStandardInput(fx: Effects): Effects {
  const message = "Standard input can't be read: the lines to check come from there.";
  const refused = err({ code: "input-refused", message, hint: "name a file" } as const);
  return {
    ...fx,
    inputs: { read: (path) => (path === "-" ? Promise.resolve(refused) : fx.inputs.read(path)) },
  };
}

function stringsOf(line: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && value.every((word) => typeof word === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}
