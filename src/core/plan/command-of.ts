// The command that a plan becomes, as people are shown it: the very words that run, without the session's private
// result file, which nobody chose and which does not exist yet.
import { renderArgv } from "./render.ts";
import type { ScanPlan } from "./scan-plan.ts";

// No path can be this: a NUL ends every path.
const PRIVATE = "\0";

/** nmap's arguments, without its name. The requester's own output files are no words of the command (the card lists them). */
export function commandOf(plan: ScanPlan): readonly string[] {
  const shown = { ...plan, outputs: plan.outputs.filter((output) => output.path === "-") };
  const [, ...words] = renderArgv(shown, { xml: PRIVATE, data: PRIVATE, scripts: ".", targets: "TARGETS-OF-THE-PLAN" });
  return words.filter((word, index) => !word.endsWith(PRIVATE) && words[index + 1] !== PRIVATE);
}
