// Reads and plays a transcript: a shell session as text, which is both the documentation of a command and its test.
//
//   -- policies/lab.yaml --        a file below the session's folder (JIT_NMAP_HOME), up to the next such line
//   -- session --
//   # a remark
//   $ jit-nmap check -sL 127.0.0.1 a command for sh, without a terminal
//   games$ jit-nmap approve        the same, by that account (as root only)
//   allow: ...                     expected standard output, line by line; `...` alone is any number of lines
//   ! jit-nmap: error: ...         expected standard error
//   [77]                           expected exit code when it is not 0
//
// In expected lines `{type}` stands for what changes from run to run, `{name:type}` remembers it, and `{name}` is then
// the same text again, in commands too.
import { spawn } from "node:child_process";

export interface Step {
  readonly line: number;
  readonly account: string | undefined;
  readonly command: string;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly code: number;
}

export interface Transcript {
  readonly files: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
}

export function parseTranscript(text: string): Transcript {
  const files = new Map<string, string>();
  const steps: Step[] = [];
  let file: string | undefined;
  let step: (Omit<Step, "stdout" | "stderr"> & { stdout: string[]; stderr: string[]; code: number }) | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const heading = /^-- (\S+) --$/.exec(line)?.[1];
    if (heading !== undefined) {
      file = heading;
      if (heading !== "session") files.set(heading, "");
      continue;
    }
    if (file === undefined) continue;
    if (file !== "session") {
      files.set(file, `${files.get(file) ?? ""}${line}\n`);
      continue;
    }
    const prompt = /^([a-z]*)\$ (.*)$/.exec(line);
    const code = /^\[(\d+)\]$/.exec(line)?.[1];
    if (prompt !== null) {
      const [, account = "", command = ""] = prompt;
      step = {
        line: index + 1,
        account: account === "" ? undefined : account,
        command,
        stdout: [],
        stderr: [],
        code: 0,
      };
      steps.push(step);
    } else if (line.startsWith("#") || line === "") {
      // A remark, or air between two commands: an empty line of output is written as `{empty}`.
    } else if (step === undefined) {
      throw new Error(`line ${index + 1}: output before any command`);
    } else if (code !== undefined) {
      step.code = Number(code);
    } else if (line.startsWith("! ")) {
      step.stderr.push(line.slice(2));
    } else {
      step.stdout.push(line);
    }
  }
  return { files, steps };
}

const types: ReadonlyMap<string, string> = new Map([
  ["id", "r[0-9a-hjkmnp-tv-z]{10}"],
  ["session", "s[0-9a-hjkmnp-tv-z]{10}"],
  ["grant", "g[0-9a-hjkmnp-tv-z]{10}"],
  ["time", "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z"],
  ["when", "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [+-]\\d\\d:\\d\\d"],
  ["sha", "sha256:[0-9a-f]{64}"],
  ["hex", "[0-9a-f]{64}"],
  ["fingerprint", "[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}"],
  ["n", "\\d+(?:\\.\\d+)?"],
  ["any", ".*"],
  ["empty", ""],
]);

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** An expected line as a pattern; names in it that are known already stand for what they were. */
function patternOf(line: string, known: ReadonlyMap<string, string>): { pattern: RegExp; names: readonly string[] } {
  const names: string[] = [];
  const parts = line.split(/((?<!\\u)\{[a-z0-9]+(?::[a-z]+)?\})/).map((part) => {
    const [, first = "", second] = /^\{([a-z0-9]+)(?::([a-z]+))?\}$/.exec(part) ?? [];
    if (first === "") return literal(part);
    const value = second === undefined ? known.get(first) : undefined;
    if (second === undefined && names.includes(first)) return `\\${names.indexOf(first) + 1}`;
    if (value !== undefined) return literal(value);
    const type = types.get(second ?? first);
    if (type === undefined) throw new Error(`no such placeholder: ${part}`);
    if (second === undefined) return type;
    names.push(first);
    return `(${type})`;
  });
  return { pattern: new RegExp(`^${parts.join("")}$`), names };
}

/** The expected lines with whatever matched put in: equal to `actual` exactly when they match. */
function filledIn(
  expected: readonly string[],
  actual: readonly string[],
  known: Map<string, string>,
): readonly string[] {
  const [line, ...rest] = expected;
  if (line === undefined) return [];
  if (line === "...") {
    for (let skipped = 0; skipped <= actual.length; skipped += 1) {
      const remembered = new Map(known);
      const filled = filledIn(rest, actual.slice(skipped), remembered);
      if (filled.length === actual.length - skipped && filled.every((text, at) => text === actual[skipped + at])) {
        for (const [name, value] of remembered) known.set(name, value);
        return [...actual.slice(0, skipped), ...filled];
      }
    }
    return [line, ...filledIn(rest, actual, known)];
  }
  const { pattern, names } = patternOf(line, known);
  const match = pattern.exec(actual[0] ?? "\0");
  for (const [at, name] of names.entries()) if (match !== null) known.set(name, match[at + 1] ?? "");
  return [match === null ? line : (actual[0] ?? ""), ...filledIn(rest, actual.slice(1), known)];
}

export interface Played {
  readonly expected: string;
  readonly actual: string;
}

export interface Stage {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What placeholders stand for from the start. */
  readonly known: Map<string, string>;
}

/** Plays one step; its two texts are equal exactly when all was as expected. */
export async function playStep(step: Step, { cwd, env, known }: Stage): Promise<Played> {
  const command = step.command.replaceAll(/\{([a-z0-9]+)\}/g, (whole, name: string) => known.get(name) ?? whole);
  const { stdout, stderr, code } = await runInShell(command, step.account, cwd, env);
  const show = (out: readonly string[], error: readonly string[], exit: number): string =>
    [`$ ${command}`, ...out, ...error.map((line) => `! ${line}`), `[${exit}]`].join("\n");
  return {
    actual: show(stdout, stderr, code),
    expected: show(filledIn(step.stdout, stdout, known), filledIn(step.stderr, stderr, known), step.code),
  };
}

interface Ended {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly code: number;
}

function runInShell(command: string, account: string | undefined, cwd: string, env: Stage["env"]): Promise<Ended> {
  const shell = ["/bin/sh", "-c", command];
  const [file = "", ...args] =
    account === undefined ? shell : ["setpriv", `--reuid=${account}`, `--regid=${account}`, "--clear-groups", ...shell];
  return new Promise((resolve, reject) => {
    // Detached: a session of its own, and so no terminal.
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const error: Buffer[] = [];
    child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
    child.stderr.on("data", (bytes: Buffer) => error.push(bytes));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ stdout: linesOf(out), stderr: linesOf(error), code: code ?? -1 });
    });
  });
}

function linesOf(chunks: readonly Buffer[]): readonly string[] {
  const text = Buffer.concat(chunks).toString("utf8").replace(/\n$/, "");
  return text === "" ? [] : text.split("\n");
}
