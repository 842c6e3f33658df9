// Reads the recorded corpora. Strings in them are bytes read as latin-1; what Node would make of those bytes is UTF-8.
import { readFileSync } from "node:fs";

export function records(name: string): readonly unknown[] {
  const text = readFileSync(new URL(`corpus/${name}.jsonl`, import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

/** A recorded word as it reaches a Node program: invalid bytes become U+FFFD. */
export function asNodeReads(word: string): string {
  return Buffer.from(word, "latin1").toString("utf8");
}

export interface RecordedTokens {
  readonly tokens: readonly (readonly [name: string, argument: string | null])[];
  readonly operands: readonly string[] | null;
  /** Text where nmap itself stopped before the C library saw the line. */
  readonly error?: boolean | string;
}

export interface ArgvRecord {
  readonly id: string;
  readonly argv: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly "nmap-7.93": {
    readonly tokens: RecordedTokens;
    readonly validate?: { readonly accepted: boolean; readonly info?: string; readonly says?: readonly string[] };
    /** A real run in a sandbox; a list above 200 characters is recorded by its length. `-oA` took the XML away. */
    readonly loopback?: {
      readonly rc: number;
      readonly ports?: Readonly<Record<string, string>>;
      readonly hosts: readonly string[];
    };
  };
}
