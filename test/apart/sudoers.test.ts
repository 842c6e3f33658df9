// What a person is told to give to sudo, where that may be a program of somebody else's.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { changeable, sudoAdvice } from "../../src/apart/sudoers.ts";

const folder = mkdtempSync(join(tmpdir(), "jit-sudoers-"));
chmodSync(folder, 0o777);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it("nobody is told to let sudo start what others than root can change", () => {
  for (const name of ["bin", "dist"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "bin/jit-nmap-runner"), "", { mode: 0o755 });
  const advice = sudoAdvice(join(folder, "bin/jit-nmap-runner"));
  expect(advice).toMatch(/^install it where root alone can change it: others can change \//);
  expect(advice).not.toContain("NOPASSWD");
});

it("a path is root's alone when every folder above it is", () => {
  expect(changeable("/usr/bin/env")).toBeUndefined();
  expect(`${folder}/`.startsWith(`${changeable(folder) ?? "none"}/`)).toBe(true);
  expect(changeable("/usr/bin/none-of-this-name")).toBe("/usr/bin/none-of-this-name");
});
