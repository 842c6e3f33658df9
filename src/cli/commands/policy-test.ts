// `jit-nmap policy test [PATH]`: tries the cases beside a policy and says, like a test runner, which answers are others
// than its author expects.
import { planOfCase } from "../../broker/trial.ts";
import { parseCases, runCases, type CaseResult } from "../../core/policy/cases.ts";
import type { PolicyText } from "../../core/policy/digest.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { escapeText } from "../../core/escape.ts";
import type { Effects } from "../../effects.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { counted } from "../counted.ts";
import { loadDraft, tellMistakes } from "../draft.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { writeOut } from "../output.ts";
import { quoteWords } from "../../core/plan/quote-words.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("policy test", "Tries the *.cases.yaml beside a policy; 78 when an answer is another.")
    .argument("[PATH]", "a policy file or a folder of them; the policy in force when left out")
    .option("--json", "one JSON object for every case");
  const read = readCommandLine<{ json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const policy = await loadDraft(read.operands[0], fx);
  if (policy === undefined) return EXIT.misconfigured;
  const files = await fx.drafts.cases(policy.origin);
  if (!files.ok) return tellProblem(files.error, EXIT.misconfigured);
  if (files.value.length === 0) {
    const message = `there are no cases beside ${policy.origin}`;
    const hint = "write them to a file beside it that ends in .cases.yaml, such as lab.cases.yaml for lab.yaml";
    return tellProblem({ code: "no-cases", message, hint }, EXIT.misconfigured);
  }
  const show = read.options.json === true ? showJson : showText;
  let tried = 0;
  let failed = 0;
  for (const file of files.value) {
    const results = await tryFile(file, policy, fx);
    if (results === undefined) return EXIT.misconfigured;
    show(file.name, results);
    tried += results.length;
    failed += results.filter(({ failure }) => failure !== undefined).length;
  }
  if (read.options.json !== true) {
    writeOut(`${counted(tried, "case")}: ${failed === 0 ? "all as expected" : `${failed} not as expected`}\n`);
  }
  return failed === 0 ? EXIT.ok : EXIT.misconfigured;
};

/** Undefined where the file, or the policy under its circumstances, can't be read: told already. */
async function tryFile(file: PolicyText, policy: Policy, fx: Effects): Promise<readonly CaseResult[] | undefined> {
  const parsed = parseCases(file);
  if (!parsed.ok) {
    tellMistakes(parsed.error);
    return undefined;
  }
  const { attached, cases } = parsed.value;
  const loaded = attached === undefined ? policy : await fx.drafts.load(policy.origin, attached);
  if ("ok" in loaded && !loaded.ok) {
    tellMistakes(loaded.error);
    return undefined;
  }
  const tested = "ok" in loaded ? loaded.value : loaded;
  return runCases(tested, cases, (words) => planOfCase(words, fx), fx.clock.now());
}

function showText(name: string, results: readonly CaseResult[]): void {
  writeOut(`${escapeText(name)}\n`);
  for (const { case: one, failure } of results) {
    const line = `${failure === undefined ? "ok  " : "FAIL"} line ${one.at.line}: ${one.as}: ${quoteWords(one.run)}: ${failure ?? one.expect}`;
    writeOut(`  ${escapeText(line)}\n`);
  }
}

function showJson(_name: string, results: readonly CaseResult[]): void {
  for (const { case: one, failure, decision } of results) {
    const answer = {
      file: one.at.file,
      line: one.at.line,
      run: one.run,
      as: one.as,
      expect: one.expect,
      effect: decision?.effect ?? "refused",
      ok: failure === undefined,
      ...(failure === undefined ? {} : { failure }),
    };
    writeOut(jsonText(answer, "compact"));
  }
}
