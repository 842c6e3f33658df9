// The words of a target list (-iL): nmap's own rules for separators and comments, over the bytes of a file that
// somebody else read. Apart from the words' grammar, which is the same as on the command line.
import { err, ok, type Result } from "../result.ts";
import type { TargetProblem } from "./targets.ts";

export interface ListedWord {
  /** Bytes as code points 0..255: what is not ASCII is in no target anyway. */
  readonly text: string;
  /** Counted from 1, by line feeds. */
  readonly line: number;
  readonly column: number;
}

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const HASH = 35;

/** nmap ends with an error at a word of this many bytes. */
const TOO_LONG = 1024;

/**
 * Gives the words one at a time. Space, TAB, CR, LF and NUL separate, vertical tab and form feed do not; `#` starts a
 * comment anywhere, up to the line feed only. No quoting, no commas, no options: those are words like others.
 */
export function* targetListWords(bytes: Uint8Array): Generator<ListedWord, void, undefined> {
  let line = 1;
  let lineStart = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === LINE_FEED) {
      line++;
      lineStart = ++at;
    } else if (byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN || byte === 0) {
      at++;
    } else if (byte === HASH) {
      const end = bytes.indexOf(LINE_FEED, at);
      at = end < 0 ? bytes.length : end;
    } else {
      const start = at;
      let text = "";
      for (let next = byte; isWordByte(next) && at < bytes.length; next = bytes[at] ?? 0) {
        // Cut in the concatenation, so that an endless word costs no memory; its length still tells.
        if (at - start <= TOO_LONG) text += String.fromCharCode(next);
        at++;
      }
      yield { text, line, column: start - lineStart + 1 };
    }
  }
}

function isWordByte(byte: number): boolean {
  return (
    byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN && byte !== LINE_FEED && byte !== 0 && byte !== HASH
  );
}

/** All words of a list, or the place of the first word that nmap would end with an error at. */
export function parseTargetList(bytes: Uint8Array, file: string): Result<readonly ListedWord[], TargetProblem> {
  const words: ListedWord[] = [];
  for (const word of targetListWords(bytes)) {
    if (word.text.length >= TOO_LONG) {
      return err({
        code: "target-list",
        message: `A word of the target list has ${TOO_LONG} bytes or more.`,
        at: { file, line: word.line, column: word.column },
      });
    }
    words.push(word);
  }
  return ok(words);
}
