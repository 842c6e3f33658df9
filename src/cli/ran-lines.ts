// How a scan that ran is told. Separate because it says why a result can't be relied on, which nothing else does.
import { unreachable } from "../core/result.ts";
import { formatDuration } from "../core/time.ts";
import type { Outcome } from "../messages.ts";
import { counted } from "./counted.ts";
import { ourLine } from "./output.ts";

type Ran = Extract<Outcome, { kind: "ran" }>;

/**
 * What went wrong, then where the result is; nothing for a scan that simply ended, unless somebody watches.
 *
 * @param watched  true when standard error is a terminal.
 */
export function ranLines(ran: Ran, watched: boolean): readonly string[] {
  const { id } = ran.request;
  const wrong = [
    ...ran.violations,
    ...ran.outputs.map(({ output, problem }) => `${output.path} was not written: ${problem.message}`),
    ...endedWrongly(ran),
  ];
  if (wrong.length > 0) {
    return [
      ...wrong.map((sentence) => ourLine("error", sentence)),
      ourLine("hint", `what was found is kept: jit-nmap results ${id}`),
    ];
  }
  return watched && ran.ending === "exited" ? [...namesOf(ran), ourLine("note", summaryOf(ran))] : [];
}

const NAMES_TOLD = 4;

/** nmap was given addresses, and its output has no names: these are what was typed. */
function namesOf({ request }: Ran): readonly string[] {
  const { names } = request.plan;
  const told = names.slice(0, NAMES_TOLD).map(({ typed, addresses }) => `${typed} is ${addresses.join(", ")}`);
  const more = names.length - told.length;
  return told.length === 0 ? [] : [ourLine("note", [...told, ...(more > 0 ? [`${more} more`] : [])].join("; "))];
}

function endedWrongly(ran: Ran): readonly string[] {
  switch (ran.ending) {
    case "time-box":
      return [`the time box of ${formatDuration(ran.ttlSeconds)} ended the scan`];
    case "revoked":
      return [`the scan was ended${ran.request.state === "revoked" ? ` ${ran.request.because}` : ": revoked"}`];
    case "interrupted":
      return ["the scan was interrupted"];
    case "lost":
      return ["the scan was lost: don't rely on its result"];
    case "violation":
      return ["the scan was ended, as policy says: it did what its plan does not say"];
    case "signalled":
      // `| head`: nmap alone ends as quietly.
      return ran.signal === "SIGPIPE" ? [] : [`nmap died of ${ran.signal ?? "a signal"}`];
    case "exited":
      if (ran.violations.length > 0) return ["it did not run as planned: don't rely on the result"];
      return ran.exitCode === 0 && !ran.complete ? ["nmap ended, but its result is cut: don't rely on it"] : [];
    default:
      return unreachable(ran.ending);
  }
}

function summaryOf({ request, summary }: Ran): string {
  const { hosts, openPorts, elapsedSeconds } = summary;
  const found = request.plan.techniques.includes("list")
    ? `${counted(hosts.total, "host")} listed`
    : `${counted(hosts.up, "host")} up, ${counted(openPorts, "open port")}`;
  const took = elapsedSeconds === undefined ? "" : ` in ${elapsedSeconds.toFixed(2)} s`;
  return `${found}${took}: jit-nmap results ${request.id}`;
}
