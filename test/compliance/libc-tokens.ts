// The C library's own reading of command lines, through tokens.c: as a program of its own for many lines, and preloaded
// into the real nmap. Compiled when needed, where there is a compiler.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReadTokens } from "../core/plan/said.ts";
import { records } from "./records.ts";

const source = fileURLToPath(new URL("tokens.c", import.meta.url));

/** With the C library's headers: Debian has them in a package of their own. */
export const hasCompiler =
  spawnSync("gcc", ["-E", "-x", "c", "-"], { input: "#include <getopt.h>\n#include <dlfcn.h>\n" }).status === 0;

export interface LibcTokens {
  /** Path of the library to preload. */
  readonly shim: string;
  /** Each line's tokens in the text form of tokens.c; "E" for what the C library refuses. */
  readonly read: (lines: readonly (readonly string[])[]) => readonly string[];
  readonly remove: () => void;
}

export function compileTokens(): LibcTokens {
  const directory = mkdtempSync(join(tmpdir(), "jit-nmap-tokens-"));
  const [program, shim, table] = ["program", "shim.so", "table"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  gcc("-O2", "-DPROGRAM", "-o", program, source);
  gcc("-O2", "-shared", "-fPIC", "-o", shim, source, "-ldl");
  writeFileSync(table, optionTable());
  return {
    shim,
    read(lines) {
      const input = lines.map((words) => `${words.map((word) => `${word}\0`).join("")}\n`).join("");
      const { stdout, status, error } = spawnSync(program, [table], {
        input,
        encoding: "utf8",
        env: {},
        maxBuffer: 2 ** 30,
      });
      const told = stdout.split("\n");
      if (status !== 0 || told.length !== lines.length + 1) throw new Error(`tokens.c stopped: ${String(error)}`);
      return told.slice(0, -1);
    },
    remove() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function gcc(...args: readonly string[]): void {
  const { status, stderr } = spawnSync("gcc", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`gcc: ${stderr}`);
}

/** nmap's table as it was dumped from the running binary: not ours, so that ours is compared with it. */
function optionTable(): string {
  const listed = records("options") as readonly { name: string; argument: "none" | "required" | "optional" }[];
  const kinds = { none: 0, required: 1, optional: 2 };
  const letters = listed
    .filter(({ name }) => !name.startsWith("--"))
    .map(({ name, argument }) => name.slice(1) + ":".repeat(kinds[argument]));
  const names = listed.filter(({ name }) => name.startsWith("--"));
  return [letters.join(""), ...names.map(({ name, argument }) => `${name.slice(2)} ${kinds[argument]}`), ""].join("\n");
}

/** The text form of tokens.c, taken apart. */
export function tokensOf(text: string): ReadTokens {
  const [options = "", operands = ""] = text.split("\u0002");
  const pieces = (part: string): readonly string[] => part.split("\u0001").slice(0, -1);
  return {
    tokens: pieces(options).map((piece) => {
      const at = piece.indexOf("=");
      return at < 0 ? [piece, null] : [piece.slice(0, at), piece.slice(at + 1)];
    }),
    operands: pieces(operands),
  };
}
