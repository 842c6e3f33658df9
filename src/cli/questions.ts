// Questions on the terminal device, with inquirer's parts. Loaded when something is asked: an allowed scan never is.
import confirm from "@inquirer/confirm";
import input from "@inquirer/input";
import select from "@inquirer/select";
import { Chalk } from "chalk";
import { dropTypeAhead, openTty } from "./tty.ts";

export interface Asking {
  readonly device: string;
  readonly colour: boolean;
  /** Ends the question; its answer is then undefined. */
  readonly signal: AbortSignal;
  /** The person pressed Ctrl-C: in raw mode that is a key, not a signal. */
  readonly onInterrupt: () => void;
}

export type Choice = { readonly value: string; readonly name: string };

/** A typed line, or undefined when the signal aborted, the person pressed Ctrl-C or the terminal went away. */
export async function askLine(
  message: string,
  options: { readonly default?: string; readonly check?: (typed: string) => true | string },
  asking: Asking,
): Promise<string | undefined> {
  return ask(asking, (context, theme) =>
    input(
      {
        message,
        theme,
        ...(options.default === undefined ? {} : { default: options.default }),
        ...(options.check === undefined ? {} : { validate: options.check }),
      },
      context,
    ),
  );
}

/** Yes or no; Enter alone is no. Undefined as for `askLine`. */
export async function askYesNo(message: string, asking: Asking): Promise<boolean | undefined> {
  return ask(asking, (context, theme) => confirm({ message, theme, default: false }, context));
}

/** One of the choices, the first under the cursor. Undefined as for `askLine`. */
export async function askChoice(
  message: string,
  choices: readonly Choice[],
  asking: Asking,
): Promise<string | undefined> {
  return ask(asking, (context, theme) => select({ message, choices: [...choices], theme }, context));
}

type Context = NonNullable<Parameters<typeof input>[1]>;

async function ask<T>(
  asking: Asking,
  prompt: (context: Context, theme: ReturnType<typeof themeOf>) => Promise<T>,
): Promise<T | undefined> {
  const tty = openTty(asking.device);
  if (tty === undefined) return undefined;
  try {
    dropTypeAhead(asking.device, tty.input);
    const signal = AbortSignal.any([asking.signal, tty.gone]);
    const context = {
      input: tty.input,
      output: tty.output,
      signal,
      // Read at the end: an answer stays on the screen, a question that nobody needs any more does not.
      get clearPromptOnDone() {
        return signal.aborted;
      },
    };
    return await prompt(context, themeOf(asking.colour));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === "ExitPromptError") {
      asking.onInterrupt();
      return undefined;
    }
    // The terminal may vanish between opening and reading: that is "no answer", not a defect.
    if (error.name === "AbortPromptError" || tty.gone.aborted || isTerminalError(error)) return undefined;
    throw error;
  } finally {
    if (tty.gone.aborted) outliveHangup();
    tty.close();
  }
}

/**
 * The loss of a terminal shows as an error of the device and as SIGHUP, in either order. Whoever was asked has answered
 * nothing by the first of them; the second must not end us before that is recorded and said by the exit code.
 */
function outliveHangup(): void {
  process.on("SIGHUP", () => undefined);
}

function isTerminalError(error: Error): boolean {
  return "code" in error && (error.code === "EIO" || error.code === "ENXIO" || error.code === "EBADF");
}

// inquirer asks process.stdout whether to colour; the question stands on the terminal device.
function themeOf(colour: boolean) {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return {
    prefix: { idle: chalk.bold("?"), done: chalk.bold("?") },
    style: {
      answer: (text: string) => text,
      message: (text: string) => chalk.bold(text),
      error: (text: string) => chalk.red(text),
      defaultAnswer: (text: string) => chalk.dim(`(${text})`),
      help: (text: string) => chalk.dim(text),
      highlight: (text: string) => chalk.bold(text),
      key: (text: string) => chalk.bold(text),
    },
  };
}
