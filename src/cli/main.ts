// Where every start of the program ends up: the first word decides between a scan and our commands, and here alone
// what was thrown becomes an exit code. Imports nothing that an allowed scan does not need.
import { isTrailFailure } from "../core/audit/trail-failure.ts";
import type { Effects } from "../effects.ts";
import type { Environment } from "./colour.ts";
import { commands, laterCommands } from "./commands/index.ts";
import { EXIT, isMisconfigured } from "./exit-code.ts";
import { ourLine, OutputClosed, OutputFailed, writeErr } from "./output.ts";
import { runScan } from "./scan.ts";
import { createTerminal } from "./terminal.ts";

/**
 * Runs one command line.
 *
 * @param argv  words after the program's name.
 * @param makeEffects  called at most once, and not at all for help and for lines that are refused as they stand.
 * @returns the exit code. Nothing is thrown: a defect is told and gives 70, a failing trail 74.
 */
export async function main(
  argv: readonly string[],
  makeEffects: () => Effects | Promise<Effects>,
  environment: Environment = process.env,
): Promise<number> {
  let made: Promise<Effects> | undefined;
  const effects = (): Promise<Effects> => (made ??= makeOrRefuse(makeEffects));
  try {
    return await dispatch(argv, effects, environment);
  } catch (thrown) {
    return codeOfThrown(thrown, environment);
  }
}

async function dispatch(
  argv: readonly string[],
  effects: () => Promise<Effects>,
  environment: Environment,
): Promise<number> {
  const [first, ...rest] = argv;
  if (first === "scan") return runScan(rest, effects);
  const entry = first === undefined ? undefined : commands.get(first);
  if (first !== undefined && laterCommands.has(first)) {
    writeErr(ourLine("error", `${first} is a command of a later version`));
    writeErr(ourLine("hint", `to scan a host of that name: jit-nmap scan -- ${first}`));
    return EXIT.notUnderstood;
  }
  if (entry === undefined) return runScan(argv, effects);
  const { run } = await entry.load();
  return run({ args: rest, effects, environment, terminal: createTerminal({ environment, now: () => Date.now() }) });
}

/** Effects can't be made where the machine does not let us: told as such, because it is no defect. */
class NoPlace extends Error {}

async function makeOrRefuse(makeEffects: () => Effects | Promise<Effects>): Promise<Effects> {
  try {
    return await makeEffects();
  } catch (thrown) {
    // An error of the operating system: the folder of the trail can't be made or reached.
    if (thrown instanceof Error && "syscall" in thrown) {
      throw new NoPlace(`the trail has no place: ${thrown.message}`);
    }
    throw thrown;
  }
}

function codeOfThrown(thrown: unknown, environment: Environment): number {
  if (thrown instanceof OutputClosed) return EXIT.brokenPipe;
  if (thrown instanceof NoPlace || thrown instanceof OutputFailed) {
    writeErr(ourLine("error", thrown.message));
    return EXIT.noTrail;
  }
  if (isTrailFailure(thrown) || isMisconfigured(thrown)) {
    writeErr(ourLine("error", thrown.message));
    if (typeof thrown.hint === "string") writeErr(ourLine("hint", thrown.hint));
    return isMisconfigured(thrown) ? EXIT.misconfigured : EXIT.noTrail;
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  writeErr(ourLine("error", `a defect in jit-nmap: ${error.message}`));
  if (environment["JIT_NMAP_DEBUG"] === undefined) {
    writeErr(ourLine("hint", "JIT_NMAP_DEBUG=1 shows where; please report it"));
  } else {
    for (const line of (error.stack ?? "").split("\n").slice(1)) writeErr(ourLine("note", line));
  }
  return EXIT.defect;
}
