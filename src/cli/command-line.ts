// How a command of ours reads its own words: commander, made to speak through output.ts and to give values instead of
// ending the process. Only commands load it; a scan line is never commander's.
import { Command, CommanderError } from "commander";
import { EXIT } from "./exit-code.ts";
import { ourLine, writeErr, writeOut } from "./output.ts";

export type ReadLine<Options> =
  | { readonly kind: "read"; readonly operands: readonly string[]; readonly options: Options }
  /** Help was printed, or a mistake was told: the command ends with this code. */
  | { readonly kind: "done"; readonly code: number };

/** A command to which the caller adds arguments and options. */
export function commandLine(name: string, description: string): Command {
  return new Command(`jit-nmap ${name}`)
    .description(description)
    .helpOption("-h, --help", "this text")
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut,
      writeErr: () => {
        // Mistakes are told below, in our words.
      },
    });
}

/** Reads the words; a mistake is told on standard error and gives 64. */
export function readCommandLine<Options extends object>(
  command: Command,
  args: readonly string[],
): ReadLine<Readonly<Options>> {
  try {
    command.parse([...args], { from: "user" });
    return { kind: "read", operands: command.args, options: command.opts<Options>() };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "done", code: EXIT.ok };
    const [message, suggestion] = error.message.replace(/^error: /, "").split("\n");
    writeErr(ourLine("error", message ?? error.message));
    writeErr(
      ourLine("hint", suggestion === undefined ? `${command.name()} --help` : suggestion.replace(/^\(|\)$/g, "")),
    );
    return { kind: "done", code: EXIT.notUnderstood };
  }
}
