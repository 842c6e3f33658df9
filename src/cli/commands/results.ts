// `jit-nmap results [ID]`: the stored result of a scan. Text by default, nmap's XML byte for byte, a JSON summary, or a page.
import { escapeText } from "../../core/escape.ts";
import { resultText } from "../../core/results/result-text.ts";
import { time } from "../../core/time.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { myLatestResult, resultOf } from "../find-result.ts";
import { outputLayout } from "../output-layout.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { jsonText } from "../json-text.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("results", "The stored result of a scan.")
    .argument("[ID]", "any unique beginning of the request's id; my latest result when left out")
    .option("--xml", "nmap's XML, byte for byte; what there is when it was cut")
    .option("--json", "a summary as one JSON object")
    .option("--html", "one page that needs nothing else, to send on or to print");
  const read = readCommandLine<{ xml?: true; json?: true; html?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const { xml, json, html } = read.options;
  if ([xml, json, html].filter((one) => one === true).length > 1) {
    return tellProblem({ code: "results-usage", message: "one of --xml, --json and --html" });
  }
  const fx = await effects();
  const [id] = read.operands;
  const latest = id === undefined ? await myLatestResult(fx) : await resultOf(id, fx);
  if (!latest.ok) return tellProblem(latest.error, latest.error.code === "no-result" ? EXIT.unavailable : undefined);
  const { request, session, stored, violations } = latest.value;
  const asPlanned = violations.length === 0;
  if (xml === true) {
    // A file gets nmap's bytes; a terminal never what some host has sent as it is.
    const { terminal } = outputLayout(environment);
    writeOut(terminal ? escapeText(Buffer.from(stored.xml).toString(), { keep: "tab-and-newline" }) : stored.xml);
  } else if (json === true) {
    const { startedAt, end } = session;
    const ended = end === undefined ? {} : { end: { ...end, endedAt: time(end.endedAt) } };
    writeOut(
      jsonText({
        schema: 1,
        request: request.id,
        session: session.id,
        startedAt: time(startedAt),
        ...ended,
        summary: stored.summary,
        violations,
      }),
    );
  } else if (html === true) {
    const { resultHtml } = await import("../../core/results/result-html.ts");
    writeOut(resultHtml(stored.xml, asPlanned));
  } else {
    writeOut(resultText(stored.xml, asPlanned));
  }
  if (!asPlanned) {
    writeErr(ourLine("error", "it did not run as planned: don't rely on this result"));
    writeErr(ourLine("hint", `jit-nmap show ${request.id}`));
  }
  if (!stored.complete) writeErr(ourLine("error", "this result is cut: hosts that were not finished are missing"));
  if (stored.complete && asPlanned) return EXIT.ok;
  return EXIT.unreliable;
};
