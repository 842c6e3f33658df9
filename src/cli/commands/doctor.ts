// `jit-nmap doctor`: what is wrong with this installation, which level is in force, and what to do. Changes nothing.
import { examine, type Finding } from "../../admin/doctor.ts";
import { escapeText } from "../../core/escape.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { writeOut } from "../output.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("doctor", "What is wrong with this installation, and what to do.")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      "\nExit code: 0 nothing is wrong, 69 something is missing, 74 the trail is not whole, 78 something is wrong.",
    );
  const read = readCommandLine<{ json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const trial = process.geteuid?.() === 0 && (environment["JIT_NMAP_HOME"] ?? "") !== "";
  const findings = await examine(await effects(), trial);
  if (read.options.json === true) writeOut(jsonText({ schema: 1, findings }));
  else writeOut(findings.map(linesOf).join(""));
  return codeOf(findings);
};

function linesOf({ state, message, fix }: Finding): string {
  const first = `${state.padEnd(8)}${escapeText(message)}\n`;
  return fix === undefined ? first : `${first}${" ".repeat(8)}fix: ${escapeText(fix)}\n`;
}

function codeOf(findings: readonly Finding[]): number {
  const wrong = findings.filter(({ state }) => state === "wrong");
  if (wrong.some(({ about }) => about === "trail")) return EXIT.noTrail;
  if (wrong.length > 0) return EXIT.misconfigured;
  return findings.some(({ state }) => state === "missing") ? EXIT.unavailable : EXIT.ok;
}
