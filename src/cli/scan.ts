// A scan line from its words to its exit code: `jit-nmap ARGS` and `jit-nmap scan ARGS`. On the path of an allowed
// scan: what it imports is loaded at every scan.
import type { Effects } from "../effects.ts";
import { informationOf } from "../core/plan/information.ts";
import type { Manner, Refusal, ScanAsk, Told } from "../messages.ts";
import { inform, scan } from "../pipeline.ts";
import { commands, laterCommands } from "./commands/index.ts";
import { EXIT, exitCodeOf } from "./exit-code.ts";
import { sendMessages } from "./messages-out.ts";
import { outcomeLines } from "./outcome-lines.ts";
import { isWatched, writeErr } from "./output.ts";
import { takeOwnOptions, type TakenLine } from "./own-options.ts";
import { problemLines } from "./problem-lines.ts";
import { whenOf } from "./when.ts";

export async function runScan(line: readonly string[], effects: () => Promise<Effects>): Promise<number> {
  const taken = takeOwnOptions(line);
  if (!taken.ok) return refuse(taken.error);
  const { words, own } = taken.value;
  if (own.help) return instead("help", effects);
  if (own.version) return instead("version", effects);
  const [first] = words;
  if (first === undefined) return instead("usage", effects);
  // The long spellings are ours, and name nmap's; -h and -V are answered by nmap itself.
  if (words.length === 1 && first === "--help") return instead("help", effects);
  if (words.length === 1 && first === "--version") return instead("version", effects);
  if (first !== line[0] && (commands.has(first) || laterCommands.has(first))) {
    return refuse({
      code: "command-not-first",
      message: `a command stands first: is ${first} the command or a host?`,
      hint: `jit-nmap ${first} ..., or for the host: jit-nmap scan ... -- ${first}`,
    });
  }
  const fx = await effects();
  const about = informationOf(words);
  if (about !== undefined) return informed(await inform(about, fx));
  const outcome = await scan(askOf(taken.value, fx), mannerOf(taken.value), fx);
  for (const text of outcomeLines(outcome, isWatched())) writeErr(text);
  await sendMessages(outcome, fx);
  return exitCodeOf(outcome);
}

function informed(answer: Told | Refusal): number {
  if (answer.kind === "told") return answer.exitCode;
  for (const text of outcomeLines(answer, isWatched())) writeErr(text);
  return exitCodeOf(answer);
}

/** Help, the version or a short usage text: loaded only for that. */
async function instead(what: "help" | "version" | "usage", effects: () => Promise<Effects>): Promise<number> {
  const { printHelp, printUsage, printVersion } = await import("./help-text.ts");
  if (what === "help") return printHelp();
  return what === "version" ? printVersion(effects) : printUsage();
}

/** The line as the pipeline wants it, asked by whoever the operating system says we are. */
export function askOf({ words, own }: TakenLine, fx: Effects): ScanAsk {
  const notBefore = own.notBefore === undefined ? undefined : whenOf(own.notBefore, fx.clock.now());
  return {
    words,
    requester: fx.facts.requester(),
    cwd: process.cwd(),
    ...(own.reason === undefined ? {} : { reason: own.reason }),
    ...(own.breakGlass && { breakGlass: true as const }),
    ...(own.ttlSeconds === undefined ? {} : { ttlSeconds: own.ttlSeconds }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(own.acceptsNarrower ? { acceptsNarrower: true } : {}),
  };
}

function mannerOf({ own }: TakenLine): Manner {
  return own.waitSeconds === undefined ? {} : { waitSeconds: own.waitSeconds };
}

function refuse(problem: Parameters<typeof problemLines>[0]): number {
  for (const text of problemLines(problem)) writeErr(text);
  return EXIT.notUnderstood;
}
