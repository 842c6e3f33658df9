// The text after --script-args, and what a file of them holds: nmap's own grammar, read strictly, and written again
// with every value quoted, so that what was judged is what the script engine reads.
import { err, ok, type Result } from "../result.ts";
import { quoted, type OptionProblem } from "./parse-error.ts";

export type ScriptValue = string | readonly ScriptArgument[];

/** `key=value`, or a value alone, which scripts take for a switch that is on. */
export interface ScriptArgument {
  readonly key?: string;
  readonly value: ScriptValue;
}

const LONGEST = 65_536;
const DEEPEST = 20;
const KEY = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Thrown inside this file only: a reader of nested text ends at its first problem. */
class Refusal extends Error {
  readonly problem: OptionProblem;

  constructor(problem: OptionProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function refuse(message: string, hint?: string): never {
  throw new Refusal({ code: "script-argument", message, ...(hint === undefined ? {} : { hint }) });
}

/**
 * Reads arguments: fields between commas or line feeds, each `key=value` or a value; values are bare, in double or
 * single quotes with `\` before a quote, or fields in braces.
 *
 * Refused is what nmap would read in a way that nobody expects: text behind the last brace (it is dropped), empty
 * fields, keys that are no words, and a key twice (only the last counts).
 *
 * @param source  `--script-args` or the name of the file, for messages.
 *
 * Source: nmap's argument grammar, observed (nse_main.lua of 7.93).
 */
export function parseScriptArgs(text: string, source: string): Result<readonly ScriptArgument[], OptionProblem> {
  try {
    if (text.length > LONGEST) refuse(`${source} is longer than ${LONGEST} characters.`);
    const fields = new Reader(text, source).all();
    if (fields.length === 0) refuse(`${source} holds no argument.`, "such as http.useragent=Mozilla");
    return ok(fields);
  } catch (error) {
    if (error instanceof Refusal) return err(error.problem);
    throw error;
  }
}

class Reader {
  readonly #text: string;
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, source: string) {
    this.#text = text;
    this.#source = source;
  }

  all(): readonly ScriptArgument[] {
    const fields = this.#fields();
    if (this.#at < this.#text.length) this.#unreadable();
    return fields;
  }

  /** Up to the end of the text or the brace that closes. */
  #fields(): readonly ScriptArgument[] {
    if (++this.#depth > DEEPEST) refuse(`${this.#source}: too many braces inside each other.`);
    const fields: ScriptArgument[] = [];
    const keys = new Set<string>();
    this.#skip(/[ \t\v\f\r\n]*/y);
    while (this.#at < this.#text.length && this.#text[this.#at] !== "}") {
      const field = this.#field();
      if (field.key !== undefined) {
        if (keys.has(field.key)) refuse(`${this.#source} holds ${quoted(field.key)} twice.`, "give it once");
        keys.add(field.key);
      }
      fields.push(field);
      this.#skip(/[ \t\v\f\r]*/y);
      const separator = this.#text[this.#at];
      if (separator === "\n") this.#skip(/[ \t\v\f\r\n]*/y);
      else if (separator === ",") {
        this.#at++;
        this.#skip(/[ \t\v\f\r\n]*/y);
        const next = this.#text[this.#at];
        if (next === undefined || next === "}") refuse(`${this.#source} ends with a comma.`, "leave it out");
      } else break;
    }
    this.#depth--;
    return fields;
  }

  #field(): ScriptArgument {
    if (this.#text[this.#at] === "{") return { value: this.#value() };
    const first = this.#string();
    this.#skip(/[ \t\v\f\r]*/y);
    if (this.#text[this.#at] !== "=") {
      if (first === "") refuse(`${this.#source} has an empty argument.`, "leave the extra comma out");
      return { value: first };
    }
    this.#at++;
    this.#skip(/[ \t\v\f\r]*/y);
    if (!KEY.test(first)) {
      refuse(`${this.#source}: ${quoted(first)} is no name of an argument.`, "letters, digits, dots, dashes, _");
    }
    return { key: first, value: this.#value() };
  }

  #value(): ScriptValue {
    if (this.#text[this.#at] !== "{") return this.#string();
    this.#at++;
    const fields = this.#fields();
    if (this.#text[this.#at] !== "}") this.#unreadable();
    // nmap puts an empty value into them.
    if (fields.length === 0) refuse(`${this.#source} has empty braces.`, "leave them out");
    this.#at++;
    return fields;
  }

  #string(): string {
    const quote = this.#text[this.#at];
    const found = quote === '"' || quote === "'" ? this.#quoted(quote) : this.#bare();
    if (/\p{Cc}/u.test(found)) refuse(`${this.#source} holds a control character inside a value.`);
    return found;
  }

  #bare(): string {
    const [text = ""] = this.#match(/[^\n,{}=]*/y);
    return text.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, "");
  }

  /** A backslash stands for itself, unless a backslash or the quote comes after it. */
  #quoted(quote: string): string {
    const [text] = this.#match(quote === '"' ? /"(?:[^"\\]|\\[^])*"/y : /'(?:[^'\\]|\\[^])*'/y);
    if (text === undefined) refuse(`${this.#source}: a quote is never closed.`);
    return text
      .slice(1, -1)
      .replace(/\\([^])/g, (pair, next: string) => (next === "\\" || next === quote ? next : pair));
  }

  #skip(pattern: RegExp): void {
    this.#match(pattern);
  }

  #match(pattern: RegExp): readonly (string | undefined)[] {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return [];
    this.#at = pattern.lastIndex;
    return found;
  }

  #unreadable(): never {
    refuse(
      `${this.#source} can't be read from ${quoted(this.#text.slice(this.#at))} on.`,
      'put values with , { } = in double quotes: path="a,b"',
    );
  }
}

/** The same arguments for nmap's --script-args: one line, every value in double quotes. */
export function renderScriptArgs(fields: readonly ScriptArgument[]): string {
  return fields
    .map(({ key, value }) => {
      const text = typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : `{${renderScriptArgs(value)}}`;
      return key === undefined ? text : `${key}=${text}`;
    })
    .join(",");
}
