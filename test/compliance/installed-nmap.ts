// The installed nmap as an oracle, shut into a network namespace of its own.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface NmapRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const runner = fileURLToPath(new URL("nmap-runner.ts", import.meta.url));
// A user namespace stands in for root where there is none.
export const networkNamespace = process.getuid?.() === 0 ? ["-n"] : ["-rn"];

/** False where namespaces are not allowed, or nmap is missing: tests that need it are then skipped. */
export const nmapInNamespace =
  spawnSync("unshare", [...networkNamespace, "nmap", "--version"], { encoding: "utf8" }).status === 0;

/** Runs every line, program first, and gives their results in order. `env` is added to a plain environment. */
export function runNmap(
  lines: readonly (readonly string[])[],
  env: Readonly<Record<string, string>> = {},
): readonly NmapRun[] {
  const { stdout, stderr, status } = spawnSync("unshare", [...networkNamespace, process.execPath, runner], {
    encoding: "utf8",
    input: JSON.stringify({ lines, env }),
    maxBuffer: 512 * 1024 * 1024,
  });
  const results = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as NmapRun);
  if (status !== 0 || results.length !== lines.length) throw new Error(`the runner stopped: ${stderr}`);
  return results;
}

/** Puts --iflist first: nmap then reads and checks the whole line, lists interfaces and ends with 0 without scanning. */
export function validated(argv: readonly string[]): readonly string[] {
  const [program = "nmap", ...words] = argv;
  return [program, "--iflist", ...words];
}
