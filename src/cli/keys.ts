// Single keys from the terminal while nmap runs in front of it. The terminal is as it was whenever this program is not in
// the foreground: before it is stopped, while it is, in the background, and after. Apart from questions.ts, which
// has its lines read by inquirer.
import { fstatSync, readFileSync } from "node:fs";
import { isatty } from "node:tty";
import type { Signals } from "./signals.ts";
import { openTty, type Tty } from "./tty.ts";

/** How often it is looked whether we came to the foreground: a shell's `fg` does not always tell. */
const LOOK_EVERY_MS = 500;

/** What a raw terminal hands out as keys, and a cooked one as signals to everybody in front of it. */
const signalKeys: ReadonlyMap<string, NodeJS.Signals> = new Map([
  ["\u0003", "SIGINT"],
  ["\u001a", "SIGTSTP"],
  ["\u001c", "SIGQUIT"],
]);

/**
 * Whether somebody sits at the keys: input and standard error are the terminal, and no other program that may read keys
 * too (a pager) takes our output.
 */
export function someoneTypes(): boolean {
  try {
    return isatty(0) && isatty(2) && (isatty(1) || fstatSync(1).isFile());
  } catch {
    return false;
  }
}

/** Calls back with each key pressed while we are in the foreground, until the signal aborts. */
export function listenForKeys(
  device: string,
  signals: Signals,
  onKey: (key: string) => void,
  signal: AbortSignal,
): void {
  let tty: Tty | undefined;

  const letGo = (): void => {
    process.off("SIGTSTP", onStop);
    const held = tty;
    tty = undefined;
    held?.close();
  };
  // In a group of processes that nobody could continue, the kernel lets nothing stop us: then we go on at once.
  const onStop = (): void => {
    letGo();
    process.kill(process.pid, "SIGTSTP");
  };
  const take = (): void => {
    if (tty !== undefined || signal.aborted || !inForeground()) return;
    const taken = openTty(device);
    if (taken === undefined) return;
    tty = taken;
    taken.gone.addEventListener("abort", () => {
      if (tty === taken) signals.raise("hangup");
    });
    taken.input.setRawMode(true);
    process.on("SIGTSTP", onStop);
    taken.input.on("data", (bytes: Buffer) => {
      for (const key of keysOf(bytes)) {
        if (tty !== taken) return;
        const meant = signalKeys.get(key);
        if (meant === undefined) onKey(key);
        else {
          if (meant !== "SIGINT") letGo();
          // To everybody in front of the terminal, as the terminal itself would.
          process.kill(0, meant);
        }
      }
    });
  };
  const timer = setInterval(take, LOOK_EVERY_MS);
  process.on("SIGCONT", take);
  take();
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    process.off("SIGCONT", take);
    letGo();
  });
}

/** One for each key: an arrow, for instance, is several bytes. */
function keysOf(bytes: Buffer): readonly string[] {
  const text = bytes.toString("latin1");
  return text.startsWith("\u001b") ? [text] : Array.from(text);
}

/** Whether the terminal is ours to read: whoever reads it from the background is stopped. */
function inForeground(): boolean {
  const text = readFileSync("/proc/self/stat", "latin1");
  const [, , group, , , foreground] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return group !== undefined && group === foreground;
}
