// Why a script of the requester's own can't run here. Apart from own-scripts.ts, which hashes and writes: this is asked
// before anybody is, on the way of every scan.
import type { Problem } from "../core/result.ts";

export function refusedScript(because: string, hint: string): Problem<"own-script-refused"> {
  return { code: "own-script-refused", message: `A script of your own can't run: ${because}.`, hint };
}

/** What stands in the way of all of them, whatever is in them, where nmap runs with nothing of its own around it. */
export function noOwnScripts(
  stateDir: string,
  lendsRights: boolean | undefined,
): Problem<"own-script-refused"> | undefined {
  if (lendsRights === true)
    return refusedScript("it would run as root here, and may do whatever root may", "scan without sudo");
  // nmap cuts --script at commas and reads what is between them as an expression.
  if (/^[A-Za-z0-9_./-]+$/.test(stateDir)) return undefined;
  return refusedScript("the state folder's path means something to nmap", "set JIT_NMAP_HOME to a plainer one");
}
