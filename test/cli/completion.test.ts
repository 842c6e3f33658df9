// The scripts in the shells they are for: what a person gets on Tab.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands/index.ts";
import { runInPty } from "./pty.ts";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
const folder = mkdtempSync(join(tmpdir(), "jit-completion-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The script as a file, and a command of that name that knows two requests. */
function script(shell: string): string {
  const made = spawnSync(program, ["completion", shell], { encoding: "utf8" });
  expect(made.stderr).toBe("");
  const path = join(folder, shell);
  writeFileSync(path, made.stdout);
  return path;
}
writeFileSync(join(folder, "jit-nmap"), "#!/bin/sh\nprintf 'r1111111111\\tpending\\nr2222222222\\tdenied\\n'\n", {
  mode: 0o755,
});
const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder };

const cases = [
  ["jit-nmap --max-r", ["--max-rate", "--max-retries", "--max-rtt-timeout"]],
  ["jit-nmap -sT --jit-t", ["--jit-ttl"]],
  ["jit-nmap check --min-ra", ["--min-rate"]],
  ["jit-nmap app", ["approve"]],
  ["jit-nmap show r", ["r1111111111", "r2222222222"]],
] as const;

describe("completion in bash", () => {
  const path = script("bash");
  const complete = (line: string): readonly string[] => {
    const words = line.split(" ");
    const asked = `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=${words.length - 1}; _jit_nmap; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", asked, path, ...words], { env, encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout.trim().split("\n").sort();
  };

  it.each(cases)("%s", (line, wanted) => {
    expect(complete(line)).toEqual(wanted);
  });

  it("knows every command", () => {
    expect(complete("jit-nmap ")).toEqual([...commands.keys()].sort());
  });

  it("offers nothing that is refused", () => {
    expect(complete("jit-nmap --spoof")).toEqual([""]);
    expect(complete("jit-nmap -D")).toEqual([""]);
  });
});

describe("completion in fish", () => {
  const path = script("fish");
  it.each(cases)("%s", (line, wanted) => {
    const asked = `source ${path}; complete -C '${line}'`;
    const { stdout } = spawnSync("fish", ["--no-config", "-c", asked], { env, encoding: "utf8" });
    const found = stdout
      .trim()
      .split("\n")
      .map((one) => one.split("\t")[0]);
    expect(found.sort()).toEqual(wanted);
  });
});

describe("completion in zsh", () => {
  const path = script("zsh");
  it("completes at the prompt what is the only one, and lists the others with what they are for", async () => {
    const zsh = runInPty(["/usr/bin/zsh", "-f", "-i"], { cwd: folder, env: { ...env, PS1: "> ", TERM: "xterm" } });
    zsh.type(`autoload -Uz compinit && compinit -u -D && source ${path} && print rea''dy\r`);
    await zsh.shows(/^ready/m);
    zsh.type("jit-nmap --max-rt\t");
    await zsh.shows(/--max-rtt-timeout/);
    zsh.type("\u0015jit-nmap show r1\t");
    await zsh.shows(/jit-nmap show r1111111111/);
    zsh.type("\u0015jit-nmap un\t");
    await zsh.shows(/jit-nmap unfreeze/);
    zsh.hangUp();
    await zsh.ended;
  });
});
