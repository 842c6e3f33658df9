// Runs every check in turn and sums them in one last line: `N passed, N failed, N skipped`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const node = process.execPath;
const modules = join(root, "node_modules");
const report = mkdtempSync(join(tmpdir(), "jit-nmap-test-"));
const json = join(report, "vitest.json");
let passed = 0;
let failed = 0;
let skipped = 0;

function run(args: readonly string[]): boolean {
  const env = { ...process.env, PATH: `${join(modules, ".bin")}:${process.env["PATH"] ?? ""}` };
  return spawnSync(node, args, { cwd: root, stdio: "inherit", env }).status === 0;
}

function step(name: string, args: readonly string[]): boolean {
  console.log(`\n== ${name}`);
  const fine = run(args);
  if (fine) passed++;
  else failed++;
  console.log(`${fine ? "ok" : "FAILED"}: ${name}`);
  return fine;
}

step("format", [join(modules, "prettier/bin/prettier.cjs"), "--check", "--log-level=warn", "."]);
step("lint", [join(modules, "eslint/bin/eslint.js"), "--config", ".tasks/eslint.config.js", "."]);
step("types", [join(modules, "typescript/bin/tsc"), "-p", "."]);
if (step("build", [".tasks/build.ts"])) {
  console.log("\n== tests");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${json}`];
  const only = process.argv.slice(2);
  run([join(modules, "vitest/vitest.mjs"), "run", "--config", ".tasks/vitest.config.ts", ...reporters, ...only]);
  try {
    const result = JSON.parse(readFileSync(json, "utf8")) as Record<string, number | undefined> & {
      readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
    };
    passed += result["numPassedTests"] ?? 0;
    failed += result["numFailedTests"] ?? 0;
    skipped += (result["numPendingTests"] ?? 0) + (result["numTodoTests"] ?? 0);
    // A file that could not even be loaded has no test to fail.
    failed += result.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    ).length;
  } catch (cause) {
    console.log(`the test runner left no report: ${String(cause)}`);
    failed++;
  }
}
rmSync(report, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
