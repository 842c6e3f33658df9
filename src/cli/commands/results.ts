// `jit-nmap results [ID]`: the stored result of a scan. Text by default, nmap's XML byte for byte, or a JSON summary.
import type { SessionRecord, StoredResult } from "../../core/grant/session-record.ts";
import { resultText } from "../../core/results/result-text.ts";
import { time } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { myRequest } from "../find-request.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { jsonText } from "../plan-json.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("results", "The stored result of a scan.")
    .argument("[ID]", "any unique beginning of the request's id; my latest when left out")
    .option("--xml", "nmap's XML, byte for byte; what there is when it was cut")
    .option("--json", "a summary as one JSON object");
  const read = readCommandLine<{ xml?: true; json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const { xml, json } = read.options;
  if (xml === true && json === true) return tellProblem({ code: "results-usage", message: "either --xml or --json" });
  const fx = await effects();
  const found = await myRequest(read.operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const { id, state } = found.value;
  const latest = await latestResult(await fx.store.sessions(id), fx);
  if (latest === undefined) {
    const problem = {
      code: "no-result",
      message: `request ${id} has no result: it is ${state}`,
      hint: `jit-nmap show ${id}`,
    };
    return tellProblem(problem, EXIT.unavailable);
  }
  const { session, stored } = latest;
  if (xml === true) {
    writeOut(stored.xml);
  } else if (json === true) {
    const { startedAt, end } = session;
    const ended = end === undefined ? {} : { end: { ...end, endedAt: time(end.endedAt) } };
    writeOut(
      jsonText({
        schema: 1,
        request: id,
        session: session.id,
        startedAt: time(startedAt),
        ...ended,
        summary: stored.summary,
      }),
    );
  } else {
    writeOut(resultText(stored.xml));
  }
  if (stored.complete) return EXIT.ok;
  writeErr(ourLine("error", "this result is cut: hosts that were not finished are missing"));
  return EXIT.unreliable;
};

/** A request runs once; the last session that left a result, should a crash have left more. */
async function latestResult(
  sessions: readonly SessionRecord[],
  fx: Effects,
): Promise<{ readonly session: SessionRecord; readonly stored: StoredResult } | undefined> {
  for (const session of [...sessions].sort((a, b) => b.startedAt - a.startedAt)) {
    const stored = await fx.store.result(session.id);
    if (stored !== undefined) return { session, stored };
  }
  return undefined;
}
