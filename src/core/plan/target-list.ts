// The words of a target list (-iL): nmap's own rules for separators and comments, over the bytes of a file that
// somebody else read. Apart from the words' grammar, which is the same as on the command line.
import { err, ok, type Result } from "../result.ts";
import { parseDottedQuad } from "../sets/address-text.ts";
import { AddressSet, type Family } from "../sets/address-set.ts";
import { parseTargetWord, targetSet, type TargetProblem } from "./targets.ts";

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
      while (at < bytes.length && isWordByte(bytes[at] ?? 0)) at++;
      // Cut where its length still tells, so that an endless word costs no memory.
      const text = String.fromCharCode(...bytes.subarray(start, Math.min(at, start + TOO_LONG)));
      yield { text, line, column: start - lineStart + 1 };
    }
  }
}

function isWordByte(byte: number): boolean {
  return (
    byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN && byte !== LINE_FEED && byte !== 0 && byte !== HASH
  );
}

export interface ListedTargets {
  readonly set: AddressSet;
  /** Each once, still to be resolved. */
  readonly names: readonly string[];
}

/**
 * What a target list names: the union of its words. Refused at its first word that a command line would refuse too, with
 * its place, where nmap would skip it and scan the rest.
 *
 * @param file  the list's name, for the place.
 */
export function parseTargetList(bytes: Uint8Array, family: Family, file: string): Result<ListedTargets, TargetProblem> {
  let runs = new Uint32Array(1024);
  let length = 0;
  const sets: AddressSet[] = [];
  const names = new Set<string>();
  for (const { text, line, column } of targetListWords(bytes)) {
    const at = { file, line, column };
    const address = family === 4 ? parseDottedQuad(text) : undefined;
    if (address !== undefined) {
      // A million addresses are a million numbers here, not a million sets.
      if (length === runs.length) runs = doubled(runs);
      runs[length++] = address;
      runs[length++] = address;
      continue;
    }
    if (text.length >= TOO_LONG) {
      return err({ code: "target-list", message: `A word of the target list has ${TOO_LONG} bytes or more.`, at });
    }
    const word = parseTargetWord(text, family);
    if (!word.ok) return err({ ...word.error, at });
    if (word.value.kind === "name") names.add(word.value.name);
    else sets.push(word.value.set);
  }
  const set = targetSet([AddressSet.ofIpv4Runs(runs.subarray(0, length)), ...sets], AddressSet.empty);
  return set.ok ? ok({ set: set.value, names: [...names] }) : set;
}

function doubled(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
}
