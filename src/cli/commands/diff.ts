// `jit-nmap diff ID [ID]`: what changed from one stored result to another. Exit code as diff(1): 0 the same, 1 different.
import { diffResults } from "../../core/results/diff.ts";
import { time } from "../../core/time.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { diffText } from "../diff-text.ts";
import { EXIT } from "../exit-code.ts";
import { myLatestResult, resultOf, type FoundResult } from "../find-result.ts";
import { jsonText } from "../json-text.ts";
import { outputLayout } from "../output-layout.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

const DIFFERENT = 1;

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("diff", "What changed from one stored result to another.")
    .argument("<ID>", "the earlier: any unique beginning of its request's id")
    .argument("[ID]", "the later; my latest result when left out")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      "\nExit code: 0 the same, 1 different, 76 when one can't be relied on. When and how fast is no difference.",
    );
  const read = readCommandLine<{ json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const [earlier = "", later] = read.operands;
  const before = await resultOf(earlier, fx);
  if (!before.ok) return tellProblem(before.error, before.error.code === "no-result" ? EXIT.unavailable : undefined);
  const after = later === undefined ? await myLatestResult(fx) : await resultOf(later, fx);
  if (!after.ok) return tellProblem(after.error, after.error.code === "no-result" ? EXIT.unavailable : undefined);
  const diff = diffResults(before.value.stored.xml, after.value.stored.xml);
  if (read.options.json === true) {
    const [from, to] = [before.value, after.value].map(whichJson);
    writeOut(jsonText({ schema: 1, from, to, same: diff.hosts.length === 0, ...diff }));
  } else {
    writeOut(diffText(diff, outputLayout(environment)));
  }
  if (diff.otherScan)
    writeErr(ourLine("note", "the two scans did not look for the same: what is missing may not have been looked for"));
  const asPlanned = [before, after].every(({ value }) => value.violations.length === 0);
  if (!asPlanned) writeErr(ourLine("error", "a scan did not run as planned: don't rely on its result"));
  if (!diff.complete) writeErr(ourLine("error", "a result is cut: hosts that were not finished are missing"));
  if (!diff.complete || !asPlanned) return EXIT.unreliable;
  return diff.hosts.length === 0 ? EXIT.ok : DIFFERENT;
};

function whichJson({ request, session }: FoundResult) {
  return { request: request.id, session: session.id, startedAt: time(session.startedAt) };
}
