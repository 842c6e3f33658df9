// The terminal device: opened when something must be shown or asked, never a redirected stream. Here are the only
// places that touch it; what is asked stands in questions.ts.
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";

export const TERMINAL_DEVICE = "/dev/tty";

/** Both directions of the device, for one question: opened before it, closed after it. */
export interface Tty {
  readonly input: ReadStream;
  readonly output: WriteStream;
  /** Aborts when the terminal is gone. */
  readonly gone: AbortSignal;
  close(): void;
}

/** True when this process has a terminal: then the device can be opened, whatever the standard streams are. */
export function hasTerminal(device: string): boolean {
  const fd = openDevice(device, constants.O_RDWR);
  if (fd === undefined) return false;
  closeSync(fd);
  return true;
}

/** Undefined when there is no terminal (any more). */
export function openTty(device: string): Tty | undefined {
  const inputFd = openDevice(device, constants.O_RDWR);
  if (inputFd === undefined) return undefined;
  const outputFd = openDevice(device, constants.O_RDWR);
  if (outputFd === undefined) {
    closeSync(inputFd);
    return undefined;
  }
  const gone = new AbortController();
  const hangUp = (): void => {
    gone.abort(new Error("the terminal is gone"));
  };
  const input = terminalInput(inputFd, hangUp);
  const output = new WriteStream(outputFd);
  // A closed terminal shows as an end, as EIO, or as both.
  input.on("end", hangUp).on("close", hangUp);
  output.on("error", hangUp);
  return {
    input,
    output,
    gone: gone.signal,
    close() {
      input.off("close", hangUp);
      input.setRawMode(false);
      input.destroy();
      output.destroy();
    },
  };
}

/**
 * Input whose every error is a hang-up: readline would pass it on to nobody, and the program would crash.
 * On the object itself, not by a subclass: the built program loads node:tty late, behind a function of that name.
 */
function terminalInput(fd: number, hangUp: () => void): ReadStream {
  const input = new ReadStream(fd);
  const emit = input.emit.bind(input) as (event: string | symbol, ...values: unknown[]) => boolean;
  input.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event !== "error") return emit(event, ...values);
    hangUp();
    return true;
  };
  return input;
}

/**
 * Throws away what was typed before the question: an answer must come from somebody who has seen it.
 * Raw mode first, because a line not yet ended is handed out only then.
 */
export function dropTypeAhead(device: string, input: ReadStream): void {
  input.setRawMode(true);
  const fd = openDevice(device, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fd === undefined) return;
  const sink = Buffer.alloc(4096);
  try {
    while (readSync(fd, sink) > 0);
  } catch {
    // EAGAIN: nothing left; EIO: the terminal is gone, which the stream will tell.
  } finally {
    closeSync(fd);
  }
}

/** Writes to the device; false when the terminal is gone. */
export function writeTty(device: string, text: string): boolean {
  const fd = openDevice(device, constants.O_WRONLY);
  if (fd === undefined) return false;
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
    return true;
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}

/** Columns of the terminal, 80 where it does not say. */
export function ttyColumns(device: string): number {
  const fd = openDevice(device, constants.O_RDWR);
  if (fd === undefined) return 80;
  try {
    const stream = new WriteStream(fd);
    const { columns } = stream;
    stream.destroy();
    // A pty nobody has sized says 0.
    return columns > 0 ? columns : 80;
  } catch {
    // It went away in between.
    return 80;
  }
}

function openDevice(device: string, flags: number): number | undefined {
  try {
    return openSync(device, flags | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}
