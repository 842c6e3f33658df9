// What an entry of the option table is. One entry drives the parser, help, completion and the tests over the table;
// the section files beside this one hold the entries.
import type { OptionProblem } from "../parse-error.ts";
import type { Draft } from "./draft.ts";

export type Section =
  | "target-specification"
  | "host-discovery"
  | "scan-techniques"
  | "port-specification"
  | "service-detection"
  | "script-scan"
  | "os-detection"
  | "timing"
  | "evasion"
  | "output"
  | "misc";

/** One use of an option on a command line. `name` is the exact name in the table (`--max-rate`, `-p`), whatever was typed. */
export interface Use<Value> {
  readonly name: string;
  readonly value: Value;
}

/** What this program does with an option. */
export type Meaning<Value> =
  | {
      readonly kind: "modelled";
      /** Changes the draft, or says why the value cannot be used (the draft is then thrown away). */
      readonly apply: (draft: Draft, use: Use<Value>) => OptionProblem | undefined;
    }
  /** Alone on its line it makes nmap tell something instead of scanning (information.ts). */
  | { readonly kind: "information"; readonly about: Information["about"] }
  /** Refused for good: `because` ends the sentence "X is refused: …", `instead` is what to do. */
  | { readonly kind: "refused"; readonly because: string; readonly instead: string };

/** What nmap can be asked without scanning: it contacts nobody then. */
export type Information =
  | { readonly about: "help" | "version" | "interfaces" }
  /** `scripts` is the value as typed: expressions with commas between. */
  | { readonly about: "script-help"; readonly scripts: string };

interface Described {
  /** Every name with this meaning and argument kind: `--name` or `-x`. The first is the one to write. */
  readonly names: readonly [string, ...string[]];
  /** One line in our own words. */
  readonly help: string;
  /** What the option sets; a second option that sets the same is refused (nmap would forget the first). Absent: may be repeated. */
  readonly once?: string;
}

/** `required`: attached or the next word. `optional`: attached or absent. */
export type OptionEntry = Described &
  (
    | { readonly argument: "none"; readonly meaning: Meaning<undefined> }
    | { readonly argument: "required"; readonly placeholder: string; readonly meaning: Meaning<string> }
    | { readonly argument: "optional"; readonly placeholder: string; readonly meaning: Meaning<string | undefined> }
  );

export function informs(about: Information["about"]) {
  return { kind: "information", about } as const;
}

export function refused(because: string, instead: string) {
  return { kind: "refused", because, instead } as const;
}

export function modelled<Value>(apply: (draft: Draft, use: Use<Value>) => OptionProblem | undefined): Meaning<Value> {
  return { kind: "modelled", apply };
}

/** The name as people write it: nmap's two-letter long options stand behind one dash (`-oN`), the others behind two. */
export function writtenName(name: string): string {
  return /^--(?:o[A-Z]|i[A-Z]|sI|rH)$/.test(name) ? name.slice(1) : name;
}

/** For options that only set something and accept no value, or every value. */
export function sets<Value>(change: (draft: Draft, value: Value) => void): Meaning<Value> {
  return modelled((draft, use) => {
    change(draft, use.value);
    return undefined;
  });
}
