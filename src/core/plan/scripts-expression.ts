// What --script says: nmap's expressions over names and categories, read strictly. nmap opens a piece that it cannot
// read, or that matches nothing, as a file; here such a piece is refused, so that only indexed scripts ever run.
import { err, ok, unreachable, type Result } from "../result.ts";
import type { ScriptEntry } from "./facts.ts";
import { quoted, type OptionProblem } from "./parse-error.ts";

export type ScriptExpression =
  | { readonly kind: "all" }
  /** A category, or the name of a script where `*` is any run of characters. */
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "not"; readonly of: ScriptExpression }
  | {
      readonly kind: "and" | "or";
      readonly left: ScriptExpression;
      readonly right: ScriptExpression;
    };

/** One element of the list after --script. */
export interface ScriptPiece {
  readonly text: string;
  readonly expression: ScriptExpression;
}

const LONGEST_PIECE = 1000;
const DEEPEST = 50;

const OWN_SCRIPT = /^[^\s()+,]*\/[^\s()+,]*\.nse$/;

/** The pieces of a value of --script that name files of the requester's, and the others. */
export function splitOwnScripts(value: string): { readonly own: readonly string[]; readonly others: string } {
  if (!value.includes("/")) return { own: [], others: value };
  const pieces = value.split(",").map((piece) => piece.replace(/^ +| +$/g, ""));
  return {
    own: pieces.filter((piece) => OWN_SCRIPT.test(piece)),
    others: pieces.filter((piece) => !OWN_SCRIPT.test(piece)).join(","),
  };
}

/** Thrown inside this file only: a reader of nested text ends at its first problem. */
class Refusal extends Error {
  readonly problem: OptionProblem;

  constructor(problem: OptionProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function refuse(code: "script-syntax" | "script-file", message: string, hint?: string): never {
  throw new Refusal({ code, message, ...(hint === undefined ? {} : { hint }) });
}

/**
 * Reads one value of --script: pieces between commas, each an expression.
 *
 * `and` and `or` take everything to their right, as in nmap. Where that is not what the usual precedence says
 * (`a and b or c`), the piece is refused with the parentheses that it needs.
 *
 * Source: nmap's script selection, observed (compliance corpus scripts.jsonl).
 */
export function parseScripts(value: string): Result<readonly ScriptPiece[], OptionProblem> {
  try {
    const texts = value
      .split(",")
      .map((text) => text.replace(/^ +| +$/g, ""))
      .filter((text) => text !== "");
    if (texts.length === 0) {
      refuse("script-syntax", "--script names no script.", "name scripts or categories: default, http-title, ssl-*");
    }
    return ok(texts.map((text) => ({ text, expression: new Reader(text).read() })));
  } catch (error) {
    if (error instanceof Refusal) return err(error.problem);
    throw error;
  }
}

class Reader {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  }

  read(): ScriptExpression {
    this.#refuseOddities();
    const expression = this.#expression();
    if (this.#at < this.#tokens.length) this.#unreadable();
    return expression;
  }

  #refuseOddities(): void {
    const text = this.#text;
    if (text.length > LONGEST_PIECE) refuse("script-syntax", "--script: an expression is too long.");
    if (text.startsWith("+")) {
      refuse(
        "script-syntax",
        `--script ${quoted(text)} would run scripts where they do not apply.`,
        `write ${text.slice(1).trim()}`,
      );
    }
    if (!/^[\x20-\x7e]*$/.test(text)) refuse("script-syntax", `--script ${quoted(text)} holds odd characters.`);
    if (/[/\\]/.test(text)) {
      const name = /([^/\\]+?)(?:\.nse)?$/.exec(text)?.[1];
      refuse(
        "script-file",
        `--script ${quoted(text)} is no script that is installed, and no file that ends in .nse.`,
        name === undefined
          ? "name an installed script"
          : `for an installed one write ${name}, for your own ./${name}.nse`,
      );
    }
  }

  #expression(): ScriptExpression {
    if (++this.#depth > DEEPEST) refuse("script-syntax", "--script: an expression is too deep.");
    const left = this.#value();
    const operator = this.#tokens[this.#at]?.toLowerCase();
    if (operator !== "and" && operator !== "or") return this.#up(left);
    const start = ++this.#at;
    const parenthesised = this.#tokens[start] === "(" && this.#closes(start);
    const right = this.#expression();
    // Read from the right: `a and (b or c)`, where people and every other program mean `(a and b) or c`.
    if (operator === "and" && right.kind === "or" && !parenthesised) this.#refuseMixture();
    return this.#up({ kind: operator, left, right });
  }

  #up(expression: ScriptExpression): ScriptExpression {
    this.#depth--;
    return expression;
  }

