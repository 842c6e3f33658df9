// Whether a file can be executed at all, asked before a session begins: the shell that becomes nmap could say it only
// with an exit code that nmap itself may use.
import { accessSync, constants, statSync } from "node:fs";
import type { LaunchProblem } from "../effects.ts";

/** Undefined when it can; `nmap-missing` and `nmap-unusable` are exit codes 127 and 126 in a shell's words. */
export function executableProblem(path: string): LaunchProblem | undefined {
  if (!path.startsWith("/")) throw new Error(`not an absolute path: ${JSON.stringify(path)}`);
  try {
    if (!statSync(path).isFile()) return { code: "nmap-unusable", message: "nmap's path is not a file.", hint: path };
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") {
      return { code: "nmap-missing", message: "nmap is no longer where it was found.", hint: path };
    }
    return { code: "nmap-unusable", message: `nmap can't be executed (${code ?? "unknown error"}).`, hint: path };
  }
}
