// The person at the keyboard (effects.ts, `Person`) on the terminal device, and the further questions that commands
// and the prompt approver ask there. What asks or colours is imported when it is needed.
import { isatty } from "node:tty";
import type { Person, Waiting } from "../effects.ts";
import { reasonProblem } from "../core/approval/reason.ts";
import type { Request } from "../core/approval/request.ts";
import { showsUnicode, wantsColour, type Environment } from "./colour.ts";
import { isWatched, ourLine, writeErr, writeErrMeanwhile } from "./output.ts";
import type { Asking, Choice } from "./questions.ts";
import { createSignals } from "./signals.ts";
import { hasTerminal, TERMINAL_DEVICE, ttyColumns, writeTty } from "./tty.ts";
import { waitingLine } from "./waiting-line.ts";

export interface Terminal extends Person {
  /** Whether text for the terminal device may be coloured. */
  readonly colour: boolean;
  /** Shows escaped text on the terminal device; dropped when there is none. */
  show(text: string): void;
  /** Shows the request's card on the terminal device; dropped when there is none. */
  showCard(request: Request): Promise<void>;
  /** Yes or no, Enter alone is no; undefined when the signal aborted, on Ctrl-C, or when the terminal went away. */
  askYesNo(question: string, signal: AbortSignal): Promise<boolean | undefined>;
  /** A typed line; undefined as for `askYesNo`. `check` gives true or what is wrong. */
  askLine(
    question: string,
    options: { readonly default?: string; readonly check?: (typed: string) => true | string },
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** The value of the chosen one; undefined as for `askYesNo`. */
  choose(question: string, choices: readonly Choice[], signal: AbortSignal): Promise<string | undefined>;
}

export interface TerminalOptions {
  readonly environment: Environment;
  /** Milliseconds since the Unix epoch, UTC: the countdown's clock. */
  readonly now: () => number;
  /** Another device than /dev/tty: for tests. */
  readonly device?: string;
}

/** For so long a running scan takes no keys: what is typed ahead during a short one is for the shell. */
const QUIET_MS = 300;

const never = new AbortController().signal;

/** Opens nothing yet: each method opens the device when it needs it. */
export function createTerminal({ environment, now, device = TERMINAL_DEVICE }: TerminalOptions): Terminal {
  const signals = createSignals();
  const colour = wantsColour(environment, true);
  const dumb = environment["TERM"] === "dumb" || environment["TERM"] === undefined;
  const unicode = showsUnicode(environment);
  let redraw: (() => void) | undefined;
  let questions = 0;
  let running = 0;
  // Whether the cursor stands behind the waiting line.
  let lineOpen = false;
  const leaveLine = (): void => {
    if (lineOpen) writeTty(device, "\n");
    lineOpen = false;
  };

  const asking = (signal: AbortSignal): Asking => ({
    device,
    colour,
    signal,
    onInterrupt: () => {
      signals.raise("interrupt");
    },
  });

  // While a question is open the waiting line stands still above it: two writers would tear each other's lines.
  const asked = async <T>(question: () => Promise<T>): Promise<T> => {
    leaveLine();
    questions += 1;
    try {
      return await question();
    } finally {
      questions -= 1;
    }
  };

  const terminal: Terminal = {
    get present() {
      return hasTerminal(device);
    },
    colour,

    say(level, text) {
      if (level === "aside" && !isWatched()) return;
      const line = ourLine(level === "aside" ? "note" : level, text);
      if (redraw !== undefined && isatty(2)) {
        writeTty(device, eraseLine);
        writeErr(line);
        redraw();
      } else if (running > 0) {
        writeErrMeanwhile(line);
      } else {
        writeErr(line);
      }
    },

    show(text) {
      leaveLine();
      writeTty(device, text);
    },

    async showCard(request) {
      const { renderCard } = await import("./card-text.ts");
      const { cardOfRequest } = await import("../core/approval/card-of-request.ts");
      const layout = { colour, columns: ttyColumns(device) };
      const card = renderCard(cardOfRequest(request), layout, `jit-nmap show ${request.id}`);
      terminal.show(`\n${card}\n\n`);
    },

    onSignal: (callback) => signals.on(callback),

    async confirm(request: Request, signal: AbortSignal) {
      await terminal.showCard(request);
      if (signal.aborted || !terminal.present) return undefined;
      const typed = await terminal.askLine(
        "Type the number of hosts to run it; anything else takes it back:",
        {},
        signal,
      );
      return typed === undefined ? undefined : typed.trim() === (await hostsOf(request));
    },

    async accept(request: Request, signal: AbortSignal) {
      await terminal.showCard(request);
      if (signal.aborted || !terminal.present) return undefined;
      return terminal.askYesNo("Run what is left of it? No takes the request back.", signal);
    },

    ring() {
      if (!dumb) writeTty(device, "\u0007");
    },

    async askReason(wanted, last) {
      const reason = await terminal.askLine(
        "Why this scan?",
        { ...(last === undefined ? {} : { default: last }), check: (typed) => reasonProblem(typed, wanted) ?? true },
        never,
      );
      return reason === undefined || reason.trim() === "" ? undefined : reason.trim();
    },

    showWaiting(waiting: Waiting, signal: AbortSignal) {
      if (signal.aborted) return;
      const draw = (): void => {
        if (questions > 0) return;
        // Three columns stay free, so that neither the last one nor the echo of Ctrl-C wraps the line.
        const line = waitingLine(waiting, now(), ttyColumns(device) - 3, unicode);
        const drawn = writeTty(device, dumb ? `${line}\n` : `${eraseLine}${line}`);
        lineOpen = drawn && !dumb;
        if (!drawn) stop("hangup");
      };
      // A dumb terminal cannot redraw: it gets the line once.
      const timer = dumb ? undefined : setInterval(draw, 1000);
      const stop = (why?: "hangup"): void => {
        clearInterval(timer);
        signal.removeEventListener("abort", onAbort);
        redraw = undefined;
        if (why === "hangup") signals.raise("hangup");
        else if (lineOpen) writeTty(device, eraseLine);
        lineOpen = false;
      };
      const onAbort = (): void => {
        stop();
      };
      signal.addEventListener("abort", onAbort);
      const { id } = waiting.request;
      terminal.say("note", `${id} waits; who may approve: jit-nmap approve ${id}`);
      redraw = draw;
      draw();
    },

    showRunning(scan, signal) {
      running += 1;
      signal.addEventListener("abort", () => (running -= 1), { once: true });
      if (!isWatched()) return;
      // Most scans are over before anybody could press a key: only the others pay for what listens.
      const timer = setTimeout(() => {
        void import("./running.ts").then(({ showRunning }) => {
          const say: Person["say"] = (level, text) => {
            terminal.say(level, text);
          };
          if (!signal.aborted) showRunning(scan, { device, signals, say }, signal);
        });
      }, QUIET_MS);
      const stop = (): void => {
        clearTimeout(timer);
      };
      signal.addEventListener("abort", stop);
    },

    askYesNo(question, signal) {
      return asked(async () => (await import("./questions.ts")).askYesNo(question, asking(signal)));
    },
    askLine(question, options, signal) {
      return asked(async () => (await import("./questions.ts")).askLine(question, options, asking(signal)));
    },
    choose(question, choices, signal) {
      return asked(async () => (await import("./questions.ts")).askChoice(question, choices, asking(signal)));
    },
  };
  return terminal;
}

/** What a confirmation has to type. */
async function hostsOf(request: Request): Promise<string> {
  return (await import("../core/approval/card-of-request.ts")).cardOfRequest(request).hosts;
}

const eraseLine = "\r\u001b[2K";
