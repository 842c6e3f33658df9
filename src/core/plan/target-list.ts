// The words of a target list (-iL) and of a list of exclusions: nmap's own rules for separators and comments, over the
// bytes of a file that somebody else read. Apart from the words' grammar, which is the same as on the command line.
import { err, ok, type Result } from "../result.ts";
import { AddressSet, type Family } from "../sets/address-set.ts";
import { parseTargetWord, targetSet, type TargetProblem, type TargetWord } from "./targets.ts";

export interface ListedWord {
  /** Bytes as code points 0..255: what is not ASCII is in no target anyway. */
  readonly text: string;
  /** Counted from 1, by line feeds. */
  readonly line: number;
  readonly column: number;
}

const LINE_FEED = 10;
const HASH = 35;
const DOT = 46;
const SLASH = 47;

/** nmap ends with an error at a word of this many bytes. */
const TOO_LONG = 1024;

/** What ends a word, by byte: space, TAB, CR, LF, NUL, and the `#` of a comment. */
const ENDS_WORD = new Uint8Array(256);
for (const byte of [0, 9, LINE_FEED, 13, 32, HASH]) ENDS_WORD[byte] = 1;

/**
 * Gives the words one at a time. Space, TAB, CR, LF and NUL separate, vertical tab and form feed do not; `#` starts a
 * comment anywhere, up to the line feed only. No quoting, no commas, no options: those are words like others.
 */
export function* targetListWords(bytes: Uint8Array): Generator<ListedWord, void, undefined> {
  const reader = new WordReader(bytes);
  while (reader.next()) yield reader.word();
}

/** Walks over the words without making a text of each: a list may have ten million of them. */
class WordReader {
  readonly #bytes: Uint8Array;
  #line = 1;
  #lineStart = 0;
  #start = 0;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes to the next word; false at the end. */
  next(): boolean {
    const bytes = this.#bytes;
    let at = this.#end;
    for (;;) {
      if (at >= bytes.length) return false;
      const byte = bytes[at] ?? 0;
      if (ENDS_WORD[byte] === 0) break;
      if (byte === HASH) {
        const end = bytes.indexOf(LINE_FEED, at);
        at = end < 0 ? bytes.length : end;
        continue;
      }
      at++;
      if (byte === LINE_FEED) {
        this.#line++;
        this.#lineStart = at;
      }
    }
    this.#start = at;
    while (at < bytes.length && ENDS_WORD[bytes[at] ?? 0] === 0) at++;
    this.#end = at;
    return true;
  }

  /** The word as text, cut where its length still tells, so that an endless word costs no memory. */
  word(): ListedWord {
    const text = String.fromCharCode(...this.#bytes.subarray(this.#start, Math.min(this.#end, this.#start + TOO_LONG)));
    return { text, line: this.#line, column: this.#start - this.#lineStart + 1 };
  }

  /**
   * Puts the first and last address of a plain `10.0.0.1` or `10.0.0.0/8` at `into[at]`; false for any other word.
   * From the bytes, because a million small texts are a hundred megabytes.
   */
  plainBlock(into: Uint32Array, at: number): boolean {
    const bytes = this.#bytes;
    let value = 0;
    let octet = -1;
    let dots = 0;
    let index = this.#start;
    for (; index < this.#end; index++) {
      const code = bytes[index] ?? 0;
      if (code === SLASH) break;
      if (code === DOT) {
        if (octet < 0 || ++dots > 3) return false;
        value = value * 256 + octet;
        octet = -1;
      } else {
        // A digit behind a zero makes that zero a leading one.
        if (code < 48 || code > 57 || octet === 0) return false;
        octet = (octet < 0 ? 0 : octet * 10) + code - 48;
        if (octet > 255) return false;
      }
    }
    if (dots !== 3 || octet < 0) return false;
    value = value * 256 + octet;
    let size = 1;
    if (index < this.#end) {
      const digits = this.#end - index - 1;
      const [tens, ones] = [bytes[index + 1] ?? 0, digits === 2 ? (bytes[index + 2] ?? 0) : -1];
      if (digits < 1 || digits > 2 || tens < 48 || tens > 57 || (digits === 2 && tens === 48)) return false;
      if (ones !== -1 && (ones < 48 || ones > 57)) return false;
      const prefix = ones === -1 ? tens - 48 : (tens - 48) * 10 + ones - 48;
      if (prefix > 32) return false;
      size = 2 ** (32 - prefix);
    }
    into[at] = value - (value % size);
    into[at + 1] = value - (value % size) + size - 1;
    return true;
  }
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
  return readList(bytes, family, file, (word) => parseTargetWord(word, family));
}

/**
 * The same for a list whose words mean something else than targets where they are no plain IPv4 addresses or prefixes.
 *
 * @param family  6: plain IPv4 addresses are for `read` too.
 */
export function readList(
  bytes: Uint8Array,
  family: Family,
  file: string,
  read: (word: string) => Result<TargetWord, TargetProblem>,
): Result<ListedTargets, TargetProblem> {
  let runs = new Uint32Array(1024);
  let length = 0;
  const sets: AddressSet[] = [];
  const names = new Set<string>();
  const words = new WordReader(bytes);
  while (words.next()) {
    if (length === runs.length) runs = doubled(runs);
    if (family === 4 && words.plainBlock(runs, length)) {
      length += 2;
      continue;
    }
    const { text, line, column } = words.word();
    const at = { file, line, column };
    if (text.length >= TOO_LONG) {
      return err({ code: "target-list", message: `A word of the target list has ${TOO_LONG} bytes or more.`, at });
    }
    const word = read(text);
    if (!word.ok) return err({ ...word.error, at });
    if (word.value.kind === "name") names.add(word.value.name);
    else sets.push(word.value.set);
  }
  const set = targetSet([AddressSet.ofIpv4Runs(runs.subarray(0, length)), ...united(sets)], AddressSet.empty);
  return set.ok ? ok({ set: set.value, names: [...names] }) : set;
}

/** One by one into an array: a call may not have a million arguments. */
function united(sets: readonly AddressSet[]): readonly AddressSet[] {
  return sets.length < 1000 ? sets : [AddressSet.unionOf(sets)];
}

function doubled(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
}
