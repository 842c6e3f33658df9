// nmap's answers to questions about itself: started without rights, without input, for a few seconds at most. No
// session: there is no grant, no network and no result.
import { spawn } from "node:child_process";
import type { LaunchProblem } from "../effects.ts";
import { err, ok } from "../core/result.ts";
import type { Result } from "../core/result.ts";
import { executableProblem } from "./executable.ts";

const LONGEST_MS = 10_000;
/** Nobody and its group, on every Linux: what root asks is answered without root's rights. */
const NOBODY = 65_534;

/** nmap's exit code; its output goes where ours goes. */
export async function tell(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Result<number, LaunchProblem>> {
  const [nmap, ...words] = argv;
  if (nmap === undefined) throw new Error("an empty command line");
  const problem = executableProblem(nmap);
  if (problem !== undefined) return err(problem);
  const rights = process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(nmap, words, {
    cwd: "/",
    env: { ...env },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
    ...rights,
  });
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const message = `nmap can't be executed (${error.code ?? "unknown error"}).`;
      resolve(err({ code: "nmap-unusable", message, hint: nmap }));
    });
    child.once("exit", (code, signal) => {
      if (code !== null) {
        resolve(ok(code));
        return;
      }
      // A reader that has seen enough (`| head`) is no failure.
      if (signal === "SIGPIPE") resolve(ok(0));
      else resolve(err({ code: "nmap-unusable", message: `nmap did not answer (${signal ?? "no exit code"}).` }));
    });
  });
}
