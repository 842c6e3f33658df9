import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandOutputName, literalOutputName } from "../../../src/core/results/output-name.ts";

describe("the name of an output file", () => {
  it.each([
    ["scan-%T-%D.xml", "scan-030405-010226.xml"],
    ["%Y/%F/%R", "2026/2026-01-02/0304"],
    ["%H%M%S %m%d%y", "030405 010226"],
    ["100%%", "100%"],
    ["odd%", "odd"],
    ["%q%5Y%%T", "q5Y%T"],
    ["%é", "é"],
  ])("%s becomes %s", (name, expanded) => {
    expect(expandOutputName(name, new Date(2026, 0, 2, 3, 4, 5))).toBe(expanded);
  });

  it("is expanded as the installed nmap does, letter by letter", () => {
    const directory = mkdtempSync(join(tmpdir(), "jit-nmap-names-"));
    try {
      // Without the seconds: the minute may turn between two looks, which both are tried.
      const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRUVWXYZ0123456789%_-".match(/./g) ?? [];
      const name = letters.map((letter) => `%${letter}`).join(".");
      const before = new Date();
      execFileSync("nmap", ["-n", "-sL", "-oX", name, "127.0.0.1"], { cwd: directory, stdio: "ignore" });
      const after = new Date();
      expect([expandOutputName(name, before), expandOutputName(name, after)]).toContain(readdirSync(directory)[0]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("is left as it is by nmap when we make it literal", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("%", "%", "T", "a", "/", "é") }), (path) => {
        expect(expandOutputName(literalOutputName(path), new Date(0))).toBe(path);
      }),
    );
  });
});
