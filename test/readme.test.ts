// The README is what a new user believes: what it shows is held against the program.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../src/cli/commands/index.ts";
import { lintPolicy } from "../src/core/policy/lint.ts";
import { policyOf } from "./pipeline/world.ts";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const { files, scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
};

describe("the README", () => {
  it("shows a policy that is one, without a lint", () => {
    const text = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    const policy = policyOf(text);
    expect(policy.ok ? lintPolicy(policy.value, Date.parse("2026-11-23T10:00Z")) : policy.error).toEqual([]);
  });

  it("names only commands that there are", () => {
    const named = [...readme.matchAll(/`(?:bin\/)?jit-nmap ([a-z]+)\b/g)].map((match) => match[1] ?? "");
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !commands.has(name))).toEqual([]);
  });

  it("names only npm scripts that there are", () => {
    const named = [...readme.matchAll(/npm (?:run )?([a-z]+)/g)]
      .map((match) => match[1] ?? "")
      .filter((name) => name !== "and");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names only programs that the package brings", () => {
    const named = [...readme.matchAll(/\/(bin\/[a-z-]+)/g)].map((match) => match[1] ?? "");
    expect(named).toContain("bin/jit-nmap-runner");
    expect(named.filter((name) => !files.includes(name))).toEqual([]);
  });
});
