// One run of nft: the only way in which this program talks to the kernel's packet rules.
import { spawn } from "node:child_process";
import { err, ok } from "../../core/result.ts";
import type { Result } from "../../core/result.ts";

export interface NftProblem {
  readonly code: "nft-failed";
  /** nft's own first line: English, because the locale is ours. */
  readonly message: string;
}

/** Far more than a run takes, loading a hundred thousand networks included. */
const LONGEST_MS = 60_000;

export type Nft = (words: readonly string[], rules?: string) => Promise<Result<string, NftProblem>>;

/**
 * Runs nft with these words; `rules` go to its standard input (`-f -`). One run is one transaction: on a problem nothing
 * of it has happened. The answer is what nft printed.
 */
export function nftAt(path: string): Nft {
  return (words, rules) =>
    new Promise((resolve) => {
      const child = spawn(path, words, {
        cwd: "/",
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
        stdio: ["pipe", "pipe", "pipe"],
        timeout: LONGEST_MS,
        killSignal: "SIGKILL",
      });
      const printed = { out: "", err: "" };
      child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.err += text));
      // A run that ends before it has read all says why on its standard error.
      child.stdin.on("error", () => undefined);
      child.stdin.end(rules);
      const failed = (message: string): void => {
        resolve(err({ code: "nft-failed", message }));
      };
      child.once("error", (error) => {
        failed(error.message);
      });
      child.once("close", (code, signal) => {
        if (code === 0) resolve(ok(printed.out));
        else failed(printed.err.split("\n")[0] ?? `nft ended with ${signal ?? String(code)}`);
      });
    });
}
