// Bytes to standard output and standard error. By file descriptor: touching process.stdout costs milliseconds and can
// leave the descriptor non-blocking for the nmap that inherits it (then nmap loses output to a slow reader).
import { fstatSync, write, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { escapeText } from "../core/escape.ts";
import { ttyColumns } from "./tty.ts";
import { wrapOurs } from "./wrap.ts";

/** The reader of our standard output is gone (`| head`): the program ends quietly with 141, as SIGPIPE would end it. */
export class OutputClosed extends Error {
  constructor() {
    super("standard output was closed");
    this.name = "OutputClosed";
  }
}

/** Standard output can't be written (disk full, descriptor closed): what was asked for did not arrive. */
export class OutputFailed extends Error {
  constructor(cause: unknown) {
    super(`standard output can't be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "OutputFailed";
  }
}

/**
 * Writes all of it to standard output; `text` must be escaped already.
 * @throws OutputClosed when nobody reads any more, OutputFailed when it can't be written.
 */
export function writeOut(text: string | Uint8Array): void {
  try {
    writeAll(1, text);
  } catch (error) {
    throw error instanceof OutputClosed ? error : new OutputFailed(error);
  }
}

/** Characters of a line that fits every terminal: how wide it is, is not asked for these. */
const SHORT = 40;

/** Writes a line to standard error, on a terminal broken at its words. Where nobody can see it (closed, terminal gone) it is dropped: it decides nothing. */
export function writeErr(line: string): void {
  try {
    writeAll(2, asShown(line));
  } catch {
    // Nowhere left to say it.
  }
}

const asShown = (line: string): string =>
  `${line.length > SHORT && isWatched() ? wrapOurs(line, ttyColumns("/dev/stderr")) : line}\n`;

const unsaid: string[] = [];
const MOST_UNSAID = 64;
let isSaying = false;

/**
 * As writeErr, while a scan runs: another thread waits for a terminal that somebody stopped, or for a pipe that nobody
 * reads, because this one has to hear that the scan was revoked. When very much waits, the rest is dropped.
 */
export function writeErrMeanwhile(line: string): void {
  if (unsaid.length < MOST_UNSAID) unsaid.push(asShown(line));
  if (!isSaying) sayNext();
}

function sayNext(): void {
  const text = unsaid.shift();
  isSaying = text !== undefined;
  // Where it can't be said it is dropped, as in writeErr.
  if (text !== undefined) write(2, text, sayNext);
}

/** Whether standard error is a terminal. A file or a pipe is known without loading what Node knows of terminals. */
export function isWatched(): boolean {
  try {
    return fstatSync(2).isCharacterDevice() && isatty(2);
  } catch {
    return false;
  }
}

function writeAll(fd: number, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE") throw new OutputClosed();
      if (code !== "EAGAIN") throw error;
      // Somebody else made the descriptor non-blocking and the reader is slow: wait for it as a blocking write would.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

export type Level = "note" | "hint" | "error";

/** One line of ours for standard error, prefixed; everything that could steer a terminal is spelled out. */
export function ourLine(level: Level, text: string): string {
  return `jit-nmap: ${level === "note" ? "" : `${level}: `}${escapeText(text)}`;
}
