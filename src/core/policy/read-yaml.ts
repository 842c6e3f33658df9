// YAML as policies may use it: plain data with the place of every part, and nothing that reads otherwise than it looks.
// Loads the yaml library: never imported on the path of an allowed scan.
import { isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Alias, Document, Node, Pair, Scalar } from "yaml";
import { escapeText } from "../escape.ts";
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import type { SourceText } from "./source-text.ts";
import { syntaxProblems } from "./read-yaml-problems.ts";

export type Path = readonly PropertyKey[];

export interface YamlData {
  readonly source: SourceText;
  readonly value: unknown;
  /** Where the value at a path stands, or its nearest existing parent; `key` means the key that introduces it. */
  place(path: Path, what?: "key" | "value"): readonly [start: number, end: number];
  /** Whether the list at this path is written in brackets, where a comma always begins a new item. */
  isFlowList(path: Path): boolean;
}

/** Beyond this an alias bomb is more likely than a policy. */
const mostUnfoldedNodes = 100_000;

/** A file of YAML. Every mistake is listed; one with a mistake is none. */
export function readYaml(source: SourceText): Result<YamlData, readonly Problem[]> {
  const { data, problems } = readYamlParts(source);
  return data === undefined || problems.length > 0 ? err(problems) : ok(data);
}

/** What a file of YAML says, as far as it can be read: with problems only to find what else is wrong. */
export interface YamlParts {
  readonly problems: readonly Problem[];
  /** Undefined where the file has no structure to speak of. What was refused in it is text, null or left out. */
  readonly data?: YamlData;
}

export function readYamlParts(source: SourceText): YamlParts {
  const document = parseDocument(source.text, {
    version: "1.2",
    schema: "core",
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const problems = syntaxProblems(document, source);
  if (problems.length > 0) return { problems };
  const converter = new Converter(document, source);
  const value = converter.convert(document.contents);
  if (converter.isTooMuch) return { problems: converter.problems };
  const data: YamlData = {
    source,
    value,
    place: (path, what = "value") => place(document, path, what),
    isFlowList: (path) => {
      const found = find(document, path);
      return isSeq(found) && found.flow === true;
    },
  };
  return { problems: converter.problems, data };
}

class Converter {
  readonly problems: Problem[] = [];
  readonly #document: Document.Parsed;
  readonly #source: SourceText;
  readonly #open = new Set<Node>();
  readonly #resolved = new Map<Alias, Node | undefined>();
  #depth = 0;
  #unfolded = 0;

  /** Whether it stopped before the end. */
  get isTooMuch(): boolean {
    return this.#unfolded > mostUnfoldedNodes;
  }

  constructor(document: Document.Parsed, source: SourceText) {
    this.#document = document;
    this.#source = source;
  }

  convert(node: unknown): unknown {
    if (this.#depth > 0 && ++this.#unfolded > mostUnfoldedNodes) {
      if (this.#unfolded === mostUnfoldedNodes + 1) this.#refuse(node, "the aliases of this file unfold to too much");
      return null;
    }
    if (isAlias(node)) return this.#alias(node);
    if (isMap(node)) {
      this.#open.add(node);
      const value: Record<string, unknown> = {};
      for (const pair of node.items) this.#convertPair(pair, value);
      this.#open.delete(node);
      return value;
    }
    if (isSeq(node)) {
      this.#open.add(node);
      const value = node.items.map((item) => this.convert(item));
      this.#open.delete(node);
      return value;
    }
    if (isScalar(node)) return this.#scalar(node);
    return null;
  }

  #alias(alias: Alias): unknown {
    // The library looks through the whole document each time it is asked.
    const resolved = this.#resolved.get(alias) ?? alias.resolve(this.#document);
    this.#resolved.set(alias, resolved);
    if (resolved === undefined || this.#open.has(resolved)) {
      const hint = `where a text begins with *, write it in quotes: "*${alias.source}"`;
      return this.#refuse(alias, `the alias *${alias.source} stands for nothing, or for a part that contains it`, hint);
    }
    this.#depth++;
    const value = this.convert(resolved);
    this.#depth--;
    return value;
  }

  #convertPair(pair: Pair, into: Record<string, unknown>): void {
    const key = isScalar(pair.key) ? pair.key.value : undefined;
    if (typeof key !== "string") {
      this.#refuse(pair.key, "a key must be plain text");
    } else if (key === "__proto__") {
      this.#refuse(pair.key, "__proto__ can't be a key");
    } else if (key === "<<") {
      this.#refuse(pair.key, "merge keys (<<) are no part of YAML 1.2", "write an alias for the whole value");
    } else {
      into[key] = this.convert(pair.value);
    }
  }

  #scalar(node: Scalar): unknown {
    const { value, source = "" } = node;
    if (typeof value === "number" && !(Number.isSafeInteger(value) && /^(?:0|-?[1-9][0-9]*)$/.test(source))) {
      const looksTwoWays = /^[-+]?(?:0[0-9ox]|[0-9]+\.[0-9]+$)/.test(source);
      this.#refuse(
        node,
        `${JSON.stringify(source)} ${looksTwoWays ? "could be read as more than one number" : "is no plain whole number"}`,
        `write whole numbers in plain decimals, or quote it if it is text: "${source}"`,
      );
      return source;
    }
    if (typeof value === "string" && !value.isWellFormed()) {
      return this.#refuse(node, "half a character (a lone surrogate) is no text", "write the character itself");
    }
    return value;
  }

  #refuse(node: unknown, message: string, hint?: string): null {
    const [start, end] = rangeOf(node) ?? [0, 1];
    const at = this.#source.position(start, end);
    this.problems.push({
      code: "yaml-syntax",
      message: escapeText(message),
      at,
      ...(hint === undefined ? {} : { hint }),
    });
    return null;
  }
}

function rangeOf(node: unknown): [number, number] | undefined {
  const range = (node as Node | null | undefined)?.range;
  return range ? [range[0], Math.max(range[1], range[0] + 1)] : undefined;
}

function find(document: Document.Parsed, path: Path): unknown {
  let node: unknown = document.contents;
  for (const step of path) {
    node = unalias(document, childOf(unalias(document, node), step)?.value);
    if (node === undefined) return undefined;
  }
  return unalias(document, node);
}

function unalias(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function childOf(node: unknown, step: PropertyKey): { key?: unknown; value: unknown } | undefined {
  if (isMap(node)) return node.items.find((pair) => isScalar(pair.key) && pair.key.value === step);
  if (isSeq(node) && typeof step === "number" && step < node.items.length) return { value: node.items[step] };
  return undefined;
}

function place(document: Document.Parsed, path: Path, what: "key" | "value"): readonly [number, number] {
  let node: unknown = document.contents;
  let found: [number, number] = [0, 1];
  for (const [index, step] of path.entries()) {
    const child = childOf(unalias(document, node), step);
    if (child === undefined) return found;
    const key = rangeOf(child.key);
    const isEmpty = isScalar(child.value) && child.value.source === "" && child.value.type === "PLAIN";
    const value = isEmpty ? undefined : rangeOf(child.value);
    const last = index === path.length - 1;
    found = (last && what === "key" ? key : undefined) ?? value ?? key ?? found;
    // The value of a key that introduces a block is shown by its key: the block may be long.
    if (last && key !== undefined && (isMap(child.value) || isSeq(child.value)) && child.value.flow !== true)
      found = key;
    node = child.value;
  }
  return found;
}
