// Running OpenSSH's own programs: where they are, what they may see, and the private folder for what they only read
// from files. Separate from the proofs, which say what is asked of them.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Never from the caller's PATH: a program of that name there could say yes to everything. */
const folders = ["/usr/bin", "/usr/local/bin", "/bin"];

/** Absolute path of one of OpenSSH's programs; undefined when it is not installed. */
export function findProgram(name: "ssh-keygen" | "ssh-add"): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program on a text at its standard input.
 *
 * @param asks  it may ask for a passphrase or a touch: its standard error is the person's.
 */
export function run(
  program: string,
  args: readonly string[],
  { input = "", env = {}, asks = false }: { input?: string; env?: NodeJS.ProcessEnv; asks?: boolean },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", asks ? "inherit" : "pipe"],
      env: { PATH: folders.join(":"), LC_ALL: "C", ...env },
    });
    const out = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        out[name] = (out[name] + text).slice(0, longestAnswer);
      });
    }
    // Whoever has read enough closes the pipe: that is no failure of ours.
    child.stdin?.on("error", () => undefined).end(input);
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, ...out });
    });
  });
}

const longestAnswer = 1_000_000;

/** A folder of this process alone with these files in it, while `work` lasts. */
export async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "jit-nmap-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
