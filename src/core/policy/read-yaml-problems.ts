// What is wrong with a file as YAML, in words for people who write policies and not parsers: the library names the
// rule of its grammar that broke, its reader wants to know what to type.
// Loads the yaml library: never imported on the path of an allowed scan.
import { isCollection, isScalar, visit } from "yaml";
import type { Document, ErrorCode, YAMLError } from "yaml";
import { escapeText } from "../escape.ts";
import type { Problem } from "../result.ts";
import type { SourceText } from "./source-text.ts";

interface Said {
  readonly message: string;
  readonly hint?: string;
}

const colonHint = "write KEY: VALUE, with a blank behind the colon; text that has a colon in it goes in quotes";
const indentHint =
  "indent each key as its neighbours are, with a blank behind - and :, and put text that has a colon in it in quotes";

const words: Readonly<Partial<Record<ErrorCode, Said>>> = {
  MULTIPLE_DOCS: { message: "a policy file is one document: nothing may follow after ---" },
  DUPLICATE_KEY: {
    message: "this key is written a second time: map keys must be unique",
    hint: "join the two, or take one out",
  },
  TAB_AS_INDENT: { message: "tabs are not allowed as indentation", hint: "indent with blanks" },
  BLOCK_AS_IMPLICIT_KEY: { message: "a key stands where none can begin", hint: indentHint },
  MULTILINE_IMPLICIT_KEY: { message: "a line break stands where a key should end", hint: colonHint },
  BLOCK_IN_FLOW: {
    message: "a key stands where none can begin",
    hint: "inside { } and [ ] a comma stands between two",
  },
  BAD_INDENT: { message: "this line is not indented as its neighbours are", hint: indentHint },
  NON_STRING_KEY: { message: "a key must be plain text" },
  BAD_ALIAS: {
    message: "an alias has no name",
    hint: 'where * is text, write it in quotes, such as "*" or "http-*"; a key that is absent means everything',
  },
  TAG_RESOLVE_FAILED: { message: "", hint: "policies have no tags (!…): leave it out" },
  RESOURCE_EXHAUSTION: {
    message: "this is nested too deeply",
    hint: "no part of a policy is nested more than six times",
  },
};

/** Every mistake of the grammar, each once. */
export function syntaxProblems(document: Document.Parsed, source: SourceText): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (start: number, end: number, { message, hint }: Said): void => {
    const at = source.position(start, Math.max(end, start + 1));
    // The library says some slips twice, by two rules of its grammar.
    if (problems.some((other) => other.at?.line === at.line && other.at.column === at.column)) return;
    problems.push({ code: "yaml-syntax", message, at, ...(hint === undefined ? {} : { hint }) });
  };
  const isDeep = document.errors.some(isTooDeep);
  const open = isDeep ? undefined : neverClosed(document, source.text);
  if (open !== undefined) add(open.at, open.at + 1, open);
  for (const error of [...document.errors, ...document.warnings]) {
    const [start, end] = error.pos;
    // Behind what is never closed everything is wrong.
    if (open !== undefined && end > open.at && error.code !== "MULTIPLE_DOCS") continue;
    if (isDeep && problems.length > 0) break;
    add(start, end, saidOf(error, source.text.slice(start, end)));
  }
  if (document.directives.docStart === true && document.directives.yaml.explicit === true) {
    add(0, 5, {
      message: "a %YAML directive would change how numbers and words read",
      hint: "leave it out: policies are YAML 1.2",
    });
  }
  return problems;
}

const isTooDeep = ({ code, message }: YAMLError): boolean =>
  code === "RESOURCE_EXHAUSTION" || /call stack/i.test(message);

function saidOf(error: YAMLError, there: string): Said {
  if (isTooDeep(error)) return words.RESOURCE_EXHAUSTION ?? { message: error.message };
  if (error.code === "MISSING_CHAR" && /^implicit map keys need/i.test(error.message)) {
    return { message: "a key needs a colon and a blank behind it", hint: colonHint };
  }
  if (error.code === "UNEXPECTED_TOKEN" && /reserved character/.test(error.message)) {
    return { message: libraryWords(error), hint: "write the text in quotes" };
  }
  const said = words[error.code];
  if (said === undefined) return { message: libraryWords(error), ...(there.includes("\r") && { hint: lineEndsHint }) };
  return said.message === "" ? { ...said, message: libraryWords(error) } : said;
}

const lineEndsHint = "lines end with a line feed here: save the file with Unix line ends";

/** The library's own sentences begin with a capital letter and may quote the source: their first line will do. */
function libraryWords({ message }: YAMLError): string {
  const [first = message] = message.split("\n");
  return escapeText(first.charAt(0).toLowerCase() + first.slice(1));
}

/** The innermost bracket or quote without its end; the library says where it looked for it in vain. */
function neverClosed(document: Document.Parsed, text: string): (Said & { readonly at: number }) | undefined {
  if (document.errors.length === 0) return undefined;
  let found: (Said & { readonly at: number }) | undefined;
  visit(document, {
    Node(_key, node) {
      const [at = 0, end = 0] = node.range ?? [];
      const opener = text.charAt(at);
      const last = text.charAt(end - 1);
      if (isCollection(node) && node.flow === true) {
        const closer = opener === "{" ? "}" : "]";
        if (last !== closer)
          found = {
            at,
            message: `this ${opener} is opened and never closed`,
            hint: `write ${closer} behind its last part`,
          };
      } else if (isScalar(node) && /QUOTE/.test(node.type ?? "") && (end - at < 2 || last !== opener)) {
        found = { at, message: "this quote is opened and never closed", hint: `write ${opener} behind the text` };
      }
    },
  });
  return found;
}
