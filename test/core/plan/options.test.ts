import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { longOptions, sections, shortOptions } from "../../../src/core/plan/options/index.ts";
import type { OptionEntry } from "../../../src/core/plan/options/option.ts";
import { records } from "../../compliance/records.ts";

interface ListedOption {
  readonly name: string;
  readonly argument: OptionEntry["argument"];
  readonly advice: "pass" | "judge" | "pin" | "refuse";
  readonly canonical: string;
}

const entries = Object.values(sections).flat();
const named = new Map<string, OptionEntry>(
  entries.flatMap((entry) => entry.names.map((name) => [name, entry] as const)),
);

describe("the option table", () => {
  it("has every option of nmap with its spelling and argument kind, and nothing else", () => {
    const listed = records("options") as readonly ListedOption[];
    expect(listed).toHaveLength(129);
    expect([longOptions.size, shortOptions.size]).toEqual([101, 28]);
    expect([...named.keys()].sort()).toEqual(listed.map((option) => option.name).sort());
    for (const option of listed)
      expect([option.name, named.get(option.name)?.argument]).toEqual([option.name, option.argument]);
  });

  it("names each option once", () => {
    expect(entries.flatMap((entry) => entry.names)).toHaveLength(named.size);
  });

  it("gives one name to options that mean the same, and separate entries to options that do not", () => {
    const canonical = new Map(
      (records("options") as readonly ListedOption[]).map((option) => [option.name, option.canonical]),
    );
    for (const entry of entries) {
      expect(new Set(entry.names.map((name) => canonical.get(name))).size, entry.names.join(" ")).toBe(1);
    }
  });

  it("leaves --jit- to us, with every abbreviation", () => {
    for (const name of longOptions.keys()) {
      expect(name.startsWith("jit") || "jit-".startsWith(name), name).toBe(false);
    }
  });

  it("runs nothing that has no safe meaning", () => {
    for (const { name, advice } of records("options") as readonly ListedOption[]) {
      if (advice === "refuse") expect([name, named.get(name)?.meaning.kind]).toEqual([name, "refused"]);
    }
  });

  it("tells what each refused option does and what to do instead, in one line each", () => {
    for (const entry of entries) {
      expect(entry.help, entry.names[0]).toMatch(/^[^\n]{4,130}[^.\n]$/);
      if (entry.meaning.kind !== "refused") continue;
      expect(entry.meaning.because, entry.names[0]).toMatch(/^[^\n]+[^.\n]$/);
      expect(entry.meaning.instead, entry.names[0]).toMatch(/^[^\n]+[^.\n]$/);
    }
  });

  it("agrees with the installed nmap on which options take a value", () => {
    // Every probe is a line that the C library refuses, so nmap runs nothing: a missing value, or one too many.
    const says = (...words: string[]): string => spawnSync("nmap", words, { encoding: "utf8", env: {} }).stderr;
    for (const [name, entry] of longOptions) {
      if (entry.argument === "required") {
        expect(says(`--${name}`), name).toContain(`option '--${name}' requires an argument`);
      }
      if (entry.argument === "none") {
        expect(says(`--${name}=x`), name).toContain(`option '--${name}' doesn't allow an argument`);
      }
    }
    for (const [name, entry] of shortOptions) {
      if (entry.argument === "required")
        expect(says(`-${name}`), name).toContain(`option requires an argument -- '${name}'`);
    }
  });
});