  /** Whether the parenthesis at this token closes only where the expression around it ends. */
  #closes(start: number): boolean {
    let open = 0;
    for (let at = start; at < this.#tokens.length; at++) {
      if (this.#tokens[at] === "(") open++;
      if (this.#tokens[at] === ")" && --open === 0) {
        const next = this.#tokens[at + 1];
        return next === undefined || next === ")";
      }
    }
    return false;
  }

  #value(): ScriptExpression {
    const token = this.#tokens[this.#at++];
    switch (token?.toLowerCase()) {
      case undefined:
      case ")":
      case "and":
      case "or":
        return this.#unreadable();
      case "not": {
        if (++this.#depth > DEEPEST) refuse("script-syntax", "--script: an expression is too deep.");
        return this.#up({ kind: "not", of: this.#value() });
      }
      case "(": {
        const inner = this.#expression();
        if (this.#tokens[this.#at++] !== ")") this.#unreadable();
        return inner;
      }
      case "all":
      case "true":
        return { kind: "all" };
      default:
        return this.#word(token ?? "");
    }
  }

  #word(word: string): ScriptExpression {
    if (word.toLowerCase() === "false") {
      refuse("script-syntax", `--script ${quoted(this.#text)}: "false" selects nothing.`, "leave it out");
    }
    if (word.replace(/\.nse$/, "").replaceAll("*", "") === "") {
      refuse("script-syntax", `--script ${quoted(this.#text)} selects every script.`, 'if you mean it, write "all"');
    }
    return { kind: "word", word };
  }

  #refuseMixture(): never {
    const parts = this.#text.match(/\((?:[^()]|\([^()]*\))*\)|[^\s()]+/g) ?? [];
    const groups: string[][] = [[]];
    for (const part of parts) {
      if (part.toLowerCase() === "or") groups.push([]);
      else groups.at(-1)?.push(part);
    }
    const usual = groups.map((group) => (group.length > 1 ? `(${group.join(" ")})` : group.join(""))).join(" or ");
    refuse(
      "script-syntax",
      `--script ${quoted(this.#text)} mixes "and" and "or", and nmap would read it from the right.`,
      `write "${usual}"`,
    );
  }

  #unreadable(): never {
    const commas = /[()]/.test(this.#text) ? ' (commas end an expression, parentheses or not; write "or")' : "";
    refuse(
      "script-syntax",
      `--script ${quoted(this.#text)} is no expression${commas}.`,
      'such as default, "http-*" or "safe and not broadcast"',
    );
  }
}

/**
 * Whether the expression selects a script.
 *
 * Categories are those of the script itself, in any case; names are in their own case, `.nse` may stand behind them.
 */
export function selects(expression: ScriptExpression, entry: ScriptEntry): boolean {
  switch (expression.kind) {
    case "all":
      return true;
    case "word":
      return entry.categories.includes(expression.word.toLowerCase()) || matchesName(expression.word, entry.name);
    case "not":
      return !selects(expression.of, entry);
    case "and":
      return selects(expression.left, entry) && selects(expression.right, entry);
    case "or":
      return selects(expression.left, entry) || selects(expression.right, entry);
    default:
      return unreachable(expression);
  }
}

/** The words of an expression. */
export function wordsOf(expression: ScriptExpression): readonly string[] {
  switch (expression.kind) {
    case "all":
      return [];
    case "word":
      return [expression.word];
    case "not":
      return wordsOf(expression.of);
    case "and":
    case "or":
      return [...wordsOf(expression.left), ...wordsOf(expression.right)];
    default:
      return unreachable(expression);
  }
}

/** `*` any run; everything else stands for itself. Never more than length times length steps. */
function matchesName(word: string, name: string): boolean {
  const parts = word.replace(/\.nse$/, "").split("*");
  const [first = "", ...others] = parts;
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
