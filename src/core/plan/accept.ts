// What nmap would read but a person would not expect: words that cannot be shown or stored faithfully, dashes that are
// none, options whose value was forgotten. Separate from getopt.ts because that one must read as the C library does.
import { writtenName } from "./options/option.ts";
import { quoted, type OptionProblem } from "./parse-error.ts";
import type { OptionToken, Tokens } from "./getopt.ts";

// Dashes that word processors put in the place of `-`. nmap stops at U+2010 to U+2015; minus and full-width forms it
// takes for host names.
const DASHES = /^[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/;
const CONTROL = /\p{Cc}/u;

/** Looks at the words as typed, before anything is read out of them. */
export function refuseWords(words: readonly string[]): OptionProblem | undefined {
  for (const word of words) {
    if (CONTROL.test(word)) {
      return { code: "unreadable-word", message: `The word ${quoted(word)} holds a control character.` };
    }
    // Node puts U+FFFD where the bytes were no UTF-8: what was typed is then unknown.
    if (word.includes("\ufffd") || !word.isWellFormed()) {
      return { code: "unreadable-word", message: `The word ${quoted(word)} is not valid UTF-8.` };
    }
    if (DASHES.test(word)) {
      return {
        code: "unicode-dash",
        message: `The word ${quoted(word)} begins with a typographic dash.`,
        hint: `write ${quoted(`-${word.replace(/^[^\w]+/u, "")}`)} with the dash of the keyboard`,
      };
    }
  }
  return undefined;
}

/** Looks at what the words mean. Whether an option is run at all is not decided here. */
export function refuseTokens(tokens: Tokens): OptionProblem | undefined {
  const seen = new Map<string, string>();
  for (const token of tokens.options) {
    const problem = refuseValue(token) ?? refuseAttached(token) ?? refuseRepeat(token, seen);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function refuseValue({ name, argument, detached }: OptionToken): OptionProblem | undefined {
  if (!detached || argument === undefined || argument === "-" || !argument.startsWith("-")) return undefined;
  // Ports up to a number: nothing else that begins so is an option, but -4 and -6.
  if (name === "-p" && /^-[0-9]/.test(argument) && !/^-[46]+$/.test(argument)) return undefined;
  const attached = name.startsWith("--") ? `${name}=${argument}` : `${name}${argument}`;
  return {
    code: "value-looks-like-option",
    message: `${writtenName(name)} would take ${quoted(argument)} as its value.`,
    hint: `give ${writtenName(name)} its value, or if this is it, write ${quoted(attached)}`,
  };
}

/** `-eth0` is the interface "th0" to nmap, and never to the person who wrote it. */
function refuseAttached({ name, argument, detached, word }: OptionToken): OptionProblem | undefined {
  if (name !== "-e" || detached || argument === undefined) return undefined;
  return {
    code: "option-value",
    message: `nmap reads ${quoted(word)} as the interface ${quoted(argument)}.`,
    hint: `write -e ${quoted(argument)} or -e ${quoted(word.slice(1))}, with a space`,
  };
}

function refuseRepeat({ entry, name }: OptionToken, seen: Map<string, string>): OptionProblem | undefined {
  if (entry.once === undefined) return undefined;
  const before = seen.get(entry.once);
  if (before === undefined) {
    seen.set(entry.once, name);
    return undefined;
  }
  const both =
    before === name
      ? `${writtenName(name)} is given twice`
      : `${writtenName(before)} and ${writtenName(name)} set the same`;
  return { code: "option-repeated", message: `${both}, and nmap would not use both.`, hint: "give one of them" };
}
